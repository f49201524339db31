"""Finding the feed of a site: at its address, by the links of its page, or at a usual path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.discovery import USUAL_PATHS, FoundFeed, NoFeedError, find_feed, linked_feeds
from sources.errors import NotAFeedError
from sources.model import FetchResult, Outcome, ParsedFeed

FEED = (
    b"<rss version='2.0'><channel><title>Chip Wire</title><language>en-gb</language><item/></channel></rss>"
)
PAGE = "https://a.example/news/"
NOW = datetime(2026, 4, 6, tzinfo=UTC)


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" href="{href}">'


def head(*links: str) -> bytes:
    return f"<html><head>{''.join(links)}</head><body></body></html>".encode()


class Web:
    """Pages by address; it remembers what was asked."""

    def __init__(self, pages: Mapping[str, bytes], moved: Mapping[str, str] | None = None) -> None:
        self.pages, self.moved = pages, moved or {}
        self.asked: list[str] = []

    def fetch(self, url: str) -> FetchResult:
        self.asked.append(url)
        body = self.pages.get(url)
        outcome = Outcome.OK if body is not None else Outcome.HTTP_ERROR
        return FetchResult(
            source_id="x",
            fetched_at=NOW,
            outcome=outcome,
            elapsed_s=0.1,
            body=body,
            moved_to=self.moved.get(url),
            message="" if body is not None else "HTTP 404",
        )

    def parse(self, url: str, answer: FetchResult) -> ParsedFeed:
        if not (answer.body or b"").startswith(b"<rss"):
            raise NotAFeedError(url, "is no feed")
        return ParsedFeed(articles=(), rejections=())

    def find(self, url: str) -> FoundFeed:
        return find_feed(url, self.fetch, self.parse)


def test_address_of_a_feed_is_fetched_once() -> None:
    web = Web({PAGE: FEED})
    found = web.find(PAGE)
    assert (found.url, found.title, found.format, found.language) == (PAGE, "Chip Wire", "RSS 2.0", "en")
    assert web.asked == [PAGE]


def test_linked_feed_takes_precedence_over_the_usual_paths() -> None:
    web = Web(
        {PAGE: head(link("/chips.xml")), "https://a.example/chips.xml": FEED, "https://a.example/feed": FEED}
    )
    assert web.find(PAGE).url == "https://a.example/chips.xml"


def test_linked_page_that_is_no_feed_is_passed_over() -> None:
    web = Web(
        {
            PAGE: head(link("/gone"), link("/page")),
            "https://a.example/page": b"x",
            "https://a.example/rss": FEED,
        }
    )
    assert web.find(PAGE).url == "https://a.example/rss"


def test_feed_that_moved_permanently_gets_its_new_address() -> None:
    web = Web({PAGE: FEED}, moved={PAGE: "https://new.example/feed"})
    assert web.find(PAGE).url == "https://new.example/feed"


def test_links_of_a_page_that_moved_are_read_from_where_it_is_now() -> None:
    web = Web(
        {PAGE: head(link("all.xml")), "https://new.example/all.xml": FEED},
        moved={PAGE: "https://new.example/home"},
    )
    assert web.find(PAGE).url == "https://new.example/all.xml"


def test_no_more_than_thirteen_addresses_are_fetched_and_all_are_named() -> None:
    web = Web({PAGE: head(*(link(f"/{number}.xml") for number in range(1_000)))})
    with pytest.raises(NoFeedError) as caught:
        web.find(PAGE)
    assert len(web.asked) == 13
    assert all(place in str(caught.value) for place in (*USUAL_PATHS, "/4.xml"))


def test_address_that_does_not_answer_is_reported_with_its_outcome() -> None:
    with pytest.raises(NoFeedError, match="http_error: HTTP 404"):
        Web({}).find(PAGE)


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        (link("all.xml"), ["https://a.example/news/all.xml"]),
        (link("/all.xml?cat=7&utm_source=x"), ["https://a.example/all.xml?cat=7&utm_source=x"]),
        (link("//b.example/f"), ["https://b.example/f"]),
        (link("/f", "application/atom+xml", "feed alternate"), ["https://a.example/f"]),
        (link("/f", "APPLICATION/FEED+JSON", "Alternate"), ["https://a.example/f"]),
        ('<base href="https://b.example/x/">' + link("f"), ["https://b.example/x/f"]),
        ('<base href="https://[bad">' + link("/f"), ["https://a.example/f"]),
        ('<base href="javascript:alert(1)">' + link("/f"), ["https://a.example/f"]),
        (link("/f", "text/html"), []),
        (link("/f", rel="stylesheet"), []),
        (link(""), []),
        (link("javascript:alert(1)"), []),
        (link("file:///etc/passwd"), []),
        (link("https://[bad"), []),
        (link("/f") + link("/f"), ["https://a.example/f"]),
        (
            link("/comments/feed") + link("/feed"),
            ["https://a.example/feed", "https://a.example/comments/feed"],
        ),
    ],
)
def test_only_links_to_feeds_are_returned(tag: str, found: list[str]) -> None:
    assert linked_feeds(head(tag), PAGE) == found


@given(st.binary(max_size=60), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_page_names_addresses_or_nothing(raw: bytes, href: str) -> None:
    assert all(
        url.startswith("http") for url in linked_feeds(raw + head(f"<base href='{href}'>", link(href)), PAGE)
    )
