"""Finds in an article's text what was read from it: names, instruments, terms of acts, whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from warehouse.extract.entities import load_gazetteer
from warehouse.extract.instruments import find_instruments


class MarkKind(StrEnum):
    """What a passage of a text was read as; `date` and `printed` are whole sentences."""

    ENTITY = "entity"
    INSTRUMENT = "instrument"
    ACT = "act"
    DATE = "date"
    PRINTED = "printed"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mark:
    """A passage of a text, from `start` up to `end`, and what was read there."""

    start: int
    end: int
    kind: MarkKind
    label: str


def mark_entities(text: str, entities: Mapping[str, str]) -> Iterator[Mark]:
    """Yields each name of the entities (names by id); of names within each other the longest."""
    aliases = {
        alias: entities[entity.id]
        for entity in load_gazetteer().entities
        if entity.id in entities
        for alias in entity.aliases
    }
    longest_first = sorted(aliases, key=len, reverse=True)
    if not longest_first:
        return
    pattern = "|".join(re.escape(alias).replace("'", "['’]") for alias in longest_first)
    for match in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", text):
        label = aliases[match[0].replace("’", "'")]
        yield Mark(start=match.start(), end=match.end(), kind=MarkKind.ENTITY, label=label)


def mark_instruments(text: str, numbers: Iterable[str]) -> Iterator[Mark]:
    """Yields where each of the instruments is named first."""
    wanted = set(numbers)
    for one in find_instruments(text):
        if one.number in wanted:
            yield Mark(start=one.start, end=one.end, kind=MarkKind.INSTRUMENT, label=one.number)


def mark_terms(text: str, terms: Iterable[str], label: str) -> Iterator[Mark]:
    """Yields each place of an act's terms, the longest of several at one place.

    In a term `*` is any ending, and a capital makes it case-sensitive; any signs may stand between its words.
    """
    spellings = []
    for term in sorted(terms, key=len, reverse=True):
        words = r"\W+".join(re.escape(word).replace(r"\*", r"\w*") for word in term.split())
        spellings.append(f"(?i:{words})" if term == term.lower() else words)
    if any(spellings):
        for match in re.finditer(rf"(?<!\w)(?:{'|'.join(spellings)})(?!\w)", text):
            yield Mark(start=match.start(), end=match.end(), kind=MarkKind.ACT, label=label)


def mark_sentence(text: str, sentence: str, kind: MarkKind, label: str) -> Iterator[Mark]:
    """Yields where the sentence stands first, whatever white space is between its words."""
    words = [re.escape(word) for word in sentence.split()]
    if words and (match := re.search(r"\s+".join(words), text)):
        yield Mark(start=match.start(), end=match.end(), kind=kind, label=label)
