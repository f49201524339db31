"""Turns the bytes of a feed of any format into entries and articles."""
