"""Finds weighted terms in texts and adds up their weights by concept.

A term is one or more words: `*` stands for any ending of a word, `(a|b)` for either spelling, a capital makes
the term case-sensitive. A term of [company] counts only with one of its words in the same text.

A rule of taxonomy.toml is a condition on the scores of concepts, and what it adds where it applies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

Scores = NDArray[np.float64]
NamesByKind = Mapping[str, Sequence[str]]

SUMMARY_CHARS = 600  # later text is more often the foot of a page than the point of an article
SCORE_CAP = 6.0  # more terms of one concept say nothing new
WEIGHTS = {"decisive": 3.0, "strong": 2.0, "plain": 1.0, "weak": 0.5}
TITLE_FACTOR = 1.5
_WORD = re.compile(r"[^\W_]+(?:[.'’&][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_INITIALS = re.compile(r"(?:\w\.)+\w")


@dataclass(frozen=True, slots=True)
class Term:
    """One spelling of a term, lower case unless case-sensitive, with its concept (a number) and weight."""

    concept: int
    weight: float
    spelling: str


@dataclass(frozen=True, slots=True)
class Matches:
    """The scores of titles and of whole texts (text by concept), and the terms found in each text."""

    title: Scores
    total: Scores
    found: list[list[Term]]


class Lexicon:
    """The terms of concepts.

    `names` of a concept adds the gazetteer's names of a kind, at the given strength. A term that is a key of
    `company` counts only in texts with one of the words given for it.
    """

    def __init__(
        self, concepts: Mapping[str, Any], names: NamesByKind, company: Mapping[str, Sequence[str]]
    ) -> None:
        """Raises ValueError if a concept asks for an unknown kind or strength of names."""
        self.concepts: tuple[str, ...] = tuple(concepts)
        terms = list(_terms(concepts, names))
        self._company = {spelling: _any_of(words) for spelling, words in company.items()}
        self._case_sensitive = _Automaton([term for term in terms if term.spelling != term.spelling.lower()])
        self._any_case = _Automaton([term for term in terms if term.spelling == term.spelling.lower()])

    def match(self, texts: Sequence[tuple[str, str]]) -> Matches:
        """Returns the matches in (title, summary) pairs.

        A term counts once per text, half as much again in the title.
        """
        title = np.zeros((len(texts), len(self.concepts)))
        total = np.zeros_like(title)
        found = []
        for row, (headline, summary) in enumerate(texts):
            in_title = dict.fromkeys(self._find(headline))
            in_text = in_title | dict.fromkeys(self._find(summary[:SUMMARY_CHARS]))
            if alone := {term for term in in_text if self._is_alone(term, headline, summary)}:
                in_title = {term: None for term in in_title if term not in alone}
                in_text = {term: None for term in in_text if term not in alone}
            for term in in_text:
                total[row, term.concept] += term.weight * TITLE_FACTOR if term in in_title else term.weight
            for term in in_title:
                title[row, term.concept] += term.weight
            found.append(list(in_text))
        return Matches(np.minimum(title, SCORE_CAP), np.minimum(total, SCORE_CAP), found)

    def _is_alone(self, term: Term, headline: str, summary: str) -> bool:
        company = self._company.get(term.spelling)
        return company is not None and not company.search(f"{headline} {summary[:SUMMARY_CHARS]}")

    def _find(self, text: str) -> list[Term]:
        """Returns the terms of a text in the order in which they begin."""
        words = f" {' '.join(map(_plain_word, _WORD.findall(text)))} "
        matches = [*self._case_sensitive.find(words), *self._any_case.find(words.lower())]
        matches.sort(key=lambda match: match[0])
        return [term for _, term in matches]


class _Automaton:
    """Finds all of its terms in one pass over words that single spaces surround."""

    def __init__(self, terms: Iterable[Term]) -> None:
        by_start: dict[str, list[tuple[Term, re.Pattern[str] | None]]] = {}
        for term in terms:
            start, _, rest = f" {term.spelling} ".partition("*")
            # The automaton has no wildcards: a term with one inside is compared where its start matches.
            whole = re.escape(f" {term.spelling}").replace(r"\*", "[^ ]*") + (
                " " if term.spelling[-1] != "*" else ""
            )
            by_start.setdefault(start, []).append((term, re.compile(whole) if rest.strip() else None))
        self._terms = list(by_start.values())
        self._automaton = AhoCorasick(list(by_start))

    def find(self, words: str) -> Iterator[tuple[int, Term]]:
        for number, start, _ in self._automaton.find_matches_as_indexes(words, overlapping=True):
            for term, whole in self._terms[number]:
                if whole is None or whole.match(words, start):
                    yield start, term


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Returns a pattern of whole words in any case, `*` being any ending."""
    written = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?<!\w)(?:{written})(?!\w)", re.IGNORECASE)


