"""The outside world: the feed catalog, fetching, and turning bytes into articles. Depends on no other package of ours."""
