"""Writes the public views as Parquet, partitioned by ISO week, which follows from a view's columns."""

from __future__ import annotations

from pathlib import Path

import duckdb

# The first of these columns that a view has gives the week of a row: when it was
# first seen, which never changes.
_MOMENTS = ("first_seen_at", "fetched_at", "happened_at", "day")
_OWNERS = {"article_id": "articles", "story_id": "stories"}
# Materialised: half of the views join them, and `stories` is the most expensive view of all.
_WEEKS_OF = """
CREATE OR REPLACE TEMPORARY TABLE weeks_of_{owner} AS SELECT {key}, week_of(first_seen_at) AS iso_week
FROM {owner}
"""
# No method shrinks vectors by more than a twentieth; for 100,000 of them zstd takes
# 5.3 s of CPU time, snappy 2.3 s.
_VECTORS = "COMPRESSION snappy"
_TEXTS = "COMPRESSION zstd, COMPRESSION_LEVEL 1"

# Without the search index: it is larger than everything else, and of no use without the macros in the file.
_VIEWS = """
SELECT v.view_name, list(c.column_name ORDER BY c.column_index)
FROM duckdb_views() AS v
JOIN duckdb_columns() AS c ON c.table_name = v.view_name AND c.schema_name = v.schema_name
WHERE NOT v.internal AND v.schema_name = 'main' AND NOT starts_with(v.view_name, 'search_')
GROUP BY v.view_name ORDER BY v.view_name
"""


def write_views(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Writes `folder`/VIEW/iso_week=2026-W33/*.parquet and returns the rows of each view.

    A view without rows, or whose rows belong to no week, is `folder`/VIEW/data.parquet.
    """
    for key, owner in _OWNERS.items():
        con.execute(_WEEKS_OF.format(key=key, owner=owner))
    views = con.execute(_VIEWS).fetchall()
    return {view: _write_view(con, view, columns, folder / view) for view, columns in views}


def select_with_week(view: str, columns: list[str]) -> str | None:
    """Returns the SELECT of a view with the `iso_week` of its rows; None if they belong to no week."""
    if "week" in columns:
        return f"SELECT *, week AS iso_week FROM {view}"
    if moment := next((name for name in _MOMENTS if name in columns), None):
        return f"SELECT *, coalesce(week_of({moment}), 'unknown') AS iso_week FROM {view}"
    if key := next((name for name in _OWNERS if name in columns), None):
        return f"""
            SELECT v.*, coalesce(o.iso_week, 'unknown') AS iso_week
            FROM {view} AS v LEFT JOIN weeks_of_{_OWNERS[key]} AS o ON o.{key} = v.{key}
        """
    return None


def _write_view(con: duckdb.DuckDBPyConnection, view: str, columns: list[str], folder: Path) -> int:
    folder.mkdir(parents=True)
    form = f"FORMAT parquet, {_VECTORS if 'vector' in columns else _TEXTS}"
    rows = 0
    if select := select_with_week(view, columns):
        rows = _copy(con, select, folder, f"{form}, PARTITION_BY (iso_week), OVERWRITE_OR_IGNORE")
    if not rows:
        rows = _copy(con, f"FROM {view}", folder / "data.parquet", form)
    return rows


def _copy(con: duckdb.DuckDBPyConnection, select: str, to: Path, options: str) -> int:
    quoted = str(to).replace("'", "''")  # COPY takes no parameter for its file
    written = con.execute(f"COPY ({select}) TO '{quoted}' ({options})").fetchone()
    return int(written[0]) if written else 0
