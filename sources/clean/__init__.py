"""Normalises what feeds contain: text, addresses, publishers."""
