"""The terms by which documents are compared (words, runs, numbers, codes) as small integers. Pure.

Words are folded and lightly stemmed; nothing depends on the language but a short English stop list. How rare
a term is and what it therefore weighs is computed in similarity.py.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

# A number keeps its separators ("1.2", "2,500"); a word keeps an inner apostrophe, straight or curly.
_TOKEN = re.compile("\\d+(?:[.,:]\\d+)*|[^\\W\\d_]+(?:['\u2019][^\\W\\d_]+)*")
# " | WTOP", " - The Boston Globe": the outlet's name, which aggregators append after
# the last bar or spaced dash.
_OUTLET = re.compile(
    "\\s+[-\u2013\u2014|]\\s+([^-\u2013\u2014|]{2,40})$|\\s*\\|\\s*([^|]{2,40})$|\\s*\\([^()\\d]{2,40}\\)$"
)
_OPENING_WORDS = 6
_STOP_WORDS = frozenset(
    [
        *(
            "a",
            "about",
            "after",
            "against",
            "all",
            "also",
            "amid",
            "an",
            "and",
            "any",
            "are",
            "as",
            "at",
            "be",
            "been",
        ),
        *(
            "before",
            "between",
            "but",
            "by",
            "can",
            "could",
            "did",
            "do",
            "does",
            "during",
            "for",
            "from",
            "had",
            "has",
        ),
        *(
            "have",
            "he",
            "her",
            "here",
            "his",
            "how",
            "if",
            "in",
            "into",
            "is",
            "it",
            "its",
            "just",
            "many",
            "may",
        ),
        *(
            "more",
            "most",
            "new",
            "no",
            "not",
            "of",
            "on",
            "or",
            "other",
            "our",
            "out",
            "over",
            "per",
            "s",
            "said",
        ),
        *(
            "say",
            "says",
            "she",
            "so",
            "some",
            "such",
            "t",
            "than",
            "that",
            "the",
            "their",
            "there",
            "these",
            "they",
        ),
        *(
            "this",
            "those",
            "to",
            "under",
            "up",
            "us",
            "via",
            "was",
            "we",
            "were",
            "what",
            "when",
            "where",
            "which",
        ),
        *("while", "who", "why", "will", "with", "would", "you", "your"),
    ]
)
_ENDINGS = ("ing", "ied", "ies", "ed", "es", "s")


def words(text: str) -> list[str]:
    """Folded, lightly stemmed words and numbers in order, without function words."""
    return [word for raw in tokens(text) if (word := folded(raw))]


def surface_words(text: str) -> list[tuple[str, str]]:
    """The words and numbers of `words`, each as written and as compared."""
    return [(raw, word) for raw in tokens(text) if (word := folded(raw))]


def tokens(text: str) -> list[str]:
    """All words and numbers in order, as written."""
    return _TOKEN.findall(text)


def strip_outlet(title: str) -> str:
    """The headline without the outlet's name at its end, unless that leaves less than four words."""
    bare = _OUTLET.sub("", title)
    return bare if bare.count(" ") >= 3 else title


def title_opening(title: str) -> str:
    """The first six words of a longer title, by which titles of one form are told; "" of a shorter one."""
    found = title.lower().split()
    return " ".join(found[:_OPENING_WORDS]) if len(found) > _OPENING_WORDS else ""


@lru_cache(maxsize=100_000)
def folded(raw: str) -> str:
    """The form in which a word is compared, or "" for one that is not compared."""
    word = raw.lower()
    if not word.isascii():
        word = "".join(
            char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char)
        )
        word = word.replace("\u2019", "'")
    word = word.removesuffix("'s")
    if word in _STOP_WORDS or (len(word) == 1 and not word.isdigit()):
        return ""
    return _stem(word)


def _stem(word: str) -> str:
    """The word without its ending, so that plurals and verb forms are equal."""
    if len(word) > 4 and not word.endswith("ss"):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word


TermIds = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint64]

# Terms are hashed, so that no vocabulary has to be kept: 100,000 documents have some 5 million different
# pairs of words, and a rare collision only makes a term look a little less rare.
TERM_BUCKETS = 1 << 22
_BUCKETS = np.uint64(TERM_BUCKETS)
_MULTIPLIER = np.uint64(6364136223846793005)  # MMIX: The Art of Computer Programming, 3.3.4
_FOLD = np.uint64(32)  # the high bits are the better ones
_ARTICLES_AT_ONCE = 1_000
# Copies that were cut, edited and begun anew differ most from articles that quote one statement by 800 words.
BODY_WORDS = 800
BODY_CHARS = 7_000  # have as many words, also in languages of long ones

