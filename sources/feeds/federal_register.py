"""The Federal Register's API (federalregister.gov/api/v1/documents.json): documents with dates and numbers as
fields.

Any field may be missing, null or of another type; unreadable ones are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sources.clean.text import plain_text
from sources.feeds.entries import Entry, first_text
from sources.feeds.publication_dates import parse_date
from sources.model import RegisterDocument

FORMAT = "Federal Register"
LABEL_CHARS = 200
MAX_LABELS = 100  # a rule that affects the whole code names some dozens of parts


def find_rows(document: Mapping[str, Any]) -> list[Any] | None:
    """Returns the documents of an answer of the API, or None for another JSON document."""
    results = document.get("results")
    if isinstance(results, list) and any(
        isinstance(row, dict) and "document_number" in row for row in results
    ):
        return results
    # The API leaves `results` out when nothing was found.
    return [] if document.get("count") == 0 and "description" in document else None


def to_entry(row: Mapping[str, Any]) -> Entry:
    """Returns the entry of a document: its abstract as summary, its structured fields as `register`."""
    stated = first_text(row, "publication_date")
    return Entry(
        guid=first_text(row, "document_number"),
        link=first_text(row, "html_url", "pdf_url"),
        title=first_text(row, "title"),
        summary=first_text(row, "abstract", "action"),
        content="",
        stated_date=stated,
        published_at=parse_date(stated),
        register=register_document(row),
    )


def register_document(row: Mapping[str, Any]) -> RegisterDocument | None:
    """Returns the structured fields of a document; None without a document number."""
    number = _label(first_text(row, "document_number"))
    if not number:
        return None
    return RegisterDocument(
        document_number=number,
        type=_label(first_text(row, "type")),
        agencies=_labels(_agency(agency) for agency in _list(row, "agencies")),
        effective_on=_day(row, "effective_on"),
        comments_close_on=_day(row, "comments_close_on"),
        dockets=_labels((*_texts(row, "docket_ids"), first_text(row, "docket_id"))),
        rins=_labels((*_texts(row, "regulation_id_numbers"), *_rin_keys(row))),
        cfr_parts=_labels(_cfr_part(reference) for reference in _list(row, "cfr_references")),
    )


def _agency(agency: Any) -> str:
    return first_text(agency, "name", "raw_name", "slug") if isinstance(agency, dict) else _text(agency)


def _cfr_part(reference: Any) -> str:
    if not isinstance(reference, dict):
        return _text(reference)
    title, part = first_text(reference, "title"), first_text(reference, "part")
    return f"{title} CFR {part}" if title and part else ""


def _rin_keys(row: Mapping[str, Any]) -> list[str]:
    """Returns the keys of the API's `regulation_id_number_info`, which are the numbers."""
    info = row.get("regulation_id_number_info")
    return [key for key in info if isinstance(key, str)] if isinstance(info, dict) else []


def _list(row: Mapping[str, Any], key: str) -> list[Any]:
    stated = row.get(key)
    return stated if isinstance(stated, list) else []


def _texts(row: Mapping[str, Any], key: str) -> list[str]:
    return [_text(value) for value in _list(row, key)]


def _text(value: Any) -> str:
    return str(value) if type(value) in (str, int) else ""


def _labels(stated: Iterable[str]) -> tuple[str, ...]:
    """Returns the distinct labels in the order stated, as plain text."""
    cleaned = dict.fromkeys(_label(text) for text in stated)
    return tuple(label for label in cleaned if label)[:MAX_LABELS]


def _label(text: str) -> str:
    return plain_text(text, LABEL_CHARS)


def _day(row: Mapping[str, Any], key: str) -> date | None:
    stated = row.get(key)
    try:
        return date.fromisoformat(stated[:10]) if isinstance(stated, str) else None
    except ValueError:
        return None
