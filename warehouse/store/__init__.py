"""The DuckDB file: its schema, its locks, and writes to its tables."""
