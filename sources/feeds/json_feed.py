"""JSON Feed 1 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sources.clean.text import PlainText
from sources.feeds.entries import Entry, address, first_text, may_be_page
from sources.feeds.publication_dates import first_date

FORMAT = "JSON Feed"
_MARKUP = re.compile(r"&#?\w+;|</[a-zA-Z]|<(?:p|br)\s*/?>")


def find_rows(document: Mapping[str, Any]) -> list[Any] | None:
    """Returns the items of a JSON Feed, or None for another document."""
    items = document.get("items")
    return items if isinstance(items, list) else None


def to_entry(item: Mapping[str, Any]) -> Entry:
    """Returns the entry of an item."""
    stated, moment = first_date(first_text(item, "date_published"), first_text(item, "date_modified"))
    identifier = first_text(item, "id")
    links = (first_text(item, "url"), first_text(item, "external_url"))
    return Entry(
        guid=identifier,
        link=next(filter(may_be_page, links), "") or address(identifier) or _attachment(item),
        permalink=address(identifier),
        title=_plain(first_text(item, "title")),
        summary=_plain(first_text(item, "summary")),
        content=first_text(item, "content_html") or PlainText(first_text(item, "content_text")),
        stated_date=stated,
        published_at=moment,
    )


def _plain(text: str) -> str:
    """Returns a field that is plain text by the specification as such, unless it is markup all the same."""
    return text if _MARKUP.search(text) else PlainText(text)


def _attachment(item: Mapping[str, Any]) -> str:
    attachments = item.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    return address(first_text(first, "url")) if isinstance(first, dict) else ""
