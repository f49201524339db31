"""Sends an issue by mail and chat, to each recipient at most once."""