def _plain_word(word: str) -> str:
    """Returns a word without a possessive ending, and initials without their dots."""
    if word.isalnum():
        return word
    word = _POSSESSIVE.sub("", word)
    return word.replace(".", "") if _INITIALS.fullmatch(word) else word


def _terms(concepts: Mapping[str, Any], names: NamesByKind) -> Iterator[Term]:
    for number, table in enumerate(concepts.values()):
        weights: dict[str, float] = {}
        for strength, weight in WEIGHTS.items():
            for written in table.get(strength, ()):
                for spelling in _spellings(written):
                    weights.setdefault(spelling, weight)
        for kind, strength in table.get("names", {}).items():
            if kind not in names or strength not in WEIGHTS:
                raise ValueError(
                    f"names of kind {kind!r} at strength {strength!r}: there is no such kind or strength"
                )
            for name in names[kind]:
                for spelling in _spellings(name):
                    weights.setdefault(spelling, WEIGHTS[strength])
        yield from (Term(number, weight, spelling) for spelling, weight in weights.items())


def _spellings(written: str) -> Iterator[str]:
    """Yields every spelling of a term as written: "a c*" and "b c*" for "(a|b) c*"."""
    parts = re.split(r"\(([^()]*)\)", written)
    options = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    for chosen in product(*options):
        words = [_plain_word(word) for word in re.findall(r"[^\W_][\w.'’&]*\*?", "".join(chosen))]
        if words:
            yield " ".join(words)


_Condition = tuple[bool, int, float]  # title only, concept number, least score
_CONDITION = re.compile(r"(?P<title>title\.)?(?P<concept>\w+)(?:>=(?P<least>[\d.]+))?")
_ANY_SCORE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule shifts log-odds, or adds the secondary `desk` to texts whose primary desk is `primary`."""

    reason: str
    all: tuple[_Condition, ...]
    any: tuple[_Condition, ...]
    none: tuple[_Condition, ...]
    source_kinds: frozenset[str]
    shift: Scores
    primary: str
    desk: str


def read_rule(table: Mapping[str, Any], concepts: Sequence[str], labels: Sequence[str]) -> Rule:
    """Returns the rule of a table. Raises ValueError if it names an unknown concept or desk."""
    all_, any_, none = (
        tuple(_condition(written, concepts) for written in table.get(key, ()))
        for key in ("all", "any", "none")
    )
    shift, primary, desk = table.get("shift", {}), table.get("primary", ""), table.get("desk", "")
    if unknown := {*shift, primary, desk} - {*labels, ""}:
        raise ValueError(f"the rule {table['reason']!r} names {min(unknown)!r}, which is no desk")
    return Rule(
        reason=table["reason"],
        all=all_,
        any=any_,
        none=none,
        source_kinds=frozenset(table.get("kinds", ())),
        shift=np.array([float(shift.get(label, 0.0)) for label in labels]),
        primary=primary,
        desk=desk,
    )


def applies(rule: Rule, matches: Matches, source_kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Returns for each text whether the rule applies to it."""

    def holds(condition: _Condition) -> NDArray[np.bool_]:
        title_only, concept, least = condition
        return np.asarray((matches.title if title_only else matches.total)[:, concept] >= least)

    rows = np.ones(len(source_kinds), dtype=np.bool_)
    for condition in rule.all:
        rows &= holds(condition)
    if rule.any:
        rows &= np.logical_or.reduce([holds(condition) for condition in rule.any])
    for condition in rule.none:
        rows &= ~holds(condition)
    if rule.source_kinds:
        rows &= np.array([kind in rule.source_kinds for kind in source_kinds], dtype=np.bool_)
    return rows


def _condition(written: str, concepts: Sequence[str]) -> _Condition:
    match = _CONDITION.fullmatch(written)
    if match is None or match["concept"] not in concepts:
        raise ValueError(f"the condition {written!r} names no concept of the taxonomy")
    return bool(match["title"]), concepts.index(match["concept"]), float(match["least"] or _ANY_SCORE)
