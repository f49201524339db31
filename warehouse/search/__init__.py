"""Searches a snapshot by words and by meaning."""
