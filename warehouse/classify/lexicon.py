"""Finds weighted cues in texts and adds them up by concept. Knows neither desks nor topics, only words.

A cue is one or more words: `*` ends a word early, `(a|b)` stands for either, a capital anywhere makes it case-sensitive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
NamesByKind = Mapping[str, Sequence[str]]

SUMMARY_CHARS = 600  # what follows is the page's foot more often than the article's point
SCORE_CAP = 6.0  # a concept said five times over is said
WEIGHTS = {"decisive": 3.0, "strong": 2.0, "plain": 1.0, "weak": 0.5}
TITLE_FACTOR = 1.5
_WORD = re.compile(r"[^\W_]+(?:[.'’&][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_INITIALS = re.compile(r"(?:\w\.)+\w")


@dataclass(frozen=True, slots=True)
class Cue:
    """One reading of a cue: the words it is found by, and how much it says for its concept (by number)."""

    concept: int
    weight: float
    words: tuple[str, ...]
    cased: bool
    shown: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What cues say of texts: scores of titles and of whole texts (text by concept), and the cues that made them."""

    title: Scores
    total: Scores
    found: list[list[Cue]]


class Lexicon:
    """The cues of some concepts. A concept's `names` take in the gazetteer's names of a kind, at the strength given."""

    def __init__(self, concepts: Mapping[str, Any], names: NamesByKind) -> None:
        """ValueError if a concept asks for names of a kind or at a strength that there is not."""
        self.concepts: tuple[str, ...] = tuple(concepts)
        self._cues = list(_cues(concepts, names))
        self._index = _index(self._cues)
        self._find = lru_cache(maxsize=50_000)(self._starting_with)

    def read(self, texts: Iterable[tuple[str, str]]) -> Reading:
        """The reading of (title, summary) pairs. A cue counts once a text, half as much again in the title."""
        pairs = list(texts)
        title = np.zeros((len(pairs), len(self.concepts)))
        total = np.zeros_like(title)
        found: list[list[Cue]] = []
        for row, (headline, summary) in enumerate(pairs):
            seen: dict[int, Cue] = {}
            for number in self._matches(headline):
                cue = self._cues[number]
                if number not in seen:
                    seen[number] = cue
                    title[row, cue.concept] += cue.weight
                    total[row, cue.concept] += cue.weight * TITLE_FACTOR
            for number in self._matches(summary[:SUMMARY_CHARS]):
                cue = self._cues[number]
                if number not in seen:
                    seen[number] = cue
                    total[row, cue.concept] += cue.weight
            found.append(list(seen.values()))
        return Reading(np.minimum(title, SCORE_CAP), np.minimum(total, SCORE_CAP), found)

    def _matches(self, text: str) -> Iterator[int]:
        cased = _words(text)
        lower = [word.lower() for word in cased]
        following = [*zip(cased[1:], lower[1:], strict=True), ("", "")]
        for start, word in enumerate(cased):
            alone, runs = self._find(word)
            yield from alone
            if not runs:
                continue
            # A cue's second word is settled by a look-up: comparing every cue that starts alike took half the time.
            for second in following[start]:
                for number in runs.get(second, ()):
                    cue = self._cues[number]
                    if _follows(cue, cased if cue.cased else lower, start):
                        yield number
            for number in runs.get("*", ()):
                cue = self._cues[number]
                if _follows(cue, cased if cue.cased else lower, start):
                    yield number

    def _starting_with(self, word: str) -> tuple[tuple[int, ...], dict[str, list[int]]]:
        """Cues of one word that this word is, and cues of several by their second word ("*" where that is cut short)."""
        lower = word.lower()
        numbers: list[int] = []
        for form, cased in ((word, True), (lower, False)):
            for size in range(1, len(form) + 1):
                numbers += self._index.get((form[:size] + "*", cased), ())
            numbers += self._index.get((form, cased), ())
        runs: dict[str, list[int]] = {}
        for number in numbers:
            words = self._cues[number].words
            if len(words) > 1:
                runs.setdefault("*" if words[1][-1] == "*" else words[1], []).append(number)
        return tuple(number for number in numbers if len(self._cues[number].words) == 1), runs


def _words(text: str) -> list[str]:
    words = _WORD.findall(text)
    return [_plain(word) if not word.isalnum() else word for word in words]


def _plain(word: str) -> str:
    word = _POSSESSIVE.sub("", word)
    return word.replace(".", "") if _INITIALS.fullmatch(word) else word


def _follows(cue: Cue, words: list[str], start: int) -> bool:
    if start + len(cue.words) > len(words):
        return False
    for offset, wanted in enumerate(cue.words[1:], start=start + 1):
        if wanted[-1] == "*":
            if not words[offset].startswith(wanted[:-1]):
                return False
        elif words[offset] != wanted:
            return False
    return True


def _cues(concepts: Mapping[str, Any], names: NamesByKind) -> Iterator[Cue]:
    for place, table in enumerate(concepts.values()):
        written = [(cue, weight) for strength, weight in WEIGHTS.items() for cue in table.get(strength, ())]
        for kind, strength in table.get("names", {}).items():
            if kind not in names or strength not in WEIGHTS:
                raise ValueError(f"names of kind {kind!r} at strength {strength!r}: there is no such kind or strength")
            written += [(name, WEIGHTS[strength]) for name in names[kind]]
        done: set[tuple[str, ...]] = set()
        for cue, weight in written:
            for words in _readings(cue):
                if words not in done:
                    done.add(words)
                    cased = any(word != word.lower() for word in words)
                    yield Cue(place, weight, words, cased, " ".join(words))


def _readings(written: str) -> Iterator[tuple[str, ...]]:
    """Every word sequence that a cue as written stands for: "(a|b) c*" is "a c*" and "b c*"."""
    parts = re.split(r"\(([^()]*)\)", written)
    options = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    for chosen in product(*options):
        words = tuple(_plain(word) for word in re.findall(r"[^\W_][\w.'’&]*\*?", "".join(chosen)))
        if words:
            yield words


def _index(cues: Iterable[Cue]) -> dict[tuple[str, bool], list[int]]:
    index: dict[tuple[str, bool], list[int]] = {}
    for number, cue in enumerate(cues):
        index.setdefault((cue.words[0], cue.cased), []).append(number)
    return index
