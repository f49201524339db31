"""`watchfloor sources` against a server on loopback: what is found, shown, saved and refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from sources.catalog import load_catalog
from sources.clean.publishers import publisher_of, publisher_table
from sources.model import FullText

FEED = (
    b"<rss version='2.0'><channel><title>Chip Wire</title><language>en-gb</language><item><title>Chips"
    b"</title>"
    b"<link>https://a.example/1</link><pubDate>Mon, 06 Apr 2026 05:00:00 GMT</pubDate></item>"
    b"<item><title>Undated</title><link>https://a.example/2</link></item></channel></rss>"
)
PAGES = {
    "/": b"<html><head><link rel='alternate' type='application/rss+xml' href='/news.xml'></head></html>",
    "/news.xml": FEED,
    "/quiet.xml": FEED.replace(b"<language>en-gb</language>", b""),
    "/bare": b"<html><body>nothing</body></html>",
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def sources(*words: str, home: Path) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", "2026-04-06T06:00Z", "sources", *words])


def test_add_finds_the_feed_of_a_page_and_changes_nothing(site: str, tmp_path: Path) -> None:
    done = sources("add", f"{site}/", home=tmp_path)
    assert done.exit_code == 0, done.output
    for shown in (
        f'url = "{site}/news.xml"',
        "Chip Wire",
        "RSS 2.0, 2 entries",
        "1 of 2 entries have no usable date",
    ):
        assert shown in done.output
    assert not (tmp_path / "catalog.toml").exists()


def test_saved_feed_is_in_the_catalog_and_refused_the_second_time(site: str, tmp_path: Path) -> None:
    done = sources(
        "add", f"{site}/news.xml", "--save", "--kind", "tech_press", "--desk", "regulation", home=tmp_path
    )
    assert done.exit_code == 0, done.output
    added = load_catalog(tmp_path / "catalog.toml")[-1]
    assert (added.id, added.kind, added.language, added.desks) == (
        "chip-wire",
        "tech_press",
        "en",
        ("regulation",),
    )
    again = sources("add", f"{site}/", home=tmp_path)
    assert again.exit_code == 1
    assert "as chip-wire" in again.output


def test_pages_of_a_new_feed_are_fetched_as_the_operator_says(site: str, tmp_path: Path) -> None:
    done = sources("add", f"{site}/news.xml", "--save", "--full-text", "never", home=tmp_path)
    assert done.exit_code == 0, done.output
    assert load_catalog(tmp_path / "catalog.toml")[-1].full_text is FullText.NEVER
    wrong = sources("add", f"{site}/news.xml", "--full-text", "some", home=tmp_path)
    assert (wrong.exit_code, "on_topic" in wrong.output) == (2, True)


def test_page_without_a_feed_is_an_error_with_the_addresses_tried(site: str, tmp_path: Path) -> None:
    done = sources("add", f"{site}/bare", home=tmp_path)
    assert done.exit_code == 1
    assert "/rss.xml" in done.output


def test_exported_catalog_is_all_known_when_imported(tmp_path: Path) -> None:
    assert sources("export-opml", str(tmp_path / "all.opml"), home=tmp_path).exit_code == 0
    done = sources("import-opml", str(tmp_path / "all.opml"), home=tmp_path)
    assert f"0 new, {len(load_catalog())} known already, 0 refused" in done.output


def test_imported_list_adds_what_is_new_and_refuses_other_schemes(tmp_path: Path) -> None:
    (tmp_path / "a.opml").write_text(
        "<opml version='2.0'><body><outline text='N' xmlUrl='https://n.example/f'/>"
        "<outline xmlUrl='ftp://x/f'/></body></opml>"
    )
    done = sources("import-opml", str(tmp_path / "a.opml"), "--save", home=tmp_path)
    assert "1 new, 0 known already, 1 refused" in done.output
    assert load_catalog(tmp_path / "catalog.toml")[-1].url == "https://n.example/f"


def test_family_of_an_article_host_is_its_publisher_in_the_catalog() -> None:
    table = publisher_table(load_catalog())
    assert publisher_of("www.wsj.com", table) == "Dow Jones"
    assert publisher_of("www.gov.uk", table) == publisher_of("nowhere.example", table) == ""


def test_language_that_was_given_is_not_called_assumed(site: str, tmp_path: Path) -> None:
    assumed = sources("add", f"{site}/quiet.xml", home=tmp_path).output
    given = sources("add", f"{site}/quiet.xml", "--language", "fr", home=tmp_path).output
    assert "it states no language; `en` is assumed" in assumed
    assert "it states no language; `fr` is taken as given" in given


def test_list_of_many_feeds_of_one_title_is_imported_whole(tmp_path: Path) -> None:
    lines = "".join(
        f"<outline text='The Wire' xmlUrl='https://n{number}.example/f'/>" for number in range(3_000)
    )
    (tmp_path / "a.opml").write_text(f"<opml version='2.0'><body>{lines}</body></opml>")
    done = sources("import-opml", str(tmp_path / "a.opml"), "--save", home=tmp_path)
    assert "3000 new, 0 known already, 0 refused" in done.output
    assert load_catalog(tmp_path / "catalog.toml")[-1].id == "the-wire-3000"


def test_imported_publisher_takes_the_spelling_of_the_catalog(tmp_path: Path) -> None:
    known = load_catalog()[0].publisher
    (tmp_path / "a.opml").write_text(
        f"<opml version='2.0'><body><outline text='{known.upper()}.' xmlUrl='https://n.example/f'/></body>"
        "</opml>"
    )
    assert sources("import-opml", str(tmp_path / "a.opml"), "--save", home=tmp_path).exit_code == 0
    assert load_catalog(tmp_path / "catalog.toml")[-1].publisher == known


def test_imported_feed_with_a_wrong_field_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    fields = "id/a name/A publisher/A kind/blog region/NO language/en".split()
    category = ",".join(f"/watchfloor/{field}" for field in fields)
    (tmp_path / "a.opml").write_text(
        f"<opml version='2.0'><body><outline xmlUrl='https://a.example/f' category='{category}'/>"
        "<outline text='B' xmlUrl='https://b.example/f'/></body></opml>"
    )
    done = sources("import-opml", str(tmp_path / "a.opml"), "--save", home=tmp_path)
    assert "1 new, 0 known already, 1 refused" in done.output
    assert "refused  https://a.example/f: kind 'blog' is none of" in done.output


@pytest.mark.parametrize("option", ["--id", "--kind", "--language", "--region", "--publisher"])
def test_wrong_field_is_refused_before_anything_is_saved(option: str, site: str, tmp_path: Path) -> None:
    done = sources("add", f"{site}/news.xml", "--save", option, "", home=tmp_path)
    assert done.exit_code == 1
    assert option.removeprefix("--") in done.output
    assert not (tmp_path / "catalog.toml").exists()
