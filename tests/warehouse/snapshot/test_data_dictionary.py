"""The data dictionary: made from the comments, and never behind them."""

from __future__ import annotations

import duckdb
from paths import ROOT

from warehouse.snapshot.data_dictionary import data_dictionary

PAGE = ROOT / "docs" / "researchers" / "data-dictionary.md"


def test_page_is_what_the_comments_say() -> None:
    assert PAGE.read_text("utf-8") == data_dictionary(), "run `make schema`"


def test_every_view_column_and_macro_is_in_it(con: duckdb.DuckDBPyConnection) -> None:
    written = data_dictionary()
    views = con.execute(
        "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
    ).fetchall()
    macros = con.execute(
        "SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal AND schema_name = 'main'"
    ).fetchall()
    assert len(views) >= 11
    for view, comment in views:
        (section,) = [one for one in written.split("\n### ") if one.startswith(f"`{view}`\n")]
        assert comment in section
        for column in con.table(view).columns:
            assert f"| `{column}` | " in section
    for macro, comment in macros:
        assert f"\n### `{macro}(" in written
        assert comment in written
