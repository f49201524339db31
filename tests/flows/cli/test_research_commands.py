"""`watchfloor sql`: formats, files, errors, exit codes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from paths import ROOT
from typer.testing import CliRunner, Result

from flows.cli import app
from warehouse.store.migrate import newest_version

pytestmark = pytest.mark.slow

ROWS = """
SELECT * FROM (VALUES
    (1, 'Rule | takes effect', DATE '2026-08-12', 0.5, [1, 2]),
    (20, 'A ' || chr(27) || '[31mred' || chr(10) || 'headline', NULL, 'nan'::DOUBLE, [])
) AS rows(id, title, day, share, ids) ORDER BY id
"""


@pytest.fixture(autouse=True)
def without_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHFLOOR_HOME", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with duckdb.connect(tmp_path / "snapshot.duckdb") as con:
        con.execute("CREATE TABLE articles AS SELECT range AS article_id FROM range(250)")
        ledger = "CREATE TABLE schema_migrations AS SELECT $1 AS version, '' AS name, '' AS sha256"
        con.execute(ledger, [newest_version()])
    return tmp_path


def sql(home: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "sql", *words], input=typed)


def test_table_aligns_numbers_right_and_keeps_each_row_on_its_line(home: Path) -> None:
    done = sql(home, ROWS)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "id  title                day         share  ids",
        "--  -------------------  ----------  -----  ------",
        " 1  Rule | takes effect  2026-08-12    0.5  [1, 2]",
        "20  A [31mred headline                 nan  []",
    ]


def test_long_cells_are_cut_where_it_shows(home: Path) -> None:
    line = sql(home, "SELECT repeat('long ', 50) AS text").stdout.splitlines()[2]
    assert len(line) == 60
    assert line.endswith("…")


def test_rows_left_out_of_a_table_are_reported(home: Path) -> None:
    few, all_ = sql(home, "FROM articles", "--rows", "5"), sql(home, "FROM articles", "--rows", "250")
    assert len(few.stdout.splitlines()) == 7
    assert "only the first 5 rows" in few.stderr
    assert (len(all_.stdout.splitlines()), all_.stderr) == (252, "")


def test_csv_has_every_row(home: Path) -> None:
    done = sql(home, "FROM articles ORDER BY ALL", "--format", "csv")
    assert done.stdout.splitlines() == ["article_id", *map(str, range(250))]
    (_, first, _) = csv.reader(io.StringIO(sql(home, ROWS, "--format", "csv").stdout))
    assert first == ["1", "Rule | takes effect", "2026-08-12", "0.5", "[1, 2]"]


@pytest.mark.parametrize("words", [("--json",), ("--format", "json")])
def test_json_keeps_types_and_has_null_for_what_it_cannot_say(home: Path, words: tuple[str, ...]) -> None:
    first, second = json.loads(sql(home, ROWS, *words).stdout)
    assert first == {
        "id": 1,
        "title": "Rule | takes effect",
        "day": "2026-08-12",
        "share": 0.5,
        "ids": [1, 2],
    }
    assert (second["day"], second["share"]) == (None, None)


def test_json_of_nothing_is_an_empty_list(home: Path) -> None:
    assert json.loads(sql(home, "FROM articles WHERE FALSE", "--json").stdout) == []


def test_markdown_escapes_its_own_signs(home: Path) -> None:
    lines = sql(home, ROWS, "--format", "markdown").stdout.splitlines()
    assert lines[:2] == ["| id | title | day | share | ids |", "| --- | --- | --- | --- | --- |"]
    assert lines[2] == r"| 1 | Rule \| takes effect | 2026-08-12 | 0.5 | [1, 2] |"


def test_parquet_keeps_the_types(home: Path) -> None:
    done = sql(home, ROWS, "--out", str(home / "rows.parquet"))
    assert done.exit_code == 0, done.output
    first = pq.read_table(home / "rows.parquet").to_pylist()[0]
    assert (first["day"], first["ids"]) == (date(2026, 8, 12), [1, 2])


def test_format_follows_the_name_of_the_file(home: Path) -> None:
    sql(home, "SELECT 1 AS one", "--out", str(home / "rows.csv"))
    assert (home / "rows.csv").read_text("utf-8") == "one\n1\n"


def test_file_is_left_as_it_was_if_the_query_fails(home: Path) -> None:
    out = home / "rows.csv"
    out.write_text("before", "utf-8")
    late = "SELECT CASE WHEN range = 200000 THEN error('late') ELSE range END AS n FROM range(200001)"
    done = sql(home, late, "--out", str(out))
    assert done.exit_code == 1
    assert "late" in done.stderr
    assert out.read_text("utf-8") == "before"
    assert sorted(path.name for path in home.iterdir()) == ["rows.csv", "snapshot.duckdb"]


def test_reader_who_has_seen_enough_is_no_trouble(home: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "flows.cli",
        "--home",
        str(home),
        "sql",
        "FROM range(10000000)",
        "--format",
        "csv",
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        assert done.stdout.readline() == "range\n"
        done.stdout.close()
        assert done.stderr.read() == ""
    assert done.returncode == 0


def test_query_is_read_from_a_file_or_standard_input(home: Path) -> None:
    (home / "query.sql").write_text("SELECT 'from a file' AS said", "utf-8")
    assert "from a file" in sql(home, "-f", str(home / "query.sql")).stdout
    assert "typed" in sql(home, "-f", "-", typed="SELECT 'typed' AS said").stdout


def test_explain_shows_the_plan(home: Path) -> None:
    assert "articles" in sql(home, "FROM articles", "--explain").stdout
    assert "articles" in json.loads(sql(home, "FROM articles", "--explain", "--json").stdout)["plan"]


def test_older_snapshot_can_be_asked(home: Path, tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "older.duckdb") as con:
        con.execute("CREATE TABLE articles AS SELECT 'older' AS age")
    assert "older" in sql(home, "FROM articles", "--on", str(tmp_path / "older.duckdb")).stdout


@pytest.mark.parametrize(
    "words",
    [(), ("SELECT 1", "-f", "-"), ("SELECT 1", "--format", "xlsx"), ("SELECT 1", "--format", "parquet")],
    ids=["no query", "two queries", "unknown form", "parquet to the terminal"],
)
def test_wrong_option_is_a_usage_error(home: Path, words: tuple[str, ...]) -> None:
    done = sql(home, *words)
    assert done.exit_code == 2
    assert done.stderr.startswith("watchfloor: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("SELECT titel FROM articles",), '"article_id"'),
        (("ATTACH 'x.duckdb'",), "ATTACH is not allowed"),
        (("-f", "nowhere.sql"), "nowhere.sql"),
        (("SELECT 1 AS a, 2 AS a", "--json"), "Rename one"),
        (("SELECT TIMESTAMP 'infinity' AS moment",), "cast it to VARCHAR"),
        (("SELECT 1", "--out", "nowhere/rows.csv"), "nowhere"),
        (("SELECT 1", "--on", "warehouse.duckdb"), "snapshot.duckdb instead"),
        (("SELECT 1", "--on", "none.duckdb"), "watchfloor publish"),
        (("FROM range(1000000000000)", "--format", "csv", "--timeout", "1"), "--timeout"),
    ],
)
def test_error_names_what_to_do(home: Path, words: tuple[str, ...], said: str) -> None:
    done = sql(home, *words)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "Traceback" not in done.output
