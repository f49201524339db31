"""Feeds in JSON: JSON Feed 1 and 1.1 (jsonfeed.org), and registers that answer in JSON of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sources.feeds.entries import MOST_ENTRIES, Entries, Entry, UnreadableError, first_text
from sources.feeds.federal_register import register_entry
from sources.feeds.publication_dates import parse_date

# As Python objects they take 100 bytes for each one here: 20 MB of `{},` became 690 MB.
MOST_OBJECTS = 500_000


def read_json(body: bytes) -> Entries:
    """The items of a JSON Feed, or the documents of a Federal Register answer; UnreadableError if it is neither."""
    if body.count(b"{") + body.count(b"[") > MOST_OBJECTS:
        raise UnreadableError("JSON of more objects than any feed has")
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"broken JSON: {error}") from error
    rows, read = _rows(feed if isinstance(feed, dict) else {})
    entries = [read(row if isinstance(row, dict) else {}) for row in rows[:MOST_ENTRIES]]  # so that each is counted
    return Entries(read=entries, beyond=len(rows) - len(entries))


def _rows(feed: Mapping[str, Any]) -> tuple[list[Any], Callable[[Mapping[str, Any]], Entry]]:
    items, results = feed.get("items"), feed.get("results")
    if isinstance(items, list):
        return items, _item
    if isinstance(results, list) and any(isinstance(row, dict) and "document_number" in row for row in results):
        return results, register_entry
    if feed.get("count") == 0 and "description" in feed:  # the register leaves `results` out where nothing was found
        return [], register_entry
    raise UnreadableError("JSON that is no feed: it has no list of items, nor of a register's documents as results")


def _item(item: Mapping[str, Any]) -> Entry:
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
