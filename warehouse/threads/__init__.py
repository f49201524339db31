"""Joins stories into threads: the events of one developing matter, however long it sleeps between them."""
