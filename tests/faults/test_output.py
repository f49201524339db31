"""Output that goes wrong: no regular file, a terminal without characters, a full disk, a reader that left."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from threading import Thread

import pytest
from fakes import NOW, article, place
from paths import ROOT
from typer.testing import CliRunner, Result

from flows.cli import app
from reports.escaping import without_formula
from warehouse.search.inverted_index import index_pending
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

TITLE = "Chip rule’s first day 半导体 😀"
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an article whose title needs Unicode, and one that a spreadsheet would run."""
    home = tmp_path_factory.mktemp("output")
    with open_warehouse(home / "warehouse.duckdb") as con:
        place(con, article(TITLE, feed="gazette"), article(FORMULA, feed="post"), story=1)
        index_pending(con, lambda _done, _total: None)
    publish_snapshot(home / "warehouse.duckdb", home / "snapshot.duckdb", NOW, 0)
    return home


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *words])


def run(home: Path, command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Returns the result of a shell's command, in which W is watchfloor with the home."""
    script = f"set -o pipefail\nW() {{ '{sys.executable}' -m flows.cli --home '{home}' \"$@\"; }}\n{command}"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )


as_usual = lru_cache(run)

OUTPUTS = {
    "sql": ("sql", "SELECT 42 AS n", "--format", "csv", "--out"),
    "metrics": ("metrics", "--out"),
    "schema": ("schema", "--out"),
    "opml": ("sources", "export-opml"),
}


@pytest.mark.parametrize("words", OUTPUTS.values(), ids=OUTPUTS)
def test_pipe_is_written_into_and_stays_a_pipe(home: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    done = watchfloor(home, *words, str(pipe))
    reader.join(10)
    assert (done.exit_code, len(read[0]) > 3) == (0, True), done.output
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("words", OUTPUTS.values(), ids=OUTPUTS)
def test_link_stays_a_link_and_its_target_is_written(
    home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert watchfloor(home, *words, str(tmp_path / "link")).exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() != "old"


@pytest.mark.parametrize("words", OUTPUTS.values(), ids=OUTPUTS)
def test_folder_in_the_place_of_a_file_is_named(home: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = watchfloor(home, *words, str(tmp_path))
    assert done.exit_code == 1
    assert str(tmp_path) in done.stderr
    assert tmp_path.is_dir()


def test_export_replaces_neither_pipe_nor_link(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("pipe", "link"):
        done = watchfloor(home, "export", str(tmp_path / name))
        assert (done.exit_code, "exists already" in done.stderr) == (1, True)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert (tmp_path / "link").is_symlink()


def test_issue_follows_the_links_in_its_folder(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.md").write_text("old")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "2026-W33.md").symlink_to(tmp_path / "elsewhere.md")
    watchfloor(
        home, "--now", "2026-08-17T06:00Z", "digest", "--week", "2026-W33", "--out", str(tmp_path / "out")
    )
    assert (tmp_path / "out" / "2026-W33.md").is_symlink()
    assert (tmp_path / "elsewhere.md").read_text() != "old"


COMMANDS = (
    "W search --mode keyword rule",
    "W search --mode keyword --json rule",
    "W sql 'SELECT title FROM articles'",
    "W sql --format json 'SELECT title FROM articles'",
    "W sql --format csv 'SELECT title FROM articles'",
    "W sql --format markdown 'SELECT title FROM articles'",
    "W status",
    "W trends",
    "W sources list",
)


@pytest.mark.parametrize(
    ("command", "encoding"), [*((command, "ascii") for command in COMMANDS), (COMMANDS[1], "latin-1")]
)
def test_terminal_without_the_characters_shows_escapes(home: Path, command: str, encoding: str) -> None:
    usual = as_usual(home, command)
    done = run(home, command, PYTHONIOENCODING=encoding)
    assert done.returncode == usual.returncode
    assert b"Traceback" not in done.stderr
    assert len(done.stdout) >= len(usual.stdout.decode())
    if "json" in command:
        assert json.loads(done.stdout.decode(encoding)) == json.loads(usual.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_full_disk_behind_the_output_is_named_once(home: Path, command: str) -> None:
    done = run(home, f"{command} > /dev/full")
    assert done.returncode == 1
    assert done.stderr.count(b"No space left on device") == 1
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_reader_that_has_read_enough_is_no_problem(home: Path, command: str) -> None:
    usual = as_usual(home, command)
    done = run(home, f"{{ {command}; echo $? > code; }} | true")
    assert (home / "code").read_text().strip() in {str(usual.returncode), "0"}
    assert done.stderr == usual.stderr


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"])
def test_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert without_formula(text) == f"'{text}"


def test_csv_of_a_query_and_of_an_export_runs_nothing(home: Path, tmp_path: Path) -> None:
    printed = watchfloor(
        home, "sql", "--format", "csv", "SELECT title, -1 AS n FROM articles ORDER BY title"
    ).stdout
    assert list(csv.reader(printed.splitlines()))[1:] == [[f"'{FORMULA}", "-1"], [TITLE, "-1"]]
    assert watchfloor(home, "export", str(tmp_path / "out"), "--format", "csv").exit_code == 0
    with (tmp_path / "out" / "articles.csv").open(newline="") as file:
        assert {row["title"] for row in csv.DictReader(file)} == {f"'{FORMULA}", TITLE}
