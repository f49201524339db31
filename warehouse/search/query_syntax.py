"""Parses what a user typed into the search: words, "phrases", -exclusions, field:value. Pure; accepts any text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

# Fields whose value is also searched for as words, and fields that only filter.
_TEXT_FIELDS = ("phrase", "title", "entity")
_FIELDS = ("title", "entity", "desk", "publisher", "source", "language", "genre", "since", "until")
MAX_PIECES = 40  # a page pasted by mistake is cut here

_PIECE = re.compile(r'(?P<minus>-?)(?:(?P<field>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A condition that an article must meet, or must not if it is negated.

    `field` is one of the fields of the syntax or "phrase": words in this order in title, summary or text. In the title alone
    they are a "title", the name or id of an entity that the article names is an "entity". `since` and `until` take ISO dates.
    """

    field: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parsed query: `words` rank articles, `filters` admit them; `notes` say what was not understood."""

    words: str
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()


def parse_query(typed: str) -> Query:
    """Parses the typed text. An unknown field is a word like any other; of a text that is too long the start is used."""
    words: list[str] = []
    filters: list[Filter] = []
    notes: list[str] = []
    pieces = list(_PIECE.finditer(typed.replace("\0", " ")))
    if len(pieces) > MAX_PIECES:
        notes.append(f"only the first {MAX_PIECES} words are searched for")
    for piece in pieces[:MAX_PIECES]:
        minus, field = bool(piece["minus"]), (piece["field"] or "").lower()
        quoted = piece["quoted"] is not None
        value = (piece["quoted"] if quoted else piece["bare"]).strip()
        if not (field in _FIELDS and value):
            if not minus and not quoted:
                words.append(piece[0])
                continue
            field = "phrase"
        if note := _date_note(field, value):
            notes.append(note)
        elif value:
            filters.append(Filter(field=field, value=value, negated=minus))
            words += [value] if field in _TEXT_FIELDS and not minus else []
    return Query(words=" ".join(words), filters=tuple(filters), notes=tuple(notes))


def _date_note(field: str, value: str) -> str:
    if field in ("since", "until"):
        try:
            date.fromisoformat(value)
        except ValueError:
            return f"{field}:{value} is left out: write the date as 2026-08-17"
    return ""
