"""`watchfloor export` and `watchfloor search`: output, files, exit codes."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import duckdb
import pytest
from fakes import NOW, article, at, place
from typer.testing import CliRunner, Result

from flows.cli import app
from warehouse.search.inverted_index import index_pending
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

CATALOG = """
[[source]]
id = "{id}"
name = "{id}"
publisher = "{id}"
url = "https://{id}.example/feed.xml"
kind = "news"
region = "INT"
language = "en"
desks = []
redistribute = {free}
"""
RULE = article(
    "Rule on chips", "Public words.", feed="gazette", text="All of the rule.", published=at("2026-08-12")
)
STORY = article("Story on chips", "Their own words.", feed="post", published=at("2026-07-01"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("export")
    with open_warehouse(home / "warehouse.duckdb") as con:
        place(con, RULE, STORY, story=1)
        place(con, article("Sports", feed="post"), desk="off_topic")
        index_pending(con, lambda _done, _total: None)
    publish_snapshot(home / "warehouse.duckdb", home / "snapshot.duckdb", NOW, 0)
    sources = CATALOG.format(id="gazette", free="true") + CATALOG.format(id="post", free="false")
    (home / "catalog.toml").write_text(sources, "utf-8")
    return home


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *words])


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_bundle_has_texts_only_where_the_source_lets_them_be_passed_on(
    home: Path, tmp_path: Path, form: str
) -> None:
    done = watchfloor(home, "export", str(tmp_path / "out"), "--desk", "export_controls", "--format", form)
    assert done.exit_code == 0, done.output
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT title, summary, text FROM '{tmp_path}/out/articles.{form}' ORDER BY title"
        ).fetchall()
    assert [(title, summary or None, text or None) for title, summary, text in rows] == [
        (RULE.title, RULE.summary, RULE.text),
        (STORY.title, None, None),
    ]
    assert STORY.summary not in "".join(
        path.read_text("utf-8", "replace") for path in (tmp_path / "out").iterdir()
    )


def test_bundle_has_a_datasheet_a_citation_and_a_checksum_of_every_file(home: Path, tmp_path: Path) -> None:
    watchfloor(
        home,
        "export",
        str(tmp_path / "out"),
        "--since",
        "2026-08-01",
        "--until",
        "2026-08-31",
        "--format",
        "csv",
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    for name, said in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == said["sha256"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"manifest.json", *manifest["files"]}
    assert manifest["rows"]["articles"] == 2
    with (tmp_path / "out" / "articles.csv").open() as file:
        assert [row["title"] for row in csv.DictReader(file)] == ["Sports", RULE.title]
    sheet = (tmp_path / "out" / "DATASHEET.md").read_text("utf-8")
    assert "2026-08-01 to 2026-08-31, all desks" in sheet
    assert "texts for 1 of 2 articles" in sheet
    assert manifest["snapshot"] in (tmp_path / "out" / "CITATION.cff").read_text("utf-8")


def test_existing_folder_is_not_changed(home: Path, tmp_path: Path) -> None:
    done = watchfloor(home, "export", str(tmp_path))
    assert done.exit_code == 1
    assert "exists already" in done.stderr


def test_export_of_nothing_leaves_nothing(home: Path, tmp_path: Path) -> None:
    done = watchfloor(home, "export", str(tmp_path / "out"), "--until", "2020-01-01")
    assert done.exit_code == 1
    assert "Widen --since" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("export", "out", "--format", "xlsx"),
        ("export", "out", "--since", "May"),
        ("export", "out", "--desk", "sports"),
        ("search", "chips", "--mode", "magic"),
        ("search", "chips", "--desk", "sports"),
        ("search", "chips", "--since", "May"),
    ],
)
def test_wrong_option_is_a_usage_error(home: Path, words: tuple[str, ...]) -> None:
    done = watchfloor(home, *words)
    assert done.exit_code == 2
    assert done.stderr.startswith("watchfloor: --")


def test_search_shows_what_it_found(home: Path) -> None:
    done = watchfloor(home, "search", "chips rule", "--mode", "keyword", "--limit", "1")
    assert done.exit_code == 0, done.output
    assert " 1. **Rule** on **chips**" in done.stdout
    assert "Gazette, 2026-08-12, export_controls, story 1" in done.stdout


def test_search_filters_by_its_options(home: Path) -> None:
    words = (
        "--mode",
        "keyword",
        "--publisher",
        "post",
        "--desk",
        "export_controls",
        "--until",
        "2026-07-02",
        "--json",
    )
    found = json.loads(watchfloor(home, "search", "chips", *words).stdout)
    assert [hit["title"] for hit in found["hits"]] == [STORY.title]
    assert found["mode"] == "keyword"


def test_search_reports_corrected_spellings_and_ignored_words(home: Path) -> None:
    done = watchfloor(home, "search", "chipz since:today nothingness", "--mode", "keyword")
    assert "also looked for chip in place of chipz" in done.stderr
    assert "since:today is left out" in done.stderr


def test_search_that_finds_nothing_says_so(home: Path) -> None:
    assert watchfloor(home, "search", "zzz", "--mode", "keyword").stdout == "Nothing found.\n"
