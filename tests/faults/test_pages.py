"""Faults of fetching pages: kills between two steps, a folder that cannot be written, feeds that flap."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, HashEmbedder, article, save
from page_site import Site, page, serving, source

from flows.cli.pipeline_commands import _show_pages
from flows.page_collection import PageReport, collect_wanted_pages
from flows.settings import Settings
from sources.feeds.parse import article_id
from sources.model import Article, Source
from sources.pages.page_spool import PageSpool
from warehouse.store.db import open_warehouse

HOUR = timedelta(hours=1)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, pages_per_run=100)


Collect = Callable[..., PageReport]


@pytest.fixture
def collect(settings: Settings) -> Collect:
    def run(*catalog: Source, now=NOW) -> PageReport:  # type: ignore[no-untyped-def]
        return collect_wanted_pages(settings, now, catalog=catalog, embedder=HashEmbedder())

    return run


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with open_warehouse(settings.warehouse_path) as con:
        return con.execute(query).fetchall()


def stored(settings: Settings) -> list[list[tuple[object, ...]]]:
    tables = ("articles", "article_texts", "page_fetches", "article_aliases")
    return [rows(settings, f"FROM store.{table}") for table in tables]


def test_run_that_is_killed_before_it_deletes_what_it_stored_changes_nothing(
    settings: Settings, site: Site, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, pointer = f"{site.url}/own", f"{site.url}/pointer"
    stating_own = f"<head><link rel='canonical' href='{own}'>"
    site.pages = {"/pointer": page("Chip rule").replace("<head>", stating_own)}
    with open_warehouse(settings.warehouse_path) as con:
        one = article("Chip rule", feed="pointers", url=pointer, published=NOW - HOUR)
        save(con, replace(one, article_id=article_id("pointers", pointer, "")))
    with monkeypatch.context() as patched:
        patched.setattr(PageSpool, "forget", lambda *_: None)
        collect(source(id_="pointers", kind="aggregator"))
    before = stored(settings)
    collect(source(id_="pointers", kind="aggregator"), now=NOW + HOUR)
    assert stored(settings) == before
    assert list((settings.home_dir / "pages").iterdir()) == []
    assert (site.asked["/pointer"], site.asked["/own"]) == (1, 0)


def test_folder_of_pages_that_cannot_be_written_stops_nothing(
    settings: Settings, site: Site, collect: Collect
) -> None:
    (settings.home_dir / "pages").write_text("no folder")
    site.pages = {"/a": page("Chip rule")}
    with open_warehouse(settings.warehouse_path) as con:
        save(con, article("Chip rule", feed="wire", url=f"{site.url}/a", published=NOW - HOUR))
    assert collect(source()).texts == 1


CHROME = "Subscribers of this paper get the morning list of all that happened in the chip trade by eight."


def with_chrome(site: Site, numbers: range, summary: str) -> list[Article]:
    """Articles of the feed whose pages have a line of the site."""
    for number in numbers:
        html = page(f"Chip rule, part {number}").replace("</article>", f"<p>{CHROME}</p></article>")
        site.pages[f"/{number}"] = html
    return [
        article(f"Chip rule, part {number}", summary, url=f"{site.url}/{number}", published=NOW - HOUR)
        for number in numbers
    ]


def test_line_of_the_site_is_no_correction_and_is_cut_from_the_next_page_too(
    settings: Settings, site: Site, collect: Collect
) -> None:
    with open_warehouse(settings.warehouse_path) as con:
        save(con, *with_chrome(site, range(4), "First."))
    collect(source())
    with open_warehouse(settings.warehouse_path) as con:
        save(con, *with_chrome(site, range(5), "Second, another summary."), now=NOW + HOUR)
    assert collect(source(), now=NOW + 2 * HOUR).asked == 5
    assert rows(settings, "SELECT count(*), max(version) FROM store.article_texts") == [(5, 1)]
    assert rows(settings, f"SELECT count(*) FROM store.article_texts WHERE text LIKE '%{CHROME}%'") == [(0,)]


def test_entry_that_changes_at_every_poll_is_not_asked_for_at_every_poll(
    settings: Settings, site: Site, collect: Collect
) -> None:
    site.pages = {"/a": page("Chip rule")}
    for hour in (0, 1, 6, 7, 8):
        with open_warehouse(settings.warehouse_path) as con:
            counted = article("Chip rule", f"{hour} comments", url=f"{site.url}/a", published=NOW - HOUR)
            save(con, counted, now=NOW + hour * HOUR)
        collect(source(), now=NOW + hour * HOUR)
    assert site.asked["/a"] == 3


def test_machine_without_network_says_so_and_charges_no_page(
    settings: Settings,
    collect: Collect,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def no_names(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    with open_warehouse(settings.warehouse_path) as con:
        for number in range(40):
            url = f"https://h{number}.example/a"
            save(con, article(f"Chip rule, part {number}", url=url, published=NOW - HOUR))
    report = collect(source())
    assert (report.wanted, report.asked) == (40, 0)
    assert rows(settings, "FROM store.page_fetches") == []
    _show_pages(report)
    assert "No host of the 40 pages wanted answered" in capsys.readouterr().out
