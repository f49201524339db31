"""Fetches feeds over HTTP: paced, bounded, and never from private addresses."""
