"""Finds the feed behind an address, and says what is in it. At most thirteen addresses are asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from sources.clean.text import plain_text
from sources.clean.urls import canonical_url
from sources.errors import NotAFeedError, SourceError
from sources.model import FetchResult, ParsedFeed

MAX_LINKED, TITLE_CHARS = 5, 120
USUAL_PLACES = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/rss", "/feed.json")
_FEED_TYPES = frozenset(("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"))
_HEAD_CHARS = 50_000
# Bounded, for a hostile head opens thousands of tags and closes none.
_ROOT = re.compile(r"<(rss|rdf:RDF|(?:\w{1,40}:)?feed)\b[^>]*", re.IGNORECASE)
_FIRST_ENTRY = re.compile(r"<(?:\w{1,40}:)?(?:item|entry)\b", re.IGNORECASE)
_TITLE = re.compile(r"<(?:\w{1,40}:)?title\b[^>]{0,500}>(.{0,2000}?)</(?:\w{1,40}:)?title>", re.DOTALL | re.IGNORECASE)
_LANGUAGE = re.compile(r"<(?:dc:)?language>\s*([A-Za-z]{2,3})\b|\bxml:lang=[\"']([A-Za-z]{2,3})\b")
_VERSION = re.compile(r"version=[\"']([\d.]{1,8})")
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w.:-]+)")

Fetch = Callable[[str], FetchResult]
Parse = Callable[[str, FetchResult], ParsedFeed]


class NoFeedError(SourceError):
    """No feed was found at or behind an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed at `url`: its entries, and what its head says of it. `language` is empty where it says nothing."""

    url: str
    title: str
    format: str
    language: str
    parsed: ParsedFeed


def find_feed(url: str, fetch: Fetch, parse: Parse) -> FoundFeed:
    """The feed at `url`, else the first that the page there links or that lies in a usual place, at the address it has
    moved to for good, if it has; NoFeedError if there is none.
    """
    answer = fetch(url)
    if answer.body is None:
        raise NoFeedError(url, f"{answer.outcome.value}: {answer.message or 'no answer'}.")
    if found := _as_feed(url, answer, parse):
        return found
    page = answer.moved_to or url
    candidates = list(
        dict.fromkeys([*linked_feeds(answer.body, page), *(urljoin(page, place) for place in USUAL_PLACES)])
    )
    for candidate in candidates:
        if found := _as_feed(candidate, fetch(candidate), parse):
            return found
    raise NoFeedError(url, f"is no feed, and none was found at {', '.join(candidates)}. Give the feed's own address.")


def linked_feeds(page: bytes, url: str) -> list[str]:
    """The feeds that a page names by `<link rel="alternate">`, in page order, at most five; comment feeds last."""
    return sorted(dict.fromkeys(_links(page, url)), key=lambda link: "comments" in link)[:MAX_LINKED]


def feed_head(body: bytes) -> tuple[str, str, str]:
    """Title, format and language that a feed states of itself; empty where it states none."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_head(body)
    declared = _ENCODING.search(body[:200])
    try:
        text = body[:_HEAD_CHARS].decode(declared[1].decode() if declared else "utf-8", "replace")
    except (LookupError, UnicodeError):  # no encoding, or one that cannot skip what it cannot read, as `idna`
        text = body[:_HEAD_CHARS].decode("utf-8", "replace")
    first_entry = _FIRST_ENTRY.search(text)
    head = text[: first_entry.start()] if first_entry else text
    root, title, language = _ROOT.search(head), _TITLE.search(head), _LANGUAGE.search(head)
    shown = title[1].strip().removeprefix("<![CDATA[").removesuffix("]]>") if title else ""
    stated = (language[1] or language[2]).lower() if language else ""
    return plain_text(shown, TITLE_CHARS), _format(root), stated


def _as_feed(url: str, answer: FetchResult, parse: Parse) -> FoundFeed | None:
    if answer.body is None:
        return None
    try:
        parsed = parse(url, answer)
    except NotAFeedError:
        return None
    title, format_, language = feed_head(answer.body)
    return FoundFeed(url=answer.moved_to or url, title=title, format=format_, language=language, parsed=parsed)


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


def _format(root: re.Match[str] | None) -> str:
    if root is None:
        return "unknown"
    name, version = root[1].lower(), _VERSION.search(root[0])
    if name == "rss":
        return f"RSS {version[1]}" if version else "RSS"
    return "RSS 1.0 (RDF)" if name.startswith("rdf") else "Atom"


def _json_head(body: bytes) -> tuple[str, str, str]:
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return "", "JSON", ""
    stated = {key: value if isinstance(value := feed.get(key), str) else "" for key in ("title", "language")}
    language = re.match(r"[A-Za-z]{2,3}\b", stated["language"])
    return plain_text(stated["title"], TITLE_CHARS), "JSON Feed", language[0].lower() if language else ""
