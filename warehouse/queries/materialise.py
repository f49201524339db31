"""Materialises the counted articles for many queries: a digest queries them nine times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb

from warehouse.store.db import to_db

# A macro of the schema temp is found before the public one of its name, also by macros and views that call it.
_CREATE = "CREATE OR REPLACE TEMP TABLE materialise_counted AS FROM counted_articles($as_of)"
_SHADOW = "CREATE OR REPLACE TEMP MACRO counted_articles(as_of) AS TABLE FROM temp.materialise_counted"
_DROP = "DROP MACRO TABLE IF EXISTS temp.counted_articles; DROP TABLE IF EXISTS temp.materialise_counted"


@contextmanager
def materialise_counted(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[None]:
    """Inside the block, `counted_articles` returns the rows as of `as_of`, whatever time is passed to it."""
    con.execute(_CREATE, {"as_of": to_db(as_of)})
    con.execute(_SHADOW)
    try:
        yield
    finally:
        con.execute(_DROP)
