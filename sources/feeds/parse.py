"""Converts the bytes of a feed of any supported format into articles in plain text.

Every entry is counted once.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from sources.clean.aggregators import link_in_entry
from sources.clean.text import MARKUP_A_CHAR, SUMMARY_CHARS, TEXT_CHARS, TITLE_CHARS, plain_text, shorten
from sources.clean.urls import canonical_url, host_of, url_key
from sources.errors import NotAFeedError
from sources.feeds.entries import Entries, Entry, UnreadableError, fingerprint
from sources.feeds.expat_reader import read_with_expat
from sources.feeds.feedparser_reader import read_with_feedparser
from sources.feeds.json_sources import is_json, read_json
from sources.feeds.publication_dates import judge_date
from sources.model import AGGREGATOR, Article, ParsedFeed, Rejection, Source, stable_id


def parse_feed(
    body: bytes, content_type: str, source: Source, seen_at: datetime, known: frozenset[int] = frozenset()
) -> ParsedFeed:
    """Returns the articles of a feed, first seen at `seen_at`; raises NotAFeedError if the bytes are not a
    feed.

    `known` are the fingerprints of the entries in the feed's last body: these are counted and not processed
    again.
    """
    try:
        entries = read_entries(body, content_type, source.language)
    except UnreadableError as error:
        found = str(error) or _description(body, content_type)
        raise NotAFeedError(source.id, f"{source.shown_url} answered with {found}") from error
    return to_articles(entries, source, seen_at, known)


def read_entries(body: bytes, content_type: str, language: str = "") -> Entries:
    """Returns the entries of a feed in feed order; raises UnreadableError if the bytes are not a feed."""
    if is_json(body):
        return read_json(body)
    fast = read_with_expat(body, content_type, language)
    return fast or read_with_feedparser(body, content_type, language)


def to_articles(
    entries: Entries, source: Source, seen_at: datetime, known: frozenset[int] = frozenset()
) -> ParsedFeed:
    """Returns each entry as an article, as known already, or as the reason of its rejection."""
    fingerprints = tuple(map(fingerprint, entries.read))
    fresh = [entry for entry, mark in zip(entries.read, fingerprints, strict=True) if mark not in known]
    shared = shared_links(entries.read, source) if fresh else frozenset[str]()
    articles, rejections = _distinct(to_article(entry, source, seen_at, shared) for entry in fresh)
    return ParsedFeed(
        articles=articles,
        rejections=rejections + (Rejection.BEYOND_LIMIT,) * entries.beyond,
        known=len(fingerprints) - len(fresh),
        fingerprints=fingerprints,
    )


def _distinct(results: Iterable[Article | Rejection]) -> tuple[tuple[Article, ...], tuple[Rejection, ...]]:
    """Returns the distinct articles, and the rejections including one for each repeated article."""
    articles: dict[int, Article] = {}
    rejections: list[Rejection] = []
    for result in results:
        if isinstance(result, Rejection):
            rejections.append(result)
        elif result.article_id in articles:
            rejections.append(Rejection.REPEATED_IN_FEED)
        else:
            articles[result.article_id] = result
    return tuple(articles.values()), tuple(rejections)


def shared_links(entries: list[Entry], source: Source) -> frozenset[str]:
    """Returns the keys of the addresses that several entries of one body link to, each another article.

    A page of notices or the home page identifies none of them. An aggregator's entries that link to one page
    are about that one page.
    """
    if source.kind == AGGREGATOR:
        return frozenset()
    counted = Counter(entry.link for entry in entries)
    if len(counted) == len(entries):
        # Only links that differ in what canonical addresses leave out could still be one.
        counted = Counter(entry.link.partition("?")[0].partition("#")[0] for entry in entries)
        if len(counted) == len(entries):
            return frozenset()
    identities: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.link and (url := canonical_url(entry.link, base=source.url)):
            identities[url_key(url)].add(_own_identity(entry))
    return frozenset(key for key, found in identities.items() if len(found) > 1)


def _own_identity(entry: Entry) -> str:
    """Returns what identifies an entry beside its link: its guid, or its title and date."""
    if entry.guid and entry.guid != entry.link:
        return entry.guid
    return f"{stable_id(entry.title or entry.summary, entry.stated_date):016x}"


def to_article(
    entry: Entry, source: Source, seen_at: datetime, shared: frozenset[str] = frozenset()
) -> Article | Rejection:
    """Returns the cleaned article of an entry, identified by its link, else by its guid within the source,
    else by its title and date.

    A link whose key is in `shared` does not identify it.
    """
    title = plain_text(entry.title, TITLE_CHARS)
    summary, text = _summary_and_text(entry)
    title = title or shorten(summary, TITLE_CHARS)
    if not title:
        return Rejection.NO_TITLE
    url = canonical_url(entry.link, base=source.url) if entry.link else None
    if url is not None and source.kind == AGGREGATOR:
        # Techmeme links its own page, and the article in the text.
        url = link_in_entry(url, entry.summary or entry.content) or url
    identity = url
    if url is not None and shared and url_key(url) in shared:
        permalink = canonical_url(entry.permalink) if entry.permalink else None
        if permalink and url_key(permalink) not in shared:
            identity = url = permalink
        else:
            identity = None
    published_at, date_status = judge_date(entry.stated_date, entry.published_at, seen_at)
    return Article(
        article_id=article_id(source.id, identity, _own_identity(entry)),
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
        register=entry.register,
        guid_id=_guid_id(entry, source),
    )


def _guid_id(entry: Entry, source: Source) -> int | None:
    """Returns the id by the guid, None if it is no more than the link or another site's."""
    if source.kind == AGGREGATOR or not entry.guid or entry.guid == entry.link:
        return None
    return article_id(source.id, None, entry.guid)


def _summary_and_text(entry: Entry) -> tuple[str, str]:
    """Returns the entry's summary and full text in plain text; each replaces the other if one is missing."""
    short, long = entry.summary or entry.content, entry.content or entry.summary
    text = plain_text(long, TEXT_CHARS)
    if short == long and len(short) <= SUMMARY_CHARS * MARKUP_A_CHAR:  # the usual case: clean once, cut twice
        return shorten(text, SUMMARY_CHARS), text
    return plain_text(short, SUMMARY_CHARS), text


def article_id(source_id: str, url: str | None, guid: str) -> int:
    """Returns the id of an article: a hash of its address, or without one of its source and guid."""
    return stable_id("url", url_key(url)) if url else stable_id("guid", source_id, guid)


# How Techmeme credits the outlet it points to: `Headline (Author/Outlet)` or `Headline (Outlet)`.
_CREDIT = re.compile(r"\((?:[^()]*/)?([^()/]+)\)$")


def _publisher(source: Source, url: str | None, title: str) -> str:
    """Returns the source's publisher.

    For an aggregator the host linked, or on its own pages the outlet credited.
    """
    if source.kind != AGGREGATOR or url is None:
        return source.publisher
    links_to_itself = source.publisher.lower().replace(" ", "") in host_of(url)
    credit = _CREDIT.search(title) if links_to_itself else None
    return (credit[1].strip() if credit else "") or host_of(url)


def _description(body: bytes, content_type: str) -> str:
    if not body.strip():
        return "an empty page"
    if b"<html" in body[:2_000].lower() or "html" in content_type:
        return "a web page; has the feed moved?"
    return f"{len(body):,} bytes of {content_type or 'unknown type'}"
