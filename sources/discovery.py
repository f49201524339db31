"""Finds the feed of a site with at most thirteen requests, and reads what it states about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from sources.clean.urls import canonical_url
from sources.errors import NotAFeedError, SourceError
from sources.feeds.feed_metadata import read_metadata
from sources.model import FetchResult, ParsedFeed

MAX_LINKED = 5
USUAL_PATHS = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/rss", "/feed.json")
_FEED_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
)

Fetch = Callable[[str], FetchResult]
Parse = Callable[[str, FetchResult], ParsedFeed]


class NoFeedError(SourceError):
    """No feed was found at an address or by its links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed at `url` with its entries; `title`, `format` and `language` are empty where not stated."""

    url: str
    title: str
    format: str
    language: str
    parsed: ParsedFeed


def find_feed(url: str, fetch: Fetch, parse: Parse) -> FoundFeed:
    """Returns the feed at `url`, else the first that its page links to or that is at a usual path; raises
    NoFeedError.

    A feed that has moved permanently gets its new address.
    """
    answer = fetch(url)
    if answer.body is None:
        raise NoFeedError(url, f"{answer.outcome.value}: {answer.message or 'no answer'}.")
    if found := _as_feed(url, answer, parse):
        return found
    page = answer.moved_to or url
    candidates = list(
        dict.fromkeys([*linked_feeds(answer.body, page), *(urljoin(page, path) for path in USUAL_PATHS)])
    )
    for candidate in candidates:
        if found := _as_feed(candidate, fetch(candidate), parse):
            return found
    raise NoFeedError(
        url, f"is not a feed, and none was found at {', '.join(candidates)}. Give the feed's own address."
    )


def linked_feeds(page: bytes, url: str) -> list[str]:
    """Returns at most five feeds that a page links to by `<link rel="alternate">`, in page order, comment
    feeds last.
    """
    return sorted(dict.fromkeys(_links(page, url)), key=lambda link: "comments" in link)[:MAX_LINKED]


def _as_feed(url: str, answer: FetchResult, parse: Parse) -> FoundFeed | None:
    if answer.body is None:
        return None
    try:
        parsed = parse(url, answer)
    except NotAFeedError:
        return None
    stated = read_metadata(answer.body)
    return FoundFeed(
        url=answer.moved_to or url,
        title=stated.title,
        format=stated.format or "unknown format",
        language=stated.language,
        parsed=parsed,
    )


def _links(page: bytes, url: str) -> Iterator[str]:
    tree = LexborHTMLParser(page)
    base = tree.css_first("base[href]")
    stated = (base.attributes.get("href") or "") if base else ""
    where = urljoin(url, stated) if canonical_url(stated, url) else url
    for link in tree.css("link[rel][href]"):
        said = {name: (link.attributes.get(name) or "").lower().strip() for name in ("rel", "type")}
        if "alternate" in said["rel"].split() and said["type"] in _FEED_TYPES:
            href = (link.attributes.get("href") or "").strip()
            if href and canonical_url(href, where):
                yield urljoin(where, href)
