"""Bytes to articles: RSS, RDF and Atom through feedparser, JSON Feed by hand. Everything becomes plain text here."""

from __future__ import annotations

import io
import json
import re
import sys
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser

from sources.dates import judge_date, parse_date
from sources.errors import NotAFeedError
from sources.model import AGGREGATOR, Article, ParsedFeed, Rejection, Source, stable_id
from sources.text import SUMMARY_CHARS, TEXT_CHARS, TITLE_CHARS, plain_text, shorten
from sources.urls import canonical_url, host_of, url_key

_CHARREF = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));", re.IGNORECASE)
# feedparser looks for a DOCTYPE from every new line on: 100,000 of them cost it minutes.
_LONG_SPACE = re.compile(rb"\s{100,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What any feed or archive says of one article, as stated: markup uncleaned, date unread where not yet read."""

    guid: str
    link: str
    title: str
    summary: str
    content: str
    stated_date: str
    published_at: datetime | None


def parse_feed(
    body: bytes, content_type: str, source: Source, seen_at: datetime, known: frozenset[int] = frozenset()
) -> ParsedFeed:
    """The articles in a feed's bytes, first seen at `seen_at`; NotAFeedError if they are no feed in any format we read."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    entries = _json_entries(body, source) if start == b"{" else _xml_entries(body, content_type, source)
    return to_articles(entries, source, seen_at)


def to_articles(entries: Iterable[Entry], source: Source, seen_at: datetime) -> ParsedFeed:
    """Each entry as an article or as the reason why it is none."""
    articles: dict[int, Article] = {}
    rejections: list[Rejection] = []
    for entry in entries:
        made = to_article(entry, source, seen_at)
        if isinstance(made, Article) and made.article_id in articles:
            made = Rejection.REPEATED_IN_FEED
        if isinstance(made, Article):
            articles[made.article_id] = made
        else:
            rejections.append(made)
    return ParsedFeed(articles=tuple(articles.values()), rejections=tuple(rejections))


def to_article(entry: Entry, source: Source, seen_at: datetime) -> Article | Rejection:
    """The article an entry describes: cleaned, dated, identified by its link, else by its guid within the source."""
    title = plain_text(entry.title, TITLE_CHARS)
    summary = plain_text(entry.summary or entry.content, SUMMARY_CHARS)
    text = plain_text(entry.content or entry.summary, TEXT_CHARS)
    if not title:
        title = shorten(summary, TITLE_CHARS)
    if not title:
        return Rejection.NO_TITLE
    url = canonical_url(entry.link, base=source.url) if entry.link else None
    if url is None and not entry.guid:
        return Rejection.NO_IDENTITY
    published_at, date_status = judge_date(entry.stated_date, entry.published_at, seen_at)
    return Article(
        article_id=article_id(source.id, url, entry.guid),
        source_id=source.id,
        publisher=_publisher(source, url, title),
        url=url,
        title=title,
        summary="" if summary == title else summary,
        text=text if len(text) > len(summary) else "",
        language=source.language,
        published_at=published_at,
        date_status=date_status,
        first_seen_at=seen_at,
        text_hash=stable_id(title, summary, text),
    )


def article_id(source_id: str, url: str | None, guid: str) -> int:
    """The same id whatever feed brings an article: made from its address, or, without one, from its source and guid."""
    return stable_id("url", url_key(url)) if url else stable_id("guid", source_id, guid)


# How Techmeme credits the outlet it points to: `Headline (Author/Outlet)` or `Headline (Outlet)`.
_CREDIT = re.compile(r"\((?:[^()]*/)?([^()/]+)\)$")


def _publisher(source: Source, url: str | None, title: str) -> str:
    """The source's family; for an aggregator the outlet it points to: the host linked, or, on its own pages, the credit."""
    if source.kind != AGGREGATOR or url is None:
        return source.publisher
    leads_back = source.publisher.lower().replace(" ", "") in host_of(url)
    credit = _CREDIT.search(title) if leads_back else None
    return (credit[1].strip() if credit else "") or host_of(url)


def _xml_entries(body: bytes, content_type: str, source: Source) -> list[Entry]:
    # Cleaning and link resolution are ours: done once, on what we keep. feedparser is 2.5 times faster without them.
    # It says nothing of an encoding that only the HTTP header names, so the header goes in beside the bytes.
    try:
        parsed = feedparser.parse(
            io.BytesIO(_CHARREF.sub(_usable, _LONG_SPACE.sub(b"\n", body))),
            response_headers={"content-type": content_type} if content_type else None,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # it raises a dozen kinds at broken bytes, from KeyError to UnicodeDecodeError
        raise NotAFeedError(
            source.id, f"{source.url} answered with bytes that break the feed parser: {type(error).__name__}: {error}"
        ) from error
    if not parsed.get("version") and not parsed.entries:
        raise NotAFeedError(source.id, f"{source.url} answered with no feed but {_seems(body, content_type)}")
    return [_xml_entry(entry) for entry in parsed.entries]


def _usable(reference: re.Match[bytes]) -> bytes:
    """The character reference, or nothing where it names half an emoji or no character: there feedparser gives up."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, base) if len(digits) < 9 else sys.maxunicode + 1
    return b"" if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode else reference[0]


def _xml_entry(entry: Any) -> Entry:
    def text(key: str) -> str:
        # Asked by `in`: feedparser's get() answers for a missing `updated` with `published` and a warning.
        return (entry[key] or "") if key in entry else ""

    dated = next((key for key in ("published", "updated") if text(key)), None)
    stated = text(dated) if dated else ""
    moment = entry.get(f"{dated}_parsed") if dated else None
    return Entry(
        guid=text("id"),
        link=text("link"),
        title=text("title"),
        summary=text("summary"),
        content=max((content.get("value") or "" for content in entry.get("content", ())), key=len, default=""),
        stated_date=stated,
        published_at=_moment(moment) if moment else parse_date(stated),
    )


def _moment(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _json_entries(body: bytes, source: Source) -> list[Entry]:
    """The items of a JSON Feed (jsonfeed.org, versions 1 and 1.1)."""
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise NotAFeedError(source.id, f"{source.url} answered with broken JSON: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise NotAFeedError(source.id, f"{source.url} answered with JSON that is no JSON Feed: it has no list of items")
    return [_json_entry(item if isinstance(item, dict) else {}) for item in items]  # so that each is counted


def _json_entry(item: dict[str, Any]) -> Entry:
    stated = first_text(item, "date_published", "date_modified")
    return Entry(
        guid=first_text(item, "id"),
        link=first_text(item, "url", "external_url"),
        title=first_text(item, "title"),
        summary=first_text(item, "summary"),
        content=first_text(item, "content_html", "content_text"),
        stated_date=stated,
        published_at=parse_date(stated),
    )


def first_text(row: dict[str, Any], *keys: str) -> str:
    """The first of the fields that holds text or a number, as text; lists and objects say nothing a reader could read."""
    return next((str(row[key]) for key in keys if row.get(key) and type(row[key]) in (str, int, float)), "")


def _seems(body: bytes, content_type: str) -> str:
    if not body.strip():
        return "an empty page"
    if b"<html" in body[:2_000].lower() or "html" in content_type:
        return "a web page; has the feed moved?"
    return f"{len(body):,} bytes of {content_type or 'unknown type'}"
