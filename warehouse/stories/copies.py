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
# Of whole texts: an edited copy has .6 of the triples of the shorter text, another article on the same event
# .49 at most. A statement that a longer article quotes whole is no copy of it.
_COPIED_BODY = 0.6
_LEAST_PART = 0.25
_MIN_BODY_TRIPLES = 20
_MIN_TRIPLES = 8  # a text shorter than this is compared by its headline
_OWN_WORDS = 2  # by which two titles of one form name two objects
_MIN_HEADLINE_WORDS = 4  # "Weekly update" repeats without being a copy


def are_copies(
    documents: Documents, pairs: DocumentPairs, cosines: Floats, same_headline: Flags, opens_alike: Flags
) -> Flags:
    """Which pairs have one text, perhaps cut short or under another headline.

    The whole texts decide where both are there, else the openings: `opens_alike` is that of
    `repeat_openings`, `same_headline` that of `have_same_headline`.
    """
    whole = have_bodies(documents, pairs)
    copies = opens_alike.copy()
    copies[whole] = repeat_bodies(documents, pairs.only(whole), cosines[whole], same_headline[whole])
    return copies


def have_bodies(documents: Documents, pairs: DocumentPairs) -> Flags:
    """The pairs of which both documents have a whole text."""
    body = documents.terms["body"]
    enough: Flags = np.minimum(body.sizes(pairs.firsts), body.sizes(pairs.others)) >= _MIN_BODY_TRIPLES
    return enough


def repeat_bodies(documents: Documents, pairs: DocumentPairs, cosines: Floats, same_headline: Flags) -> Flags:
    """Which pairs have one text by the first words of both, however headline and first lines differ."""
    body = documents.terms["body"]
    sizes, other_sizes = body.sizes(pairs.firsts), body.sizes(pairs.others)
    shorter, longer = np.minimum(sizes, other_sizes), np.maximum(sizes, other_sizes)
    one_text = (cosines >= _MIN_COSINE) & (shorter >= _LEAST_PART * longer)
    one_text[one_text] = (
        _count_common(documents, "body", pairs.only(one_text)) / shorter[one_text] >= _COPIED_BODY
    )
    for pair in np.flatnonzero(one_text).tolist():
        row, other = int(pairs.firsts[pair]), int(pairs.others[pair])
        one_text[pair] = _is_no_form(documents, row, other, bool(same_headline[pair]))
    return one_text


def repeat_openings(
    documents: Documents, pairs: DocumentPairs, cosines: Floats, shared_words: Floats, same_headline: Flags
) -> Flags:
    """Which pairs open alike, or have one headline and no text.

    `shared_words` are those of `PairSimilarity.shared_words`.
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
    """Returns whether documents with equal openings, or equal headlines and no text, are not just a form."""
    terms = documents.terms
    if have_text:
        if not _is_no_form(documents, row, other, same_headline):
            return False
        shorter, longer = (
            (row, other) if len(terms["text"][row]) <= len(terms["text"][other]) else (other, row)
        )
        numbers = terms["text_numbers"]
        return _common(numbers[shorter], numbers[longer]) == len(numbers[shorter])
    if _are_two_kinds(documents, row, other):
        return False
    return len(terms["headline_words"][row]) >= _MIN_HEADLINE_WORDS and bool(
        abs(documents.days[row] - documents.days[other]) <= _HEADLINE_DAYS
    )


def _is_no_form(documents: Documents, row: int, other: int, same_headline: bool) -> bool:
    """Whether documents with one text are copies, and no register's form: one paragraph under every title."""
    return not _are_two_kinds(documents, row, other) and (
        same_headline or not documents.same_publisher(row, other)
    )


def _are_two_kinds(documents: Documents, row: int, other: int) -> bool:
    return documents.is_roundup[row] != documents.is_roundup[other] or _differ(
        documents, "headline_numbers", row, other
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
    """The pairs for which `are_different_events` can be true: equal headlines or openings, or a code each."""
    codes, openings, publishers = documents.terms["codes"], documents.title_openings, documents.publishers
    one_form: Flags = (openings[pairs.firsts] == openings[pairs.others]) & (openings[pairs.firsts] > 0)
    one_form &= publishers[pairs.firsts] == publishers[pairs.others]
    with_codes: Flags = (codes.sizes(pairs.firsts) > 0) & (codes.sizes(pairs.others) > 0)
    maybe: Flags = same_headline | one_form | with_codes
    return maybe


def are_different_events(documents: Documents, row: int, other: int) -> bool:
    """Whether two headlines are one form used for two events, however similar the documents are.

    "Additions of Entities to the Entity List" returns weeks later; "Market news for May 8"
    becomes "for May 9"; "Request for Comments on the Investigation of Imports of Drones" goes on
    with polysilicon on the same day. Bills, cases and vulnerabilities differ by their codes: HB 438
    is not SB 1684, whoever writes about it.
    """
    terms = documents.terms
    if _differ(documents, "codes", row, other):
        return True
    if _are_of_one_form(documents, row, other):
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


def _are_of_one_form(documents: Documents, row: int, other: int) -> bool:
    """Whether one publisher's titles open alike and go on with words that the other text does not have.

    All 17 such pairs of the labelled articles are different events; with one own word only, two days of one
    hearing are among them ("Session-East Coast", "-West Coast"). A title alone does not show that.
    """
    openings, terms = documents.title_openings, documents.terms
    if openings[row] == 0 or openings[row] != openings[other] or not documents.same_publisher(row, other):
        return False
    if min(len(terms["text"][row]), len(terms["text"][other])) < _MIN_TRIPLES:
        return False
    words, everything = terms["headline_words"], terms["all"]
    own = (
        len(words[one]) - _common(words[one], everything[two]) for one, two in ((row, other), (other, row))
    )
    return all(count >= _OWN_WORDS for count in own)


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
