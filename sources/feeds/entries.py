"""The common form of entries that every reader returns: texts as stated, not cleaned yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sources.model import RegisterDocument, stable_id

# No feed has more; a body with more is an archive, which is imported otherwise, or an attack.
MAX_ENTRIES = 10_000


class UnreadableError(Exception):
    """The bytes are not a feed. The message says what they seem to be, or is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as the feed states it.

    `published_at` is the parsed `stated_date`, or None if it cannot be parsed. `permalink` is the guid if it
    is an address that the feed does not deny to be a link.
    """

    guid: str
    link: str
    title: str
    summary: str
    content: str
    stated_date: str
    published_at: datetime | None
    register: RegisterDocument | None = None
    permalink: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries of one body in feed order, and the number of further ones beyond the limit."""

    read: list[Entry]
    beyond: int = 0


def fingerprint(entry: Entry) -> int:
    """Returns a positive 63-bit hash of everything in the entry, to recognise unchanged entries."""
    register = repr(entry.register) if entry.register else ""
    return stable_id(
        entry.guid, entry.link, entry.title, entry.summary, entry.content, entry.stated_date, register
    )


def first_text(row: Mapping[str, Any], *keys: str) -> str:
    """Returns the first of the fields that is a non-empty text or number, as text."""
    return next((str(row[key]) for key in keys if row.get(key) and type(row[key]) in (str, int, float)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link element of an entry; `rel`, `type` and `language` in lower case, with the defaults of Atom."""

    href: str
    rel: str = "alternate"
    type: str = "text/html"
    language: str = ""


_PAGE_TYPES = {"html", "xhtml", "text/html", "application/xhtml+xml"}
_FEED_TYPES = {"application/atom+xml", "application/rss+xml", "application/feed+json"}
_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)


# Addresses of no page: other schemes (javascript:, mailto:), a place in the feed itself, a scheme alone.
_NO_PAGE = re.compile(r"\s*(?:(?!https?:)[a-z][a-z\d+.-]*:|#|(?:https?:)?/*\s*\Z)", re.IGNORECASE)


def may_be_page(link: str) -> bool:
    """Returns whether a link, absolute or relative, may be the address of a page or a document."""
    return _NO_PAGE.match(link) is None


def address(text: str) -> str:
    """Returns the text if it is an absolute http(s) address, else an empty string: a guid `48213` is none."""
    return text if _ADDRESS.match(text.strip()) else ""


def choose_link(links: Sequence[Link], language: str, original: str, permalink: str) -> str:
    """Returns the address of the article: `original` (of a link that counts clicks), else the page linked
    to, else another document (a PDF), else the `permalink`, else the enclosure.

    Of pages in several languages: the one without a language, in the feed's `language`, or the first.
    """
    if address(original):
        return original
    alternates = [
        link for link in links if link.rel.rpartition("/")[2] == "alternate" and may_be_page(link.href)
    ]
    pages = [link for link in alternates if link.type.partition(";")[0].strip() in _PAGE_TYPES]
    if pages:
        main = [link for link in pages if link.language in ("", "x-default")]
        same = [link for link in pages if language and link.language.startswith(language)]
        return (main[-1:] or same or pages)[0].href
    documents = [link.href for link in alternates if link.type not in _FEED_TYPES]
    enclosures = [link.href for link in links if link.rel == "enclosure" and may_be_page(link.href)]
    return next(filter(None, (*documents, address(permalink), *enclosures)), "")


PLAIN_TYPES = ("text", "text/plain")
