"""What any feed or archive says of one article, before anything is cleaned: the form every reader hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sources.model import RegisterDocument, stable_id

# No feed shows more at once; a body with more is an archive, which has its own way in, or an attack.
MOST_ENTRIES = 10_000


class UnreadableError(Exception):
    """Bytes that are no feed a reader knows. The message says what they seem to be, or nothing where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as stated: markup uncleaned, date unread where not yet read."""

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
    """The entries of one body in feed order, and how many more it holds than we read of any."""

    read: list[Entry]
    beyond: int = 0


def fingerprint(entry: Entry) -> int:
    """A positive 63-bit hash of all that the entry states; equal when nothing changed since the last body."""
    register = repr(entry.register) if entry.register else ""
    return stable_id(entry.guid, entry.link, entry.title, entry.summary, entry.content, entry.stated_date, register)


def first_text(row: Mapping[str, Any], *keys: str) -> str:
    """The first of the fields that holds text or a number, as text; lists and objects say nothing a reader could read."""
    return next((str(row[key]) for key in keys if row.get(key) and type(row[key]) in (str, int, float)), "")
