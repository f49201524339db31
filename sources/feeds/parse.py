"""Bytes to articles: every format we read, every entry counted once. Everything becomes plain text here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sources.clean.text import MARKUP_A_CHAR, SUMMARY_CHARS, TEXT_CHARS, TITLE_CHARS, plain_text, shorten
from sources.clean.urls import canonical_url, host_of, url_key
from sources.errors import NotAFeedError
from sources.feeds.entries import Entries, Entry, UnreadableError, fingerprint
from sources.feeds.expat_reader import read_with_expat
from sources.feeds.feedparser_reader import read_with_feedparser
from sources.feeds.json_feed import read_json
from sources.feeds.publication_dates import judge_date
from sources.model import AGGREGATOR, Article, ParsedFeed, Rejection, Source, stable_id


def parse_feed(
    body: bytes, content_type: str, source: Source, seen_at: datetime, known: frozenset[int] = frozenset()
) -> ParsedFeed:
    """The articles in a feed's bytes, first seen at `seen_at`; NotAFeedError if they are no feed in any format we read.

    `known` holds the fingerprints of the entries that the feed's last body had: those are counted and cost nothing more.
    """
    try:
        entries = read_entries(body, content_type)
    except UnreadableError as error:
        said = str(error) or f"no feed but {_seems(body, content_type)}"
        raise NotAFeedError(source.id, f"{source.url} answered with {said}") from error
    return to_articles(entries, source, seen_at, known)


def read_entries(body: bytes, content_type: str) -> Entries:
    """What the entries of a feed state, in feed order; UnreadableError if the bytes are no feed."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return read_json(body)
    return read_with_expat(body, content_type) or read_with_feedparser(body, content_type)


def to_articles(entries: Entries, source: Source, seen_at: datetime, known: frozenset[int] = frozenset()) -> ParsedFeed:
    """Each entry as an article, as known already, or as the reason why it is none."""
    fingerprints = tuple(map(fingerprint, entries.read))
    fresh = [entry for entry, mark in zip(entries.read, fingerprints, strict=True) if mark not in known]
    articles, rejections = told_apart(to_article(entry, source, seen_at) for entry in fresh)
    return ParsedFeed(
        articles=articles,
        rejections=rejections + (Rejection.BEYOND_LIMIT,) * entries.beyond,
        known=len(fingerprints) - len(fresh),
        fingerprints=fingerprints,
    )


def told_apart(made: Iterable[Article | Rejection]) -> tuple[tuple[Article, ...], tuple[Rejection, ...]]:
    """The articles, each once, and the rejections, among them one for each repeated article."""
    articles: dict[int, Article] = {}
    rejections: list[Rejection] = []
    for one in made:
        if isinstance(one, Rejection):
            rejections.append(one)
        elif one.article_id in articles:
            rejections.append(Rejection.REPEATED_IN_FEED)
        else:
            articles[one.article_id] = one
    return tuple(articles.values()), tuple(rejections)


def to_article(entry: Entry, source: Source, seen_at: datetime) -> Article | Rejection:
    """The article an entry describes: cleaned, dated, identified by its link, else by its guid within the source."""
    title = plain_text(entry.title, TITLE_CHARS)
    summary, text = _summary_and_text(entry)
    title = title or shorten(summary, TITLE_CHARS)
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
        register=entry.register,
    )


def _summary_and_text(entry: Entry) -> tuple[str, str]:
    """The entry's short and long form in plain text, each standing in for the other where one is missing."""
    short, long = entry.summary or entry.content, entry.content or entry.summary
    text = plain_text(long, TEXT_CHARS)
    if short == long and len(short) <= SUMMARY_CHARS * MARKUP_A_CHAR:  # as in most news: cleaned once, cut twice
        return shorten(text, SUMMARY_CHARS), text
    return plain_text(short, SUMMARY_CHARS), text


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


def _seems(body: bytes, content_type: str) -> str:
    if not body.strip():
        return "an empty page"
    if b"<html" in body[:2_000].lower() or "html" in content_type:
        return "a web page; has the feed moved?"
    return f"{len(body):,} bytes of {content_type or 'unknown type'}"
