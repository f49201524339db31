"""Reads what a feed states about itself: title, page, language, format."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sources.clean.text import plain_text
from sources.feeds.bounds import before_entries
from sources.feeds.entries import UnreadableError, first_text
from sources.feeds.feedparser_reader import read_feed_level
from sources.feeds.json_sources import find_source, is_json, read_document

LABEL_CHARS = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}\b")
# feedparser's names of versions: `rss20`, `rss091u`, `rss10`, `atom10`, `cdf`.
_VERSION = re.compile(r"([a-z]+)(\d)?(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMetadata:
    """Title and language in plain text, the page's address as stated, the format's name.

    Empty where not stated.
    """

    title: str = ""
    link: str = ""
    language: str = ""
    format: str = ""


def read_metadata(body: bytes) -> FeedMetadata:
    """Returns the metadata of a feed of any format; empty if the bytes are not a feed."""
    if is_json(body):
        return _json_metadata(body)
    version, stated = read_feed_level(before_entries(body))
    return FeedMetadata(
        title=plain_text(stated.get("title", ""), LABEL_CHARS),
        link=stated.get("link", ""),
        language=_language(stated.get("language", "")),
        format=_format(version),
    )


def _json_metadata(body: bytes) -> FeedMetadata:
    try:
        document = read_document(body)
    except UnreadableError:
        return FeedMetadata(format="JSON")
    source, _ = find_source(document)
    return FeedMetadata(
        title=plain_text(first_text(document, "title", "description"), LABEL_CHARS),
        link=first_text(document, "home_page_url", "feed_url"),
        language=_language(first_text(document, "language")),
        format=source.FORMAT if source else "JSON",
    )


def _language(stated: str) -> str:
    """Returns the language code without its region: `en` of `en-GB`."""
    found = _LANGUAGE.match(stated.strip())
    return found[0].lower() if found else ""


def _format(version: str) -> str:
    """Returns feedparser's name of a version in the usual spelling: `RSS 2.0` for `rss20`."""
    found = _VERSION.match(version)
    if found is None:
        return ""
    name = "Atom" if found[1] == "atom" else found[1].upper()
    number = f" {found[2]}.{found[3]}" if found[3] else ""
    return f"{name}{number}{' (RDF)' if version in ('rss10', 'rss090') else ''}"
