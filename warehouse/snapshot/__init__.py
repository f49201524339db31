"""Copies for others: the published snapshot, Parquet, exports, backups, and SQL on them."""
