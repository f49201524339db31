"""Reads feeds of any format into articles."""
