"""Reads archives of articles and feeds: the way to backfill."""
