"""Recognises texts that repeat another, and headlines of one form that name different events. Pure."""

from __future__ import annotations

import numpy as np

from warehouse.stories.documents import DocumentPairs, Documents, Flags, Floats
from warehouse.stories.terms import Rows, TermIds

_MIN_COSINE = 0.5  # of copies; no copy of the labelled corpora is below 0.7
# The least shares of what two documents have in common: triples of words, weight of the
# headlines, words of the headlines.
_COPIED_TEXT = 0.8
_COPIED_WORDS = 0.15
_SAME_HEADLINE = 0.9
_HEADLINE_DAYS = 3.0  # headlines without text are copies only within so many days
_MIN_TRIPLES = 8  # a text shorter than this is compared by its headline
_MIN_HEADLINE_WORDS = 4  # "Weekly update" repeats without being a copy


def are_copies(
    documents: Documents, pairs: DocumentPairs, cosines: Floats, shared_words: Floats, same_headline: Flags
) -> Flags:
    """Which pairs have one text, perhaps cut short or under another headline.

    `shared_words` are those of `PairSimilarity.shared_words`, `same_headline` those of `have_same_headline`.
    """
    text = documents.terms["text"]
    sizes, other_sizes = text.sizes(pairs.firsts), text.sizes(pairs.others)
    shorter, longer = np.minimum(sizes, other_sizes), np.maximum(sizes, other_sizes)
    near = cosines >= _MIN_COSINE
    no_text = near & same_headline & (longer < _MIN_TRIPLES)
    one_text = near & (shared_words >= _COPIED_WORDS) & (shorter >= _MIN_TRIPLES)
    one_text[one_text] = (
        _count_common(documents, "text", pairs.only(one_text)) / shorter[one_text] >= _COPIED_TEXT
    )
    copies = no_text | one_text
    for pair in np.flatnonzero(copies).tolist():
        row, other = int(pairs.firsts[pair]), int(pairs.others[pair])
        copies[pair] = _is_copy(documents, row, other, bool(one_text[pair]), bool(same_headline[pair]))
    return copies


def _is_copy(documents: Documents, row: int, other: int, have_text: bool, same_headline: bool) -> bool:
    """Returns whether documents with equal texts, or equal headlines and no text, are not just a form."""
    terms = documents.terms
    if documents.is_roundup[row] != documents.is_roundup[other] or _differ(
        documents, "headline_numbers", row, other
    ):
        return False
    if have_text:
        if not same_headline and documents.same_publisher(row, other):
            return False  # a register's form: the same paragraph under every title
        shorter, longer = (
            (row, other) if len(terms["text"][row]) <= len(terms["text"][other]) else (other, row)
        )
        numbers = terms["text_numbers"]
        return _common(numbers[shorter], numbers[longer]) == len(numbers[shorter])
    return len(terms["headline_words"][row]) >= _MIN_HEADLINE_WORDS and bool(
        abs(documents.days[row] - documents.days[other]) <= _HEADLINE_DAYS
    )


def have_same_headline(documents: Documents, pairs: DocumentPairs) -> Flags:
    """Which pairs have headlines of the same words, or almost."""
    words = documents.terms["headline_words"]
    sizes, other_sizes = words.sizes(pairs.firsts), words.sizes(pairs.others)
    at_best = np.minimum(sizes, other_sizes) / np.maximum(1, np.maximum(sizes, other_sizes))
    same: Flags = at_best >= _SAME_HEADLINE
    common = _count_common(documents, "headline_words", pairs.only(same))
    same[same] = common / (sizes[same] + other_sizes[same] - common) >= _SAME_HEADLINE
    return same


def may_be_different_events(documents: Documents, pairs: DocumentPairs, same_headline: Flags) -> Flags:
    """Returns the pairs for which `are_different_events` can be true: equal headlines, or a code each."""
    codes = documents.terms["codes"]
    return same_headline | ((codes.sizes(pairs.firsts) > 0) & (codes.sizes(pairs.others) > 0))


def are_different_events(documents: Documents, row: int, other: int) -> bool:
    """Whether two headlines are one form used for two events, however similar the documents are.

    "Additions of Entities to the Entity List" returns weeks later; "Market news for May 8"
    becomes "for May 9". Bills, cases and vulnerabilities differ by their codes: HB 438 is not SB
    1684, whoever writes about it.
    """
    terms = documents.terms
    if _differ(documents, "codes", row, other):
        return True
    words, other_words = terms["headline_words"][row], terms["headline_words"][other]
    common = _common(words, other_words)
    if common / max(1, len(words) + len(other_words) - common) < _SAME_HEADLINE:
        return False
    one_publisher = documents.same_publisher(row, other)
    if one_publisher and _differ(documents, "headline_numbers", row, other):
        return True
    days = abs(documents.days[row] - documents.days[other])
    text, other_text = terms["text"][row], terms["text"][other]
    shorter = min(len(text), len(other_text))
    if shorter < _MIN_TRIPLES:
        return bool(days > _HEADLINE_DAYS)
    texts_differ = _common(text, other_text) / shorter < 0.5 or _differ(documents, "text_numbers", row, other)
    return texts_differ and bool(days > (1 if one_publisher else _HEADLINE_DAYS))


def _count_common(documents: Documents, field: str, pairs: DocumentPairs) -> Rows:
    """How many terms of a field each pair has in common."""
    terms = documents.terms[field]
    common: Rows = np.diff(terms.take(pairs.firsts).multiply(terms.take(pairs.others)).indptr)
    return common


def _differ(documents: Documents, field: str, row: int, other: int) -> bool:
    """Whether both documents have terms of this field, and none in common."""
    terms, other_terms = documents.terms[field][row], documents.terms[field][other]
    return len(terms) > 0 and len(other_terms) > 0 and _common(terms, other_terms) == 0


def _common(one: TermIds, other: TermIds) -> int:
    """How many terms two documents share."""
    return len(np.intersect1d(one, other, assume_unique=True))
