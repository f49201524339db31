"""Rows of an archive belong to the feed of their address; the outlet is the publisher."""

from __future__ import annotations

import json
from pathlib import Path

from fakes import at

from sources.archives.archive import read_archive
from sources.archives.jsonl_rows import BATCH_LINES
from sources.model import AGGREGATOR, Source

NOW = at("2026-08-12T12:00")
SEARCH = "https://news.example/rss/search?q=%22export%20controls%22+when:7d&hl=en"
WIRE = Source(
    id="wire", name="The Wire", publisher="Wire Group", url="https://wire.example/feed/", kind="tech_press",
    region="GB", language="en",
)  # fmt: skip
HUB = Source(
    id="hub", name="The Hub", publisher="The Hub", url="https://hub.example/feed", kind=AGGREGATOR,
    region="US", language="en",
)  # fmt: skip


def read(
    folder: Path, *rows: tuple[str, str], catalog: tuple[Source, ...] = ()
) -> tuple[dict[str, Source], list[tuple[str, str]]]:
    """Returns the sources as stored in the end, and (source id, publisher) of each article."""
    path = folder / "archive.jsonl"
    path.write_text(
        "".join(
            json.dumps({"feed_url": address, "source": outlet, "title": f"Title {n}",
                "url": f"https://pages.example/{n}", "published": "2026-08-01"}) + "\n"
            for n, (address, outlet) in enumerate(rows)
        )
    )  # fmt: skip
    batches = list(read_archive(path, NOW, catalog))
    sources = {source.id: source for batch in batches for source in batch.sources}
    articles = [(one.source_id, one.publisher) for batch in batches for one in batch.parsed.articles]
    return sources, articles


def test_search_feed_is_one_feed_whatever_outlets_it_brings(tmp_path: Path) -> None:
    sources, articles = read(tmp_path, (SEARCH, "Reuters"), (SEARCH, "MLex"), (SEARCH, "Reuters"))
    (feed,) = sources.values()
    assert (feed.name, feed.kind, feed.url) == (
        'news.example "export controls"', AGGREGATOR, SEARCH,
    )  # fmt: skip
    assert articles == [(feed.id, "Reuters"), (feed.id, "MLex"), (feed.id, "Reuters")]


def test_feed_of_one_outlet_has_its_name_and_an_id_by_the_address(tmp_path: Path) -> None:
    sources, _ = read(tmp_path, ("https://a.example/feed", "Blog"), ("https://b.example/feed", "Blog"))
    assert [(one.name, one.publisher, one.kind) for one in sources.values()] == [("Blog", "Blog", "news")] * 2
    assert all(id_.startswith(("a-example-", "b-example-")) for id_ in sources)


def test_feed_that_brings_a_second_outlet_much_later_is_an_aggregator(tmp_path: Path) -> None:
    planet = "https://planet.example/feed"
    sources, articles = read(tmp_path, *[(planet, "First")] * BATCH_LINES, (planet, "Second"))
    (feed,) = sources.values()
    assert (feed.name, feed.kind) == ("planet.example", AGGREGATOR)
    assert {publisher for _, publisher in articles} == {"First", "Second"}


def test_row_of_a_catalog_feed_belongs_to_it(tmp_path: Path) -> None:
    sources, articles = read(tmp_path, ("http://www.wire.example/feed", "wire (AI)"), catalog=(WIRE,))
    assert (sources, articles) == ({"wire": WIRE}, [("wire", "Wire Group")])


def test_outlet_of_an_aggregator_has_the_publisher_family_of_the_catalog(tmp_path: Path) -> None:
    _, articles = read(tmp_path, (SEARCH, "the wire"), (HUB.url, "hub"), (HUB.url, "MLex"),
        (HUB.url, "The Hub"), catalog=(WIRE, HUB))  # fmt: skip
    assert [publisher for _, publisher in articles] == ["Wire Group", "hub", "MLex", "pages.example"]
