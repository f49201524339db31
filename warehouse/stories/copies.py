"""Tells a text that repeats another, and a headline that is one form filled in twice. Pure."""

from __future__ import annotations

import numpy as np

from warehouse.stories.documents import Documents, Flags, Floats, Pairs
from warehouse.stories.ragged import Ids, Rows

COPY_FLOOR = 0.5  # a copy below this cosine has not been seen; the sample's are above 0.7
# Shares of the text's triples of words, of the headline's weight, and of its words that two documents have in common.
_COPIED_TEXT = 0.8
_COPIED_WORDS = 0.15
_SAME_HEADLINE = 0.9
_HEADLINE_DAYS = 3.0  # headlines without text are copies only within so many days
_MIN_TRIPLES = 8  # a text shorter than this is compared by its headline
_MIN_HEADLINE_WORDS = 4  # "Weekly update" repeats without being a copy


def are_copies(documents: Documents, pairs: Pairs, cosines: Floats, words: Floats, same_headline: Flags) -> Flags:
    """Which pairs are one text, cut short or under another headline: by their cosines, the share of words that
    `Likeness.shared_words` gives, and `have_same_headline`."""
    text = documents.terms["text"]
    mine, its = text.sizes(pairs.rows)[pairs.places], text.sizes(pairs.others)
    near = cosines >= COPY_FLOOR
    no_text = near & same_headline & (np.maximum(mine, its) < _MIN_TRIPLES)
    one_text = near & (words >= _COPIED_WORDS) & (np.minimum(mine, its) >= _MIN_TRIPLES)
    common = _common_with_each(documents, "text", pairs.only(one_text))
    one_text[one_text] = common / np.minimum(mine, its)[one_text] >= _COPIED_TEXT
    copies = no_text | one_text
    for place in np.flatnonzero(copies).tolist():
        row, other = int(pairs.rows[pairs.places[place]]), int(pairs.others[place])
        copies[place] = _is_copy(documents, row, other, bool(one_text[place]), bool(same_headline[place]))
    return copies


def _is_copy(documents: Documents, row: int, other: int, have_text: bool, same_headline: bool) -> bool:
    """Whether two documents with one text, or without any and with one headline, are no form filled in twice."""
    terms = documents.terms
    if documents.is_roundup[row] != documents.is_roundup[other] or _differ(documents, "headline_numbers", row, other):
        return False
    if have_text:
        if not same_headline and documents.same_publisher(row, other):
            return False  # a register's forms: the same paragraph under every title
        shorter, longer = (row, other) if len(terms["text"][row]) <= len(terms["text"][other]) else (other, row)
        numbers = terms["text_numbers"]
        return _common(numbers[shorter], numbers[longer]) == len(numbers[shorter])
    return len(terms["headline_words"][row]) >= _MIN_HEADLINE_WORDS and bool(
        abs(documents.days[row] - documents.days[other]) <= _HEADLINE_DAYS
    )


def have_same_headline(documents: Documents, pairs: Pairs) -> Flags:
    """Which pairs have a headline of the same words, or almost."""
    words = documents.terms["headline_words"]
    mine, its = words.sizes(pairs.rows)[pairs.places], words.sizes(pairs.others)
    same: Flags = np.minimum(mine, its) / np.maximum(1, np.maximum(mine, its)) >= _SAME_HEADLINE  # at best
    common = _common_with_each(documents, "headline_words", pairs.only(same))
    same[same] = common / (mine[same] + its[same] - common) >= _SAME_HEADLINE
    return same


def may_be_told_apart(documents: Documents, pairs: Pairs, same_headline: Flags) -> Flags:
    """The pairs with a headline or a code for which `tells_apart` can be true: it need not look at the others one by one."""
    codes = documents.terms["codes"]
    return same_headline | ((codes.sizes(pairs.rows) > 0)[pairs.places] & (codes.sizes(pairs.others) > 0))


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


def _common_with_each(documents: Documents, field: str, pairs: Pairs) -> Rows:
    """How many of its terms each pair has in common."""
    terms, sizes = documents.terms[field].gather(pairs.others)
    found, _ = documents.find(field, pairs, terms, sizes)
    return np.bincount(sizes.cumsum().searchsorted(found, side="right"), minlength=len(sizes))


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
