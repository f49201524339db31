"""Publisher families: a host belongs to the owner that the catalog names for it, if there is only one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.clean.publishers import publisher_of, publisher_table, with_publishers
from sources.model import AGGREGATOR, Article, DateStatus, Source


def source(
    publisher: str, url: str, kind: str = "news", hosts: tuple[str, ...] = (), name: str = "X"
) -> Source:
    return Source(
        id="x", name=name, publisher=publisher, url=url, kind=kind, region="US", language="en", hosts=hosts
    )


def article(publisher: str) -> Article:
    now = datetime(2026, 4, 6, tzinfo=UTC)
    return Article(
        article_id=1,
        source_id="x",
        publisher=publisher,
        url="https://a.example/x",
        title="Chips",
        summary="",
        text="",
        language="en",
        published_at=now,
        date_status=DateStatus.OK,
        first_seen_at=now,
        text_hash=1,
    )


TABLE = publisher_table(
    [
        source("Dow Jones", "https://feeds.content.dowjones.io/public/rss", hosts=("wsj.com", "barrons.com")),
        source("BBC", "https://feeds.bbci.co.uk/news/rss.xml", hosts=("bbc.co.uk", "bbc.com")),
        source("AI Safety Institute", "https://www.gov.uk/aisi.atom"),
        source("Ofcom", "https://www.gov.uk/ofcom.atom"),
        source("ChinaTalk", "https://chinatalk.substack.com/feed", hosts=("chinatalk.media",)),
        source("Owner", "https://github.com/owner/x/releases.atom"),
        source("Vox Media", "https://www.theverge.com/rss/index.xml", name="The Verge"),
        source("Techmeme", "https://www.techmeme.com/feed.xml", AGGREGATOR),
    ]
)


@pytest.mark.parametrize(
    ("host", "family"),
    [
        ("wsj.com", "Dow Jones"),
        ("www.wsj.com", "Dow Jones"),
        ("a.b.wsj.com", "Dow Jones"),
        ("news.bbc.co.uk", "BBC"),
        ("chinatalk.substack.com", "ChinaTalk"),
        ("chinatalk.media", "ChinaTalk"),
        ("other.substack.com", ""),
        ("substack.com", ""),
        ("github.com", ""),
        ("www.gov.uk", ""),
        ("gov.uk", ""),
        ("techmeme.com", ""),
        ("notwsj.com", ""),
        ("co.uk", ""),
        ("wsj.com.evil.example", ""),
        ("10.0.0.1", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_host_belongs_to_the_only_family_that_claims_it(host: str, family: str) -> None:
    assert publisher_of(host, TABLE) == family


def test_table_does_not_depend_on_the_order_of_the_catalog() -> None:
    sources = [
        source("A", "https://a.example/f"),
        source("B", "https://b.a.example/f"),
        source("A", "https://c.example/"),
    ]
    assert publisher_table(sources) == publisher_table(reversed(sources))


def test_domain_of_two_families_belongs_to_neither_but_their_hosts_do() -> None:
    table = publisher_table([source("A", "https://a.gov.example/f"), source("B", "https://b.gov.example/f")])
    assert [publisher_of(host, table) for host in ("a.gov.example", "b.gov.example", "c.gov.example")] == [
        "A",
        "B",
        "",
    ]


@given(st.text(max_size=30) | st.from_regex(r"[a-z.]{0,20}", fullmatch=True))
def test_any_text_for_a_host_has_a_family_or_none(host: str) -> None:
    assert publisher_of(host, TABLE) in {*TABLE.values(), ""}


@pytest.mark.parametrize(
    ("stated", "credit"),
    [
        ("www.wsj.com", "Dow Jones"),
        ("new.example", "new.example"),
        ("CNBC", "CNBC"),
        ("The Verge", "Vox Media"),
        ("DowJones", "Dow Jones"),
        ("Techmeme", "Techmeme"),
    ],
)
def test_article_of_an_aggregator_is_credited_to_the_family_it_points_to(stated: str, credit: str) -> None:
    found = with_publishers(
        [article(stated)], source("Techmeme", "https://www.techmeme.com/feed.xml", AGGREGATOR), TABLE
    )
    assert [one.publisher for one in found] == [credit]


def test_article_of_another_source_keeps_its_publisher() -> None:
    found = with_publishers([article("wsj.com")], source("Wire", "https://wire.example/f"), TABLE)
    assert found == (article("wsj.com"),)
