"""The data dictionary: made from the comments, and never behind them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.dictionary import data_dictionary

PAGE = Path(__file__).parents[1] / "docs" / "researchers" / "data-dictionary.md"


def test_page_is_what_the_comments_say() -> None:
    assert PAGE.read_text("utf-8") == data_dictionary(), "run `make dictionary`"


def test_every_view_column_and_macro_is_in_it(con: duckdb.DuckDBPyConnection) -> None:
    written = data_dictionary()
    views = con.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall()
    macros = con.execute("SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal").fetchall()
    assert len(views) >= 11
    for view, comment in views:
        (section,) = [one for one in written.split("\n### ") if one.startswith(f"`{view}`\n")]
        assert comment in section
        for column in con.table(view).columns:
            assert f"| `{column}` | " in section
    for macro, comment in macros:
        assert f"\n### `{macro}(" in written
        assert comment in written
