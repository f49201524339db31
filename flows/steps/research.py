"""The steps of research: a query on the published snapshot, written in the form asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from flows.settings import Settings
from flows.table_formats import Form, replacing, write_parquet, write_text
from warehouse.snapshot.sql import Limits, run_query


def ask(
    settings: Settings, sql: str, form: Form, out: Path | TextIO, *, on: Path | None, limits: Limits, most: int
) -> int | None:
    """Writes the answer to `sql`; the number of rows shown if the table form left any out, else None.

    A file appears whole or not at all. WarehouseError says what is wrong with the query or the snapshot.
    """
    with run_query(on or settings.snapshot_path, sql, limits) as answer:
        if not isinstance(out, Path):
            return write_text(answer, form, out, most)
        with replacing(out) as fresh:
            if form is Form.PARQUET:
                write_parquet(answer, fresh)
                return None
            with fresh.open("w", encoding="utf-8", newline="") as file:
                return write_text(answer, form, file, most)


def plan(settings: Settings, sql: str, *, on: Path | None, limits: Limits) -> str:
    """DuckDB's plan of the query, which is checked but not run."""
    with run_query(on or settings.snapshot_path, sql, limits, explain=True) as answer:
        return "\n".join(text for batch in answer for text in batch.column("explain_value").to_pylist())
