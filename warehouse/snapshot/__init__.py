"""Copies of the warehouse: the published snapshot, Parquet, exports, backups, and SQL on the snapshot."""
