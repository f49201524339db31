"""Writes the data dictionary of the public views and macros from their comments in views.sql."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from warehouse.store.migrate import migrate

_VIEWS = "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY view_name"
_COLUMNS = """
SELECT column_name, data_type, comment FROM duckdb_columns()
WHERE NOT internal AND schema_name = 'main' AND table_name = $name ORDER BY column_index
"""
_MACROS = """
SELECT function_name, parameters, function_type, comment FROM duckdb_functions()
WHERE NOT internal AND schema_name = 'main' AND function_type IN ('macro', 'table_macro')
ORDER BY function_name, len(parameters)
"""


def data_dictionary() -> str:
    """The dictionary of this release as Markdown, ending in a line break; it needs no warehouse."""
    with duckdb.connect() as con:
        migrate(con, "data dictionary")
        return "\n".join(_lines(con)) + "\n"


def _lines(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    (version,) = con.execute("SELECT max(version) FROM main.schema_migrations").fetchall()[0]
    yield "# Data dictionary"
    yield ""
    yield "<!-- Made by `watchfloor schema` from the comments in warehouse/store/views; `make schema` updates it. -->"
    yield ""
    yield f"Schema version {version}. Columns are added; none is renamed or removed. Times are UTC, stored without a zone."
    yield ""
    yield "## Views"
    for view, comment in con.execute(_VIEWS).fetchall():
        yield from ("", f"### `{view}`", "", str(comment), "", "| column | type | |", "|---|---|---|")
        for column, kind, said in con.execute(_COLUMNS, {"name": view}).fetchall():
            yield f"| `{column}` | {kind} | {_cell(said)} |"
    yield ""
    yield "## Macros"
    for macro, parameters, kind, comment in con.execute(_MACROS).fetchall():
        yield from ("", f"### `{macro}({', '.join(parameters)})`", "", str(comment))
        if kind == "table_macro":
            yield from ("", "| column | type |", "|---|---|")
            for column, type_ in _result(con, macro, len(parameters)):
                yield f"| `{column}` | {type_} |"


def _result(con: duckdb.DuckDBPyConnection, macro: str, parameters: int) -> list[tuple[str, str]]:
    described = con.execute(f"DESCRIBE FROM {macro}({', '.join(['NULL'] * parameters)})").fetchall()
    return [(column, kind) for column, kind, *_ in described]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
