"""Queries on the snapshot: what is allowed, that nothing escapes, and the messages when they fail."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import WarehouseError
from warehouse.snapshot.sql import SANDBOX, Limits, QueryError, only_select, run_query
from warehouse.store.db import open_read_only
from warehouse.store.migrate import newest_version

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walled")
    with duckdb.connect(folder / "snapshot.duckdb") as con:
        con.execute(
            "CREATE TABLE articles AS SELECT range AS article_id, 'Rule ' || range AS title FROM range(3)"
        )
        con.execute(
            "CREATE TABLE schema_migrations AS SELECT $1 AS version, '' AS name, '' AS sha256",
            [newest_version()],
        )
    (folder / "secret.csv").write_text("word\nxyzzy\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> Path:
    return folder / "snapshot.duckdb"


@pytest.fixture
def walled(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_read_only(snapshot, SANDBOX) as con:
        yield con


def ask(snapshot: Path, sql: str, limits: Limits | None = None) -> list[dict[str, object]]:
    with run_query(snapshot, sql, limits) as answer:
        return [row for batch in answer for row in batch.to_pylist()]


def test_rows_come_with_their_names_and_types(snapshot: Path) -> None:
    with run_query(
        snapshot, "SELECT article_id, title FROM articles ORDER BY article_id -- the first\n;"
    ) as answer:
        assert answer.schema.names == ["article_id", "title"]
        assert [batch.to_pylist()[0] for batch in answer] == [{"article_id": 0, "title": "Rule 0"}]


def test_query_without_rows_has_its_columns(snapshot: Path) -> None:
    with run_query(snapshot, "SELECT title FROM articles WHERE FALSE") as answer:
        assert answer.schema.names == ["title"]
        assert list(answer) == []


def test_plan_is_shown_without_running_the_query(snapshot: Path) -> None:
    with run_query(snapshot, "SELECT count(*) FROM range(1000000000000)", explain=True) as answer:
        assert answer.schema.names == ["explain_key", "explain_value"]
        assert sum(map(len, answer)) == 1


READING = """
FROM articles
VALUES (1)
WITH few AS MATERIALIZED (SELECT 1) FROM few
SUMMARIZE articles
DESCRIBE articles
SHOW TABLES
PIVOT articles ON article_id IN (0, 1) USING count(*)
SELECT * FROM query_table('articles')
""".strip().splitlines()


@pytest.mark.parametrize("sql", READING)
def test_whatever_only_reads_is_allowed(walled: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert walled.execute(only_select(walled, sql)).fetchall()


WAYS_OUT = """
COPY (SELECT 1) TO 'FOLDER/out.csv'
COPY articles TO 'FOLDER/snapshot.duckdb'
COPY articles FROM 'FOLDER/secret.csv'
EXPORT DATABASE 'FOLDER/out'
IMPORT DATABASE 'FOLDER'
ATTACH 'FOLDER/out.duckdb'
ATTACH 'FOLDER/snapshot.duckdb' AS again
ATTACH ':memory:' AS scratch
DETACH snapshot
USE memory
INSTALL fts
INSTALL httpfs FROM 'http://127.0.0.1:9'
LOAD fts
LOAD 'FOLDER/evil.duckdb_extension'
FORCE INSTALL json
SET threads = 64
SET enable_external_access = true
SET lock_configuration = false
SET VARIABLE x = 1
RESET memory_limit
PRAGMA memory_limit = '99GB'
PRAGMA enable_profiling
PRAGMA profiling_output = 'FOLDER/out.json'
CALL enable_logging(storage = 'file', storage_path = 'FOLDER/log')
CALL pragma_version()
CHECKPOINT
FORCE CHECKPOINT
VACUUM
ANALYZE
BEGIN
CREATE TEMP TABLE mine AS SELECT 1
CREATE TABLE mine AS SELECT 1
CREATE SECRET mine (TYPE http)
CREATE PERSISTENT SECRET mine (TYPE http)
CREATE MACRO mine() AS 1
DROP TABLE articles
DELETE FROM articles
UPDATE articles SET title = ''
INSERT INTO articles VALUES (9, '')
MERGE INTO articles USING articles AS b ON TRUE WHEN MATCHED THEN DELETE
ALTER TABLE articles DROP COLUMN title
COMMENT ON TABLE articles IS ''
PREPARE p AS SELECT 1
EXECUTE p
EXPLAIN ANALYZE COPY articles TO 'FOLDER/out.csv'
EXPLAIN SELECT 1
PIVOT articles ON title
SELECT 1; SELECT 2
SELECT 1; COPY articles TO 'FOLDER/out.csv'
SELECT * FROM 'FOLDER/secret.csv'
SELECT * FROM "FOLDER/secret.csv"
SELECT * FROM read_csv('FOLDER/secret.csv')
SELECT * FROM read_text('FOLDER/secret.csv')
SELECT * FROM read_text('/dev/stdin')
SELECT * FROM read_blob('/etc/passwd')
SELECT * FROM read_json('FOLDER/secret.csv')
SELECT * FROM read_parquet('FOLDER/*.parquet')
SELECT * FROM read_duckdb('FOLDER/other.duckdb')
SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')
SELECT * FROM read_parquet('s3://bucket/x.parquet')
SELECT * FROM parquet_metadata('FOLDER/x.parquet')
SELECT * FROM sniff_csv('FOLDER/secret.csv')
SELECT * FROM glob('FOLDER/*')
SELECT * FROM query('COPY articles TO ''FOLDER/out.csv''')
SELECT * FROM query('FROM read_text(''FOLDER/secret.csv'')')
SELECT * FROM sqlite_scan('FOLDER/x.db', 't')
SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 't')
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''FOLDER/secret.csv'')'))
SELECT getenv('HOME')
SELECT * FROM a_python_variable
SELECT * FROM force_checkpoint()
SELECT nextval('numbers')
""".strip().splitlines()


@pytest.mark.parametrize("sql", WAYS_OUT)
def test_no_way_leads_out(folder: Path, walled: duckdb.DuckDBPyConnection, sql: str) -> None:
    a_python_variable = walled.execute(
        "SELECT 42"
    ).to_arrow_table()  # what DuckDB would find in the caller's frame
    assert a_python_variable is not None
    with pytest.raises((duckdb.Error, WarehouseError)):
        walled.execute(only_select(walled, sql.replace("FOLDER", str(folder)))).fetchall()
    assert sorted(path.name for path in folder.iterdir()) == ["secret.csv", "snapshot.duckdb"]


@pytest.mark.parametrize("sql", ["", ";", "-- only a remark"])
def test_nothing_asked_is_said_to_be_nothing(walled: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(WarehouseError, match="query: is empty"):
        only_select(walled, sql)


def test_log_to_a_file_is_never_written(folder: Path, snapshot: Path) -> None:
    # DuckDB 1.5 opens the file only when it first logs, outside the statement, and aborts; DuckDB 2 refuses.
    sql = f"SELECT * FROM enable_logging(storage = 'file', storage_path = '{folder}/log')"
    try:
        ask(snapshot, sql)
    except QueryError as error:
        assert "process ended" in str(error) or "has been locked" in str(error)
    assert sorted(path.name for path in folder.iterdir()) == ["secret.csv", "snapshot.duckdb"]


def test_nothing_that_duckdb_prints_falls_among_the_rows(snapshot: Path) -> None:
    assert (
        len(ask(snapshot, "SELECT pg_sleep(2.2)")) == 1
    )  # after two seconds it draws a bar that says how far it is


ENDLESS = [
    "SELECT sum(a.range * b.range) FROM range(10000000) AS a, range(10000000) AS b",
    "SELECT levenshtein(repeat('x', 200000), repeat('y', 200000))",  # heeds no interrupt
    "FROM range(1000000000000)",
]


@pytest.mark.parametrize("sql", ENDLESS)
def test_query_without_end_is_stopped_in_time(snapshot: Path, sql: str) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError, match=r"stopped after 1\.5 s.*--timeout"):
        ask(snapshot, sql, Limits(timeout_s=1.5))
    assert time.monotonic() - began < 6


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list(range) FROM range(1000000000)",
        "SELECT length(repeat('x', 4000000000))",  # DuckDB's own limit does not see it
    ],
)
def test_query_that_wants_more_memory_than_allowed_is_refused(snapshot: Path, sql: str) -> None:
    with pytest.raises(QueryError, match="--memory-mb"):
        ask(snapshot, sql, Limits(memory_mb=200))


def test_reader_who_has_seen_enough_may_leave(snapshot: Path) -> None:
    with run_query(snapshot, "FROM range(1000000000000)") as answer:
        assert len(next(iter(answer))) > 0


def test_failure_after_the_first_rows_is_not_taken_for_the_end(snapshot: Path) -> None:
    sql = "SELECT CASE WHEN range = 200000 THEN error('late') ELSE range END AS n FROM range(200001)"
    with pytest.raises(QueryError, match="late"):
        ask(snapshot, sql)


def test_syntax_error_is_shown_at_its_place(snapshot: Path) -> None:
    with pytest.raises(QueryError, match=r'near "articles"(?s:.)*LINE 1: SELECT title FORM articles\n +\^'):
        ask(snapshot, "SELECT title FORM articles")


@pytest.mark.parametrize(
    ("sql", "near"), [("SELECT titel FROM articles", '"title"'), ("FROM articels", '"articles"')]
)
def test_unknown_name_comes_with_the_near_ones_and_where_all_are(snapshot: Path, sql: str, near: str) -> None:
    with pytest.raises(QueryError, match=rf"(?s){re.escape(near)}.*watchfloor schema"):
        ask(snapshot, sql)


def test_file_out_of_reach_is_said_to_be_so_with_what_to_do(folder: Path, snapshot: Path) -> None:
    with pytest.raises(QueryError, match=r"nothing else.*from Python"):
        ask(snapshot, f"FROM read_csv('{folder}/secret.csv')")


def test_snapshot_that_is_not_there_yet_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"snapshot\.duckdb: is not there yet.*watchfloor publish"):
        ask(tmp_path / "snapshot.duckdb", "SELECT 1")


def test_live_file_is_refused_and_the_snapshot_named(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "warehouse.duckdb"):
        pass
    with pytest.raises(
        WarehouseError, match=r"warehouse\.duckdb: is the live file.*snapshot\.duckdb instead"
    ):
        ask(tmp_path / "warehouse.duckdb", "SELECT 1")


def test_file_that_is_no_database_is_named(folder: Path) -> None:
    with pytest.raises(QueryError, match=r"secret\.csv: is not a DuckDB file"):
        ask(folder / "secret.csv", "SELECT 1")
