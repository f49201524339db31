"""Reads feeds in JSON.

A source kind is a module with `find_rows` and `to_entry`, and a line in `JSON_SOURCES`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from sources.feeds import federal_register, json_feed
from sources.feeds.entries import MAX_ENTRIES, Entries, Entry, UnreadableError

# As Python objects they take 100 bytes for each one here: 20 MB of `{},` became 690 MB.
MAX_OBJECTS = 500_000


class JsonSource(Protocol):
    """What a module offers for one kind of JSON document."""

    FORMAT: str

    def find_rows(self, document: Mapping[str, Any]) -> list[Any] | None:
        """Returns the rows of a document of this kind, or None for any other document."""
        ...

    def to_entry(self, row: Mapping[str, Any]) -> Entry:
        """Returns the entry of a row; any field may be missing or of another type."""
        ...


JSON_SOURCES: tuple[JsonSource, ...] = (
    json_feed,
    federal_register,
)


def is_json(body: bytes) -> bool:
    """Returns whether a body is a JSON object rather than XML."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def read_json(body: bytes) -> Entries:
    """Returns the entries of a JSON document; raises UnreadableError if no source kind matches it."""
    document = read_document(body)
    source, rows = find_source(document)
    if source is None:
        raise UnreadableError(
            "JSON that is not a feed: it has no list of items, nor of a register's documents as results"
        )
    # A row that is no object still counts, as an entry without a title.
    entries = [source.to_entry(row if isinstance(row, dict) else {}) for row in rows[:MAX_ENTRIES]]
    return Entries(read=entries, beyond=len(rows) - len(entries))


def find_source(document: Mapping[str, Any]) -> tuple[JsonSource | None, list[Any]]:
    """Returns the first source kind that matches the document, and the document's rows."""
    for source in JSON_SOURCES:
        rows = source.find_rows(document)
        if rows is not None:
            return source, rows
    return None, []


def read_document(body: bytes) -> Mapping[str, Any]:
    """Returns the object in a body, empty if it is a list or scalar.

    Raises UnreadableError for broken or oversized JSON.
    """
    if body.count(b"{") + body.count(b"[") > MAX_OBJECTS:
        raise UnreadableError("JSON of more objects than any feed has")
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"broken JSON: {error}") from error
    return document if isinstance(document, dict) else {}