# A number that distinguishes one headline from another: not the 19 of Covid-19, nor the year.
_COUNTED = re.compile("(?<![\\w.,-])(?!(?:19|20)\\d\\d\\b)\\d+(?:[.,:]\\d+)*")
# The name of one bill, case or vulnerability: HB 438, S. 4127, CVE-2026-21992, DFARS Case
# 2017-D049; not Covid-19, EU 2030.
_CODE = re.compile(
    r"\b(?:CVE-\d+-\d+|\d{4}-[A-Z]\d{2,}|[A-Z]{1,2}\.? ?(?!(?:19|20)\d\d\b)\d{3,}|(?:H\.?R\.?|[HS]B|[AS]B"
    r"|PL) \d+)\b"
)
# "(Meridian Wire) -": the agency in brackets and the dash after it are no part of the text.
_DATELINE = re.compile("^[^()]{0,60}\\([^()]{2,40}\\)\\s*(?:[-\u2013\u2014]+\\s*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a document, by field, each as sorted ids without repeats (see `term_ids`).

    `headline` has words, numbers and pairs of neighbouring words of the title; `all` has those of the
    opening as well. `text` has the opening alone, in triples of words, for finding copies, and `body` has
    such triples of the first `BODY_WORDS` words of the whole text. `headline_words` has words only. Numbers
    are kept as written.
    """

    headline: TermIds
    all: TermIds
    text: TermIds
    headline_words: TermIds
    headline_numbers: TermIds
    codes: TermIds
    text_numbers: TermIds
    body: TermIds


def read_terms(title: str, opening: str, body: str = "") -> Terms:
    """Returns the terms of title, opening and whole text (empty if it is not there).

    The outlet at the end of the title and the agency at the start of the text are left out.
    """
    return read_all_terms([(title, opening)], [body])[0]


def read_all_terms(articles: Sequence[tuple[str, str]], bodies: Sequence[str] | None = None) -> list[Terms]:
    """The terms of each title and opening, as `read_terms` returns them; for many, twice as fast."""
    whole = bodies or [""] * len(articles)
    starts = range(0, len(articles), _ARTICLES_AT_ONCE)
    return [
        terms
        for start in starts
        for terms in _read(
            articles[start : start + _ARTICLES_AT_ONCE], whole[start : start + _ARTICLES_AT_ONCE]
        )
    ]


def term_ids(terms: Iterable[str]) -> TermIds:
    """The terms as numbers below `TERM_BUCKETS`, sorted and without repeats."""
    return _distinct([_coded([list(terms)])], 1)[0]


def term_id(term: str) -> int:
    """The number of one term."""
    return _code(term) % TERM_BUCKETS


def _read(articles: Sequence[tuple[str, str]], bodies: Sequence[str]) -> Iterator[Terms]:
    bare_titles = [strip_outlet(title) for title, _ in articles]
    bare_texts = [_DATELINE.sub("", text, count=1) for _, text in articles]
    title_words = [words(title) for title in bare_titles]
    titles, texts = _coded(title_words), _coded_texts(bare_texts)
    headline = [titles, titles.runs(2)]
    fields = {
        "headline": headline,
        "all": [*headline, texts, texts.runs(2)],
        "text": [texts.runs(3)],
        "headline_words": [
            _coded([word for word in found if not word[0].isdigit()] for found in title_words)
        ],
        "headline_numbers": [_coded(_COUNTED.findall(title) for title in bare_titles)],
        "codes": [_coded(_case_codes(title) for title, _ in articles)],
        "text_numbers": [_coded(_COUNTED.findall(text) for text in bare_texts)],
        "body": [_coded_texts((_DATELINE.sub("", body, count=1) for body in bodies), BODY_WORDS).runs(3)],
    }
    columns = [_distinct(coded, len(articles)) for coded in fields.values()]
    return (Terms(**dict(zip(fields, row, strict=True))) for row in zip(*columns, strict=True))


def _case_codes(title: str) -> list[str]:
    return [code.replace(" ", "").replace(".", "") for code in _CODE.findall(title)]


@dataclass(frozen=True, slots=True)
class _Coded:
    """Terms of many documents as integers, one document after the other, and the document of each."""

    codes: Codes
    documents: Rows

    def runs(self, length: int) -> _Coded:
        """Returns codes of all runs of so many neighbouring terms; an odd multiplier keeps their order."""
        ends = self.documents[length - 1 :]
        firsts = np.flatnonzero(self.documents[: len(ends)] == ends)
        runs = self.codes[firsts]
        for shift in range(1, length):
            runs = runs * _MULTIPLIER + self.codes[firsts + shift]
        return _Coded(runs ^ (runs >> _FOLD), self.documents[firsts])


def _coded(documents: Iterable[Sequence[str]]) -> _Coded:
    """The codes of the terms of each document."""
    terms = list(documents)
    return _Coded(np.fromiter(map(_code, chain.from_iterable(terms)), np.uint64), _document_of_each(terms))


def _coded_texts(texts: Iterable[str], most: int | None = None) -> _Coded:
    """The codes of the words and numbers of each text, or of its first ones."""
    found = [tokens(text)[:most] for text in texts]
    codes = np.fromiter(map(_CodeOf().__getitem__, chain.from_iterable(found)), np.int64)
    compared = codes >= 0
    return _Coded(codes[compared].astype(np.uint64), _document_of_each(found)[compared])


class _CodeOf(dict[str, int]):
    """Returns the code of a word as written, -1 if it is not compared. Cached: most words recur."""

    def __missing__(self, raw: str) -> int:
        word = folded(raw)
        self[raw] = code = _code(word) if word else -1
        return code


@lru_cache(maxsize=100_000)
def _code(term: str) -> int:
    return zlib.crc32(term.encode())


def _document_of_each(documents: Sequence[Sequence[str]]) -> Rows:
    sizes = np.fromiter(map(len, documents), np.int64, len(documents))
    return np.arange(len(documents)).repeat(sizes)


def _distinct(parts: Sequence[_Coded], documents: int) -> list[TermIds]:
    """The ids of each document's terms, sorted and without repeats."""
    terms = np.concatenate(
        [part.documents * TERM_BUCKETS + (part.codes % _BUCKETS).astype(np.int64) for part in parts]
    )
    terms.sort()
    terms = terms[np.append(True, terms[1:] != terms[:-1])[: len(terms)]]
    ends = np.bincount(terms // TERM_BUCKETS, minlength=documents).cumsum()
    return np.split((terms % TERM_BUCKETS).astype(np.int32), ends[:-1])
