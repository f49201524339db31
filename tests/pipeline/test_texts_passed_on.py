"""Texts of pages are the owner's to read; what is passed on quotes sentences of them and has no text.

Each text has canaries: lines that are no sentence, so that no summary quotes them, and sentences of which
only a few may be quoted.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import duckdb
import pytest
from fakes import NOW, WEEK, HashEmbedder, article, fetched_page, place_surely
from typer.testing import CliRunner

from flows import pipeline
from flows.cli import app
from flows.monitor.serve import SiteServer
from flows.settings import Settings
from sources.model import PageResult
from warehouse.store.article_texts import save_page_texts
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

MOST_QUOTED = 6  # a lead's and a summary's sentences, and the evidence of dates
CATALOG = """
[[source]]
id = "{id}"
name = "{id}"
publisher = "{id}"
url = "https://{id}.example/feed.xml"
kind = "{kind}"
region = "INT"
language = "en"
desks = []
redistribute = {free}
"""
OWN = article("BIS adds chip makers to the Entity List", "A summary.", feed="gazette")
LED_AWAY = article("BIS officials speak on chip exports", "A link.", feed="gazette")
POINTED_AT = article("Chip export rule takes effect", "A pointer.", feed="pointers")
POST = article("BIS lists chip makers under export controls", "A report.", feed="post")
ARTICLES = {"own": OWN, "away": LED_AWAY, "pointed": POINTED_AT, "post": POST}


def text_with_canaries(name: str) -> str:
    lines = (
        f"The agency said that the export rule for chips number {number} has the mark {name}said{number}.\n"
        f"and {name}line{number} without an end"
        for number in range(20)
    )
    return "\n".join(lines)


def page(name: str) -> PageResult:
    made = fetched_page(ARTICLES[name], text_with_canaries(name))
    if name == "away":
        return PageResult(
            wanted=made.wanted,
            fetched_at=NOW,
            outcome=made.outcome,
            elapsed_s=0.5,
            final_url="https://post.example/speech",
            page=made.page,
        )
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("passed-on"), site_url="https://watch.example")
    with open_warehouse(settings.warehouse_path) as con:
        place_surely(con, *ARTICLES.values(), story=1)
        save_page_texts(con, [page(name) for name in ARTICLES])
    pipeline.enrich_pending(settings, embedder=HashEmbedder())
    pipeline.write_issue(settings, WEEK, NOW)
    pipeline.publish(settings, NOW, by_hand=True)
    pipeline.site(settings)
    catalog = (
        CATALOG.format(id="gazette", kind="government", free="true"),
        CATALOG.format(id="pointers", kind="aggregator", free="true"),
        CATALOG.format(id="post", kind="news", free="false"),
    )
    (settings.home_dir / "catalog.toml").write_text("".join(catalog), "utf-8")
    return settings.home_dir


def canaries(folder: Path) -> tuple[set[str], set[str]]:
    """The lines and the sentences found in all files of the folder."""
    found = "\n".join(
        path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()
    )
    return set(re.findall(r"[a-z]+line\d+", found)), set(re.findall(r"[a-z]+said\d+", found))


@pytest.mark.parametrize("folder", ["digests", "site"])
def test_issues_mails_and_site_quote_sentences_and_have_no_text(home: Path, folder: str) -> None:
    lines, sentences = canaries(home / folder)
    assert lines == set()
    assert len(sentences) <= MOST_QUOTED


def exported(home: Path, out: Path, form: str) -> dict[str, str | None]:
    done = CliRunner().invoke(app, ["--home", str(home), "export", str(out), "--format", form])
    assert done.exit_code == 0, done.output
    with duckdb.connect() as con:
        return dict(con.execute(f"SELECT title, text FROM '{out}/articles.{form}'").fetchall())


def test_export_has_the_text_of_a_page_of_a_source_that_lets_it_be_passed_on(
    home: Path, tmp_path: Path
) -> None:
    texts = exported(home, tmp_path / "out", "parquet")
    assert texts[OWN.title] == text_with_canaries("own")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_export_has_nothing_of_other_texts_nor_of_a_page_that_is_elsewhere(
    home: Path, tmp_path: Path, form: str
) -> None:
    texts = exported(home, tmp_path / "out", form)
    assert not any(text for title, text in texts.items() if title != OWN.title)
    lines, sentences = canaries(tmp_path / "out")
    assert {re.sub(r"(line|said)\d+", "", one) for one in lines | sentences} == {"own"}


def test_server_gives_the_site_and_no_file_beside_it(home: Path) -> None:
    with SiteServer(0, home / "site", lambda: "") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            assert urlopen(f"{address}/").status == 200
            for path in ("/../snapshot.duckdb", "/%2e%2e/warehouse.duckdb", "/snapshots/"):
                with pytest.raises(HTTPError):
                    urlopen(f"{address}{path}")
        finally:
            server.shutdown()
            thread.join()


def test_owner_has_every_text_in_the_snapshot_and_its_parquet_files(home: Path) -> None:
    with duckdb.connect(home / "snapshot.duckdb", read_only=True) as con:
        assert con.execute("SELECT count(*) FROM article_texts").fetchall() == [(len(ARTICLES),)]
    with duckdb.connect() as con:
        files = home / "snapshots" / "latest" / "parquet" / "article_texts" / "**" / "*.parquet"
        assert con.execute(f"SELECT count(*) FROM '{files}'").fetchall() == [(len(ARTICLES),)]
