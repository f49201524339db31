"""JSON Feed 1 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sources.feeds.entries import Entry, first_text
from sources.feeds.publication_dates import first_date

FORMAT = "JSON Feed"


def find_rows(document: Mapping[str, Any]) -> list[Any] | None:
    """Returns the items of a JSON Feed, or None for another document."""
    items = document.get("items")
    return items if isinstance(items, list) else None


def to_entry(item: Mapping[str, Any]) -> Entry:
    """Returns the entry of an item."""
    stated, moment = first_date(first_text(item, "date_published"), first_text(item, "date_modified"))
    return Entry(
        guid=first_text(item, "id"),
        link=first_text(item, "url", "external_url"),
        title=first_text(item, "title"),
        summary=first_text(item, "summary"),
        content=first_text(item, "content_html", "content_text"),
        stated_date=stated,
        published_at=moment,
    )
