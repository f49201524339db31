"""Makes a copy ready that is only read from now on: what its readers would seek or count anew each time is laid down once."""

from __future__ import annotations

import duckdb

# A scan for a term reads the lists of all terms near it. Kept up while indexing, this would cost as much as all the rest.
_BY_TERM = "CREATE INDEX IF NOT EXISTS search_postings_by_term ON store.search_postings (term)"
_COMMENTS = """
SELECT 'VIEW ' || view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND view_name = $view
UNION ALL
SELECT format('COLUMN {}.{}', table_name, column_name), comment FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = $view
"""


def make_ready(con: duckdb.DuckDBPyConnection) -> None:
    """Gives the search an index by term, and counts the weekly series: some seconds for a million articles."""
    con.execute(_BY_TERM)
    _lay_down(con, "weekly_series")


def _lay_down(con: duckdb.DuckDBPyConnection, view: str) -> None:
    """Puts the rows of the view into a table of the same name in the schema `store`, and has the view read that."""
    comments = con.execute(_COMMENTS, {"view": view}).fetchall()
    con.execute(f"CREATE OR REPLACE TABLE store.{view} AS FROM main.{view}")
    con.execute(f"CREATE OR REPLACE VIEW main.{view} AS FROM store.{view}")
    for subject, comment in comments:
        quoted = comment.replace("'", "''")  # COMMENT takes no parameter
        con.execute(f"COMMENT ON {subject} IS '{quoted}'")
