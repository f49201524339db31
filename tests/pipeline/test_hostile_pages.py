"""`watchfloor ingest` against sites that wall off, lie and break: each page is named, and none is a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import wall_pages
from fakes import NOW
from page_site import Answer, Site, page, serving
from small_disk import filled, mounted
from typer.testing import CliRunner, Result

from flows.cli import app
from warehouse.store.db import open_read_only

pytestmark = pytest.mark.slow

FEED = "<rss version='2.0'><channel><title>Wire</title><link>{url}/</link>{items}</channel></rss>"
ITEM = (
    "<item><title>{title}</title><link>{link}</link><pubDate>{date:%a, %d %b %Y %H:%M} GMT</pubDate></item>"
)
SOURCE = """
[[source]]
id = "{id}"
name = "{id}"
publisher = "{id}"
url = "{url}/feed.xml"
kind = "news"
region = "INT"
language = "en"
full_text = "all"
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _pages_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFLOOR_PAGES_PER_RUN", "100")


def offer(site: Site, paths: Sequence[str], title: str = "") -> None:
    """Lists the paths in the site's feed, the first as the newest."""
    items = "".join(
        ITEM.format(title=escape(title or f"Chip rule, part {path}"), link=f"{site.url}{path}", date=NOW)
        for path in paths
    )
    site.answers["/feed.xml"] = Answer(FEED.format(url=site.url, items=items).encode())


def ingest(home: Path, *sites: Site, **more: str) -> Result:
    home.mkdir(exist_ok=True)
    catalog = (SOURCE.format(id=f"wire{number}", url=one.url) for number, one in enumerate(sites))
    (home / "catalog.toml").write_text("".join(catalog))
    words = ["--home", str(home), "--now", NOW.isoformat(), "ingest", "--force"]
    return CliRunner().invoke(app, words, env=more)


def outcomes(home: Path) -> dict[str, str]:
    with open_read_only(home / "warehouse.duckdb") as con:
        rows = con.execute(
            "SELECT regexp_replace(a.url, '^http://[^/]*', ''), p.outcome"
            " FROM store.page_fetches AS p JOIN store.articles AS a USING (article_id)"
        ).fetchall()
    return dict(rows)


def texts(home: Path) -> list[str]:
    with open_read_only(home / "warehouse.duckdb") as con:
        rows = con.execute(
            "SELECT regexp_replace(a.url, '^http://[^/]*', '') FROM article_texts"
            " JOIN store.articles AS a USING (article_id) ORDER BY 1"
        ).fetchall()
    return [path for (path,) in rows]


def test_no_wall_is_a_text_and_each_has_its_name(site: Site, tmp_path: Path) -> None:
    expected = {f"/wall/{number}": wall for number, wall in enumerate(wall_pages.ALL)}
    site.answers = {path: Answer(wall.markup.encode()) for path, wall in expected.items()}
    site.pages["/good"] = page("Chip rule")
    offer(site, [*expected, "/good"], title=wall_pages.WANTED.title)
    done = ingest(tmp_path / "home", site)
    assert done.exit_code == 0, done.output
    assert texts(tmp_path / "home") == ["/good"]
    named = {path: wall.outcome.value for path, wall in expected.items()}
    assert outcomes(tmp_path / "home") == {**named, "/good": "ok"}


