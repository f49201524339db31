"""The outside world: the feed catalog, fetching, and turning bytes into articles. Imports nothing of ours."""
