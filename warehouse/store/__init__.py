"""The DuckDB file: its schema, its locks, and what is written to its tables."""