def test_what_breaks_or_lies_is_named_and_stops_no_other_page(site: Site, tmp_path: Path) -> None:
    text = page("Chip rule").replace("Officials", "Beh\u00f6rden")
    site.answers |= {
        "/loop": Answer(status=302, headers={"Location": "/loop"}),
        "/ping": Answer(status=302, headers={"Location": "/pong"}),
        "/pong": Answer(status=302, headers={"Location": "/ping"}),
        "/latin": Answer(text.encode("latin-1"), headers={"Content-Type": "text/html; charset=utf-8"}),
        "/no-such": Answer(text.encode(), headers={"Content-Type": "text/html; charset=klingon"}),
        "/nulls": Answer(text.replace("Part", "Pa\0rt").encode()),
        "/image": Answer(b"\x89PNG\r\n\x1a\n" + bytes(5_000), headers={"Content-Type": "image/png"}),
        "/large": Answer(b"<p>Text.</p>" * 500_000),
    }
    site.pages["/good"] = page("Chip rule")
    paths = ["/loop", "/ping", "/latin", "/no-such", "/nulls", "/image", "/large", "/good"]
    offer(site, paths)
    done = ingest(tmp_path / "home", site)
    assert done.exit_code == 0, done.output
    assert outcomes(tmp_path / "home") == {
        "/loop": "bad_redirect",
        "/ping": "bad_redirect",
        "/latin": "ok",
        "/no-such": "ok",
        "/nulls": "ok",
        "/image": "not_a_page",
        "/large": "too_large",
        "/good": "ok",
    }
    with open_read_only(tmp_path / "home/warehouse.duckdb") as con:
        read = con.execute("SELECT text FROM article_texts").fetchall()
    assert not [text for (text,) in read if "\0" in text or "\ufffd" in text]


def test_site_whose_robots_cannot_be_read_is_left_alone_and_a_huge_one_is_obeyed(tmp_path: Path) -> None:
    with serving() as broken, serving() as resting, serving() as circling, serving() as huge:
        sites = {"/broken": broken, "/resting": resting, "/circling": circling, "/huge": huge}
        broken.answers["/robots.txt"] = Answer(status=500)
        resting.answers["/robots.txt"] = Answer(status=429, headers={"Retry-After": "86400"})
        circling.answers["/robots.txt"] = Answer(status=301, headers={"Location": "/robots.txt"})
        rules = b"User-agent: *\nDisallow: /huge\n" + b"# a comment without an end\n" * 60_000
        huge.answers["/robots.txt"] = Answer(rules)
        for path, one in sites.items():
            one.pages[path] = page("Chip rule")
            offer(one, [path])
        home = tmp_path / "home"
        done = ingest(home, *sites.values())
        assert done.exit_code == 0, done.output
        # RFC 9309, 2.3.1.2: of too many redirects one may take it that there is no file.
        assert outcomes(home) == {
            "/broken": "postponed",
            "/resting": "rate_limited",
            "/circling": "ok",
            "/huge": "robots_disallowed",
        }
        assert {path: one.asked[path] for path, one in sites.items()} == {
            "/broken": 0,
            "/resting": 0,
            "/circling": 1,
            "/huge": 0,
        }
        ingest(home, *sites.values())
        assert [one.asked["/robots.txt"] for one in sites.values()][1] == 1


def test_what_the_budget_leaves_is_fetched_by_the_next_run_newest_first(site: Site, tmp_path: Path) -> None:
    paths = [f"/{number:02}" for number in range(25)]
    site.pages = {path: page(f"Chip rule {path}") for path in paths}
    offer(site, paths)
    asked = []
    for had in (10, 20, 25, 25):
        ingest(tmp_path / "home", site, WATCHFLOOR_PAGES_PER_RUN="10")
        asked.append(len(texts(tmp_path / "home")))
        assert asked[-1] == had
    assert [site.asked[path] for path in paths] == [1] * 25
    assert site.asked["/robots.txt"] == 1


def test_full_disk_is_named_and_the_next_run_has_all_pages(site: Site, tmp_path: Path) -> None:
    paths = [f"/{number:02}" for number in range(40)]
    offer(site, paths)
    with mounted(tmp_path / "disk", megabytes=64) as disk:
        home = disk / "home"
        assert ingest(home, site, WATCHFLOOR_PAGES_PER_RUN="0").exit_code == 0
        site.pages = {path: page(f"Chip rule {path}") * 40 for path in paths}
        with filled(disk, 100_000):
            full = ingest(home, site)
        assert "Traceback" not in full.output
        assert full.exit_code == 1, full.output
        assert "Make room" in full.stderr
        assert ingest(home, site).exit_code == 0
        assert texts(home) == paths
    assert max(site.asked[path] for path in paths) <= 2
