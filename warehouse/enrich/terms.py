"""Words that tell events apart: a text's terms, numbers and shingles. Pure and language-neutral; knows no document but its own."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from dataclasses import dataclass
from math import log

# A number keeps its separators ("1.2", "7-15" is two numbers); a word keeps an inner apostrophe.
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
# " | WTOP", " - The Boston Globe", " — Reuters": the outlet's name after the last bar or spaced dash of a headline.
_OUTLET = re.compile(r"\s*(?:\s[-–—|]\s|\s?\|\s?)([^-–—|]{2,40})$")
# "(Meridian Wire) -", "(Reuters) –": a dateline opens a syndicated text and is no part of what it tells.
_DATELINE = re.compile(r"^[^()]{0,60}\([^()]{2,40}\)\s*[-–—]+\s*")
_STOP_WORDS = frozenset(
    "a about after against all also am amid an and any are as at be been before between but by can could did do does "
    "down during for from had has have he her here his how if in into is it its just like may more most not of off on "
    "or other our out over per s said say says she should so some such t than that the their them then there these "
    "they this those through to under until up us via was we were what when where which while who why will with would "
    "you your".split()
)
_ENDINGS = ("ing", "ied", "ies", "ed", "es", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is compared of a document: term weights (1 + log of the count), headline terms, numbers, and text shingles."""

    weights: dict[str, float]
    headline: tuple[str, ...]
    numbers: frozenset[str]
    shingles: frozenset[int]


def read_terms(title: str, text: str, *, lead_chars: int, title_weight: float) -> Terms:
    """The terms of a title and of the first `lead_chars` characters of a text; a title term counts `title_weight` times."""
    bare = strip_outlet(title)
    headline = tokens(bare)
    lead = tokens(text[:lead_chars])
    counts: Counter[str] = Counter()
    for token in headline:
        counts[token] += title_weight  # type: ignore[assignment]
    counts.update(lead)
    return Terms(
        weights={token: 1 + log(count) for token, count in counts.items()},
        headline=tuple(dict.fromkeys(headline)),
        numbers=frozenset(token for token in counts if token[0].isdigit()),
        shingles=_shingles(tokens(strip_dateline(text))),
    )


def tokens(text: str) -> list[str]:
    """Folded, lightly stemmed words and numbers in order, without function words."""
    found = []
    for raw in _TOKEN.findall(text):
        word = _fold(raw)
        if word not in _STOP_WORDS and (len(word) > 1 or word.isdigit()):
            found.append(_stem(word))
    return found


def strip_outlet(title: str) -> str:
    """The headline without the outlet's name that aggregators append, unless little would remain."""
    match = _OUTLET.search(title)
    return title[: match.start()] if match and match.start() >= 20 else title


def strip_dateline(text: str) -> str:
    """The text without the place and agency that open a syndicated story."""
    return _DATELINE.sub("", text, count=1)


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower()) if not word.isascii() else word.lower()
    plain = "".join(char for char in plain if not unicodedata.combining(char)).replace("’", "'")
    return plain.removesuffix("'s")


def _stem(word: str) -> str:
    """Plurals and verb forms fall together; crude, but the same for every word and every day."""
    if len(word) > 4 and not word.endswith("ss"):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word


def _shingles(words: list[str]) -> frozenset[int]:
    return frozenset(zlib.crc32(" ".join(triple).encode()) for triple in zip(words, words[1:], words[2:], strict=False))
