"""Tells a text that repeats another, and a headline that is one form filled in twice. Pure."""

from __future__ import annotations

import numpy as np

from warehouse.enrich.documents import Documents, Floats
from warehouse.enrich.ragged import Ids, Rows, sums

COPY_FLOOR = 0.5  # a copy below this cosine has not been seen; the sample's are above 0.7
# Shares of the text's triples of words, of the headline's weight, and of its words that two documents have in common.
_COPIED_TEXT = 0.8
_COPIED_WORDS = 0.15
_SAME_HEADLINE = 0.9
_HEADLINE_DAYS = 3.0  # headlines without text are copies only within so many days
_MIN_TRIPLES = 8  # a text shorter than this is compared by its headline
_MIN_HEADLINE_WORDS = 4  # "Weekly update" repeats without being a copy


def may_be_copied(documents: Documents, row: int, rows: Rows) -> Rows:
    """The rows that share as much text as `is_copy` asks, where there is text: it need not look at the others one by one."""
    mine = documents.terms["text"][row]
    if len(mine) < _MIN_TRIPLES or not len(rows):
        return rows
    common, sizes = _common_with_each(documents, "text", row, rows)
    return rows[common / np.maximum(1, np.minimum(sizes, len(mine))) >= _COPIED_TEXT]


def is_copy(documents: Documents, row: int, other: int) -> bool:
    """Whether two documents are one text, cut short or under another headline."""
    terms = documents.terms
    mine, its = terms["text"][row], terms["text"][other]
    have_text = min(len(mine), len(its)) >= _MIN_TRIPLES
    if have_text is not (max(len(mine), len(its)) >= _MIN_TRIPLES):
        return False
    if have_text and _shared(mine, its) < _COPIED_TEXT:
        return False
    if documents.is_roundup[row] != documents.is_roundup[other] or _differ(documents, "headline_numbers", row, other):
        return False
    same_headline = _overlap(terms["headline_words"][row], terms["headline_words"][other]) >= _SAME_HEADLINE
    if have_text:
        if not same_headline and documents.same_publisher(row, other):
            return False  # a register's forms: the same paragraph under every title
        shorter, longer = (row, other) if len(mine) <= len(its) else (other, row)
        numbers = terms["text_numbers"]
        return (
            _common(numbers[shorter], numbers[longer]) == len(numbers[shorter])
            and float(documents.shared_words(row, np.array([other]))[0]) >= _COPIED_WORDS
        )
    return (
        len(terms["headline_words"][row]) >= _MIN_HEADLINE_WORDS
        and same_headline
        and bool(abs(documents.days[row] - documents.days[other]) <= _HEADLINE_DAYS)
    )


def may_be_told_apart(documents: Documents, row: int, rows: Rows) -> Rows:
    """The rows with a headline or a code for which `tells_apart` can be true: it need not look at the others one by one."""
    if len(documents.terms["codes"][row]):
        return rows
    common, sizes = _common_with_each(documents, "headline_words", row, rows)
    words = len(documents.terms["headline_words"][row]) + sizes - common
    return rows[common / np.maximum(1, words) >= _SAME_HEADLINE]


def tells_apart(documents: Documents, row: int, other: int) -> bool:
    """Whether two headlines are one form filled in twice, for two events: then no similarity counts.

    "Additions of Entities to the Entity List" comes back weeks later; "Market news for May 8" becomes "for May 9".
    Bills, cases and vulnerabilities are told apart by their codes: HB 438 is not SB 1684, whoever writes of it.
    """
    terms = documents.terms
    if _differ(documents, "codes", row, other):
        return True
    if _overlap(terms["headline_words"][row], terms["headline_words"][other]) < _SAME_HEADLINE:
        return False
    one_publisher = documents.same_publisher(row, other)
    if one_publisher and _differ(documents, "headline_numbers", row, other):
        return True
    days = abs(documents.days[row] - documents.days[other])
    mine, its = terms["text"][row], terms["text"][other]
    if len(mine) < _MIN_TRIPLES or len(its) < _MIN_TRIPLES:
        return bool(days > _HEADLINE_DAYS)
    other_text = _shared(mine, its) < 0.5 or _differ(documents, "text_numbers", row, other)
    return other_text and bool(days > (1 if one_publisher else _HEADLINE_DAYS))


def _common_with_each(documents: Documents, field: str, row: int, rows: Rows) -> tuple[Floats, Rows]:
    """How many of a document's terms each of the rows has, and how many terms each of those has."""
    mine = documents.terms[field][row]
    ids, sizes = documents.terms[field].gather(rows)
    if not len(mine):
        return np.zeros(len(rows)), sizes
    places = np.minimum(mine.searchsorted(ids), len(mine) - 1)
    return sums((mine[places] == ids).astype(np.float64), sizes), sizes


def _differ(documents: Documents, field: str, row: int, other: int) -> bool:
    """Whether both have such terms, and none in common."""
    mine, its = documents.terms[field][row], documents.terms[field][other]
    return len(mine) > 0 and len(its) > 0 and _common(mine, its) == 0


def _overlap(one: Ids, other: Ids) -> float:
    """Share of all words of two headlines that both have; 0 if there is none."""
    common = _common(one, other)
    return common / max(1, len(one) + len(other) - common)


def _shared(one: Ids, other: Ids) -> float:
    """Share of the shorter text's terms that the other has: a text cut short is still the same text."""
    return _common(one, other) / max(1, min(len(one), len(other)))


def _common(one: Ids, other: Ids) -> int:
    """How many numbers two sorted arrays without repeats share: five times as fast as `np.intersect1d` at these sizes."""
    if not len(one) or not len(other):
        return 0
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    places = np.minimum(longer.searchsorted(shorter), len(longer) - 1)
    return int(np.count_nonzero(longer[places] == shorter))
