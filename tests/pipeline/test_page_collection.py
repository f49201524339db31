"""Pages on a real server: asked for once, read, stored, and made one with the outlet's own article."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, HashEmbedder, article, save
from page_site import SENTENCE, Site, page, serving, source

from flows import page_collection
from flows.page_collection import PageReport, collect_wanted_pages
from flows.pipeline import enrich_pending
from flows.settings import Settings
from sources.feeds.parse import article_id
from sources.model import FullText, Outcome, Source
from warehouse.store.db import open_warehouse


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


Collect = Callable[..., PageReport]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, pages_per_run=100)


@pytest.fixture
def collect(settings: Settings) -> Collect:
    def run(*catalog: Source, now=NOW) -> PageReport:  # type: ignore[no-untyped-def]
        return collect_wanted_pages(settings, now, catalog=catalog, embedder=HashEmbedder())

    return run


def seen(settings: Settings, site: Site, *titles: str, feed: str = "wire") -> None:
    """Articles of the feed, each with its page on the site."""
    with open_warehouse(settings.warehouse_path) as con:
        for number, title in enumerate(titles):
            site.pages[f"/{feed}/{number}"] = page(title)
            published = NOW - timedelta(hours=5 + number)
            save(con, article(title, feed=feed, url=f"{site.url}/{feed}/{number}", published=published))


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with open_warehouse(settings.warehouse_path) as con:
        return con.execute(query).fetchall()


def test_page_is_read_once_and_what_is_read_of_the_article_changes(
    settings: Settings, site: Site, collect: Collect
) -> None:
    seen(settings, site, "Chip rule takes effect", "Second report on chips")
    report = collect(source())
    assert (report.wanted, report.asked, report.texts, report.outcomes) == (2, 2, 2, {"ok": 2})
    enrich_pending(settings, embedder=HashEmbedder())
    found = rows(settings, "SELECT text, outcome FROM article_texts")
    assert all(SENTENCE in str(text) and outcome == "ok" for text, outcome in found)
    assert rows(settings, "SELECT count(*) FROM search('license Commerce entity', 9)") == [(2,)]
    assert collect(source()).wanted == 0
    assert site.asked == {"/robots.txt": 1, "/wire/0": 1, "/wire/1": 1}


def test_only_pages_near_the_topic_are_asked_for(settings: Settings, site: Site, collect: Collect) -> None:
    seen(
        settings,
        site,
        "Export controls: Commerce adds chip makers to the entity list",
        "Ten cakes for autumn",
    )
    collect(source(FullText.ON_TOPIC))
    assert (site.asked["/wire/0"], site.asked["/wire/1"]) == (1, 0)


def test_no_page_is_asked_for_where_the_source_or_the_operator_says_so(
    settings: Settings, site: Site, collect: Collect
) -> None:
    seen(settings, site, "Chip rule takes effect")
    assert collect(source(FullText.NEVER)).wanted == 0
    off = settings.model_copy(update={"pages_per_run": 0})
    assert collect_wanted_pages(off, NOW, catalog=[source()]) == PageReport()
    assert not site.asked


def test_public_feed_does_not_lead_us_to_a_host_of_our_own(
    settings: Settings, site: Site, collect: Collect
) -> None:
    seen(settings, site, "Chip rule takes effect")
    assert collect(source(host="wire.example")).wanted == 0
    assert not site.asked


def test_run_that_is_stopped_loses_nothing_and_asks_for_no_page_twice(
    settings: Settings, site: Site, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(settings, site, *(f"Chip rule, part {number}" for number in range(6)))

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(page_collection, "save_page_texts", killed)
        with pytest.raises(Killed):
            collect(source())
    assert rows(settings, "SELECT count(*) FROM fetches WHERE kind = 'page'") == [(0,)]
    assert len(list((settings.home_dir / "pages").iterdir())) >= 1
    report = collect(source(), now=NOW + timedelta(hours=1))
    assert report.texts == 6
    assert {path: count for path, count in site.asked.items() if count > 1 and path != "/robots.txt"} == {}
    assert list((settings.home_dir / "pages").iterdir()) == []


def test_entry_of_an_aggregator_is_credited_to_the_outlet_and_one_with_its_article(
    settings: Settings, site: Site, collect: Collect
) -> None:
    own, pointer = f"{site.url}/own", f"{site.url}/pointer"
    site.pages = {"/own": page("Chip rule"), "/pointer": page("Chip rule")}
    site.pages["/pointer"] = page("Chip rule").replace("<head>", f"<head><link rel='canonical' href='{own}'>")
    with open_warehouse(settings.warehouse_path) as con:
        for feed, url in (("outlet", own), ("pointers", pointer)):
            one = article("Chip rule", feed=feed, url=url, published=NOW - timedelta(hours=3))
            save(con, replace(one, article_id=article_id(feed, url, "")))
    collect(source(id_="pointers", kind="aggregator"), source(id_="outlet"))
    assert rows(settings, "SELECT source_id, url, publisher FROM articles") == [("outlet", own, "Outlet")]
    assert rows(settings, "SELECT count(*) FROM article_texts") == [(1,)]


def test_page_without_a_text_is_named_and_stays_a_headline(
    settings: Settings, site: Site, collect: Collect
) -> None:
    seen(settings, site, "Chip rule takes effect")
    site.pages = {"/wire/0": "<html><title>Just a moment...</title><body>Checking your browser</body></html>"}
    report = collect(source())
    assert report.texts == 0
    ((outcome,),) = rows(settings, "SELECT outcome FROM fetches WHERE kind = 'page'")
    assert outcome == Outcome.CAPTCHA
    assert rows(settings, "SELECT count(*) FROM article_texts") == [(0,)]
