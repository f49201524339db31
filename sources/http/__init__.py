"""Fetches feeds over HTTP: politely, within bounds, and never from inside our own network."""
