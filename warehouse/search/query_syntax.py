"""Reads what somebody typed into a search: words, "phrases", -exclusions, field:value. Pure, and never at a loss."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

# Of the fields, those that the index answers, and those that are columns of an article.
_PLACED = ("title", "entity")
_COLUMNS = ("desk", "publisher", "source", "language", "genre", "since", "until")
MOST_PIECES = 40  # a page pasted by mistake is cut here

_PIECE = re.compile(r'(?P<minus>-?)(?:(?P<field>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Must:
    """Words that must stand together in an article, or must not: anywhere, in its `title`, or as an `entity` it names."""

    words: str
    where: str
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A value that a column of the article must have, or must not. `since` and `until` have ISO dates as values."""

    column: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: `words` are ranked by, `musts` and `filters` decide; `notes` say what could not be understood."""

    words: str
    musts: tuple[Must, ...] = ()
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()


def read_question(typed: str) -> Question:
    """The question in what was typed. A field nobody knows is a word like any other; of what is too long the start counts."""
    words: list[str] = []
    musts: list[Must] = []
    filters: list[Filter] = []
    notes: list[str] = []
    pieces = list(_PIECE.finditer(typed.replace("\0", " ")))
    if len(pieces) > MOST_PIECES:
        notes.append(f"only the first {MOST_PIECES} words are searched for")
    for piece in pieces[:MOST_PIECES]:
        minus, field = bool(piece["minus"]), (piece["field"] or "").lower()
        quoted, bare = piece["quoted"], piece["bare"]
        value = (quoted if quoted is not None else bare).strip()
        if field in _COLUMNS and value:
            complaint = _complaint(field, value)
            notes += [complaint] if complaint else []
            filters += [] if complaint else [Filter(column=field, value=value, negated=minus)]
        elif field in _PLACED and value:
            musts.append(Must(words=value, where=field, negated=minus))
            words += [] if minus else [value]
        elif minus or quoted is not None:
            musts += [Must(words=value, where="", negated=minus)] if value else []
            words += [] if minus or not value else [value]
        else:
            words.append(piece[0])
    return Question(words=" ".join(words), musts=tuple(musts), filters=tuple(filters), notes=tuple(notes))


def _complaint(field: str, value: str) -> str:
    if field in ("since", "until"):
        try:
            date.fromisoformat(value)
        except ValueError:
            return f"{field}:{value} is left out: write the date as 2026-08-17"
    return ""
