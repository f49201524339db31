"""The words by which documents are compared: terms of a headline and of a text, as small integers. Pure.

Language-neutral but for a short English stop list; weighs nothing: how rare a term is, cluster.py knows.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

TermIds = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint64]

# Terms are hashed, so that no vocabulary has to be kept: 100,000 documents bring some 5 million different pairs of
# words, and a rare collision only makes a term look a little less rare.
TERM_BUCKETS = 1 << 22
_BUCKETS = np.uint64(TERM_BUCKETS)
_MULTIPLIER = np.uint64(6364136223846793005)  # MMIX: The Art of Computer Programming, 3.3.4
_FOLD = np.uint64(32)  # the high bits are the better ones

# A number keeps its separators ("1.2", "2,500"); a word keeps an inner apostrophe, straight or curly.
_TOKEN = re.compile("\\d+(?:[.,:]\\d+)*|[^\\W\\d_]+(?:['\u2019][^\\W\\d_]+)*")
# A number that tells one headline from another: not the 19 of Covid-19, nor the year.
_COUNTED = re.compile("(?<![\\w.,-])(?!(?:19|20)\\d\\d\\b)\\d+(?:[.,:]\\d+)*")
# What names one bill, case or flaw: HB 438, S. 4127, CVE-2026-21992, DFARS Case 2017-D049; not Covid-19, EU 2030.
_CODE = re.compile(
    r"\b(?:CVE-\d+-\d+|\d{4}-[A-Z]\d{2,}|[A-Z]{1,2}\.? ?(?!(?:19|20)\d\d\b)\d{3,}|(?:H\.?R\.?|[HS]B|[AS]B|PL) \d+)\b"
)
# " | WTOP", " - The Boston Globe": the outlet's name, which aggregators append after the last bar or spaced dash.
_OUTLET = re.compile(
    "\\s+[-\u2013\u2014|]\\s+([^-\u2013\u2014|]{2,40})$|\\s*\\|\\s*([^|]{2,40})$|\\s*\\([^()\\d]{2,40}\\)$"
)
# "(Meridian Wire) -": the agency between brackets and the dash after it are no part of what a text tells.
_DATELINE = re.compile("^[^()]{0,60}\\([^()]{2,40}\\)\\s*(?:[-\u2013\u2014]+\\s*)?")
_STOP_WORDS = frozenset(
    [
        *("a", "about", "after", "against", "all", "also", "amid", "an", "and", "any", "are", "as", "at", "be", "been"),
        *("before", "between", "but", "by", "can", "could", "did", "do", "does", "during", "for", "from", "had", "has"),
        *("have", "he", "her", "here", "his", "how", "if", "in", "into", "is", "it", "its", "just", "many", "may"),
        *("more", "most", "new", "no", "not", "of", "on", "or", "other", "our", "out", "over", "per", "s", "said"),
        *("say", "says", "she", "so", "some", "such", "t", "than", "that", "the", "their", "there", "these", "they"),
        *("this", "those", "to", "under", "up", "us", "via", "was", "we", "were", "what", "when", "where", "which"),
        *("while", "who", "why", "will", "with", "would", "you", "your"),
    ]
)
_ENDINGS = ("ing", "ied", "ies", "ed", "es", "s")


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
    bare_title, bare_text = strip_outlet(title), _DATELINE.sub("", text, count=1)
    title_words, text_words = words(bare_title), words(bare_text)
    title_codes, text_codes = _codes(title_words), _codes(text_words)
    headline = [title_codes, _runs(title_codes, 2)]
    return Terms(
        headline=_terms(*headline),
        all=_terms(*headline, text_codes, _runs(text_codes, 2)),
        text=_terms(_runs(text_codes, 3)),
        headline_words=term_ids(word for word in title_words if not word[0].isdigit()),
        headline_numbers=term_ids(_COUNTED.findall(bare_title)),
        codes=term_ids(code.replace(" ", "").replace(".", "") for code in _CODE.findall(title)),
        text_numbers=term_ids(_COUNTED.findall(bare_text)),
    )


def term_ids(terms: Iterable[str]) -> TermIds:
    """The terms as numbers below `TERM_BUCKETS`, sorted and without repeats."""
    return _terms(_codes(terms))


def term_id(term: str) -> int:
    """The number of one term."""
    return _code(term) % TERM_BUCKETS


@lru_cache(maxsize=100_000)
def _code(term: str) -> int:
    return zlib.crc32(term.encode())


def _codes(terms: Iterable[str]) -> Codes:
    return np.fromiter(map(_code, terms), np.uint64)


def _runs(codes: Codes, length: int) -> Codes:
    """The codes of all runs of so many neighbours; the multiplier is Knuth's, odd, so that order counts."""
    runs = codes[: max(0, len(codes) - length + 1)]
    for shift in range(1, length):
        runs = runs * _MULTIPLIER + codes[shift : len(codes) - length + 1 + shift]
    return runs ^ (runs >> _FOLD)


def _terms(*codes: Codes) -> TermIds:
    ids = np.sort((np.concatenate(codes) % _BUCKETS).astype(np.int32))
    return ids[np.append(True, ids[1:] != ids[:-1])] if len(ids) else ids  # what `np.unique` does, in half the time


def words(text: str) -> list[str]:
    """Folded, lightly stemmed words and numbers in order, without function words."""
    return [word for raw in _TOKEN.findall(text) if (word := _normal(raw))]


def surface_words(text: str) -> list[tuple[str, str]]:
    """The words and numbers of `words`, each as it is written and as it is compared."""
    return [(raw, word) for raw in _TOKEN.findall(text) if (word := _normal(raw))]


def strip_outlet(title: str) -> str:
    """The headline without the outlet's name at its end, unless that leaves less than four words."""
    bare = _OUTLET.sub("", title)
    return bare if bare.count(" ") >= 3 else title


@lru_cache(maxsize=100_000)
def _normal(raw: str) -> str:
    """The form under which a word is compared, or "" for one that is not."""
    word = raw.lower()
    if not word.isascii():
        word = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
        word = word.replace("\u2019", "'")
    word = word.removesuffix("'s")
    if word in _STOP_WORDS or (len(word) == 1 and not word.isdigit()):
        return ""
    return _stem(word)


def _stem(word: str) -> str:
    """Plurals and verb forms fall together; crude, but the same for every word and every day."""
    if len(word) > 4 and not word.endswith("ss"):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word
