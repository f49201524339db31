"""The DuckDB warehouse and everything computed from stored articles. Knows of other packages only `sources.model`."""
