"""The common form of entries that every reader returns: texts as stated, not cleaned yet."""

from __future__ import annotations

from collections.abc import Mapping
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

    `published_at` is the parsed `stated_date`, or None if it cannot be parsed.
    """

    guid: str
    link: str
    title: str
    summary: str
    content: str
    stated_date: str
    published_at: datetime | None
    register: RegisterDocument | None = None


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
