"""The terms by which documents are compared: words, runs of words, numbers and codes, as small integers. Pure.

Weighs nothing: how rare a term is, term_weights.py knows.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from warehouse.enrich.ragged import Rows, counts, ranks
from warehouse.enrich.words import folded, strip_outlet, tokens, words

TermIds = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint64]

# Terms are hashed, so that no vocabulary has to be kept: 100,000 documents bring some 5 million different pairs of
# words, and a rare collision only makes a term look a little less rare.
TERM_BUCKETS = 1 << 22
_BUCKETS = np.uint64(TERM_BUCKETS)
_MULTIPLIER = np.uint64(6364136223846793005)  # MMIX: The Art of Computer Programming, 3.3.4
_FOLD = np.uint64(32)  # the high bits are the better ones
_AT_ONCE = 1_000  # articles

# A number that tells one headline from another: not the 19 of Covid-19, nor the year.
_COUNTED = re.compile("(?<![\\w.,-])(?!(?:19|20)\\d\\d\\b)\\d+(?:[.,:]\\d+)*")
# What names one bill, case or flaw: HB 438, S. 4127, CVE-2026-21992, DFARS Case 2017-D049; not Covid-19, EU 2030.
_CODE = re.compile(
    r"\b(?:CVE-\d+-\d+|\d{4}-[A-Z]\d{2,}|[A-Z]{1,2}\.? ?(?!(?:19|20)\d\d\b)\d{3,}|(?:H\.?R\.?|[HS]B|[AS]B|PL) \d+)\b"
)
# "(Meridian Wire) -": the agency between brackets and the dash after it are no part of what a text tells.
_DATELINE = re.compile("^[^()]{0,60}\\([^()]{2,40}\\)\\s*(?:[-\u2013\u2014]+\\s*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is compared of a document, as ids (see `term_ids`).

    `headline` are words, numbers and pairs of neighbouring words of the title; `all` those of the text as well;
    `text` is the text alone, in triples of words, for finding copies; `headline_words` are words only; numbers are kept as written.
    """

    headline: TermIds
    all: TermIds
    text: TermIds
    headline_words: TermIds
    headline_numbers: TermIds
    codes: TermIds
    text_numbers: TermIds


def read_terms(title: str, text: str) -> Terms:
    """The terms of a title and a text, without the outlet's name after the title and the agency before the text."""
    return read_all_terms([(title, text)])[0]


def read_all_terms(articles: Sequence[tuple[str, str]]) -> list[Terms]:
    """What `read_terms` gives for each title and text, twice as fast for many."""
    starts = range(0, len(articles), _AT_ONCE)
    return [terms for start in starts for terms in _read(articles[start : start + _AT_ONCE])]


def term_ids(terms: Iterable[str]) -> TermIds:
    """The terms as numbers below `TERM_BUCKETS`, sorted and without repeats."""
    return _distinct([_coded([list(terms)])])[0]


def term_id(term: str) -> int:
    """The number of one term."""
    return _code(term) % TERM_BUCKETS


def _read(articles: Sequence[tuple[str, str]]) -> Iterator[Terms]:
    bare_titles = [strip_outlet(title) for title, _ in articles]
    bare_texts = [_DATELINE.sub("", text, count=1) for _, text in articles]
    title_words = [words(title) for title in bare_titles]
    titles, texts = _coded(title_words), _coded_texts(bare_texts)
    headline = [titles, titles.runs(2)]
    fields = {
        "headline": headline,
        "all": [*headline, texts, texts.runs(2)],
        "text": [texts.runs(3)],
        "headline_words": [_coded([word for word in found if not word[0].isdigit()] for found in title_words)],
        "headline_numbers": [_coded(_COUNTED.findall(title) for title in bare_titles)],
        "codes": [_coded(_case_codes(title) for title, _ in articles)],
        "text_numbers": [_coded(_COUNTED.findall(text) for text in bare_texts)],
    }
    columns = [_rows(*_distinct(coded)) for coded in fields.values()]
    return (Terms(**dict(zip(fields, row, strict=True))) for row in zip(*columns, strict=True))


def _case_codes(title: str) -> list[str]:
    return [code.replace(" ", "").replace(".", "") for code in _CODE.findall(title)]


@dataclass(frozen=True, slots=True)
class _Coded:
    """Terms of many documents as whole numbers, one document after the other, and how many each has."""

    codes: Codes
    sizes: Rows

    def runs(self, length: int) -> _Coded:
        """The codes of all runs of so many neighbours; the multiplier is Knuth's, odd, so that order counts."""
        sizes = np.maximum(self.sizes - length + 1, 0)
        firsts = np.flatnonzero(ranks(self.sizes) < sizes.repeat(self.sizes))
        runs = self.codes[firsts]
        for shift in range(1, length):
            runs = runs * _MULTIPLIER + self.codes[firsts + shift]
        return _Coded(runs ^ (runs >> _FOLD), sizes)


def _coded(documents: Iterable[Sequence[str]]) -> _Coded:
    """The codes of the terms of each document."""
    terms = list(documents)
    return _Coded(np.fromiter(map(_code, chain.from_iterable(terms)), np.uint64), _sizes(terms))


def _coded_texts(texts: Iterable[str]) -> _Coded:
    """The codes of the words and numbers of each text."""
    found = [tokens(text) for text in texts]
    codes = np.fromiter(map(_CodeOf().__getitem__, chain.from_iterable(found)), np.int64)
    compared = codes >= 0
    return _Coded(codes[compared].astype(np.uint64), counts(compared, _sizes(found)))


class _CodeOf(dict[str, int]):
    """The code of a word as it is written, -1 if it is not compared: most words of a text were in one before."""

    def __missing__(self, raw: str) -> int:
        word = folded(raw)
        self[raw] = code = _code(word) if word else -1
        return code


@lru_cache(maxsize=100_000)
def _code(term: str) -> int:
    return zlib.crc32(term.encode())


def _sizes(documents: Sequence[Sequence[str]]) -> Rows:
    return np.fromiter(map(len, documents), np.int64, len(documents))


def _distinct(parts: Sequence[_Coded]) -> tuple[TermIds, Rows]:
    """The ids of each document's terms, sorted and without repeats, one document after the other, and how many each has."""
    documents = np.arange(len(parts[0].sizes)) * TERM_BUCKETS
    terms = np.concatenate([documents.repeat(part.sizes) + (part.codes % _BUCKETS).astype(np.int64) for part in parts])
    terms.sort()
    terms = terms[np.append(True, terms[1:] != terms[:-1])[: len(terms)]]
    return (terms % TERM_BUCKETS).astype(np.int32), np.bincount(terms // TERM_BUCKETS, minlength=len(documents))


def _rows(flat: TermIds, sizes: Rows) -> list[TermIds]:
    """One array for each document."""
    ends = sizes.cumsum().tolist()
    return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
