"""Imports archives of articles and feeds."""
