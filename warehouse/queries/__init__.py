"""Queries of reports and commands."""
