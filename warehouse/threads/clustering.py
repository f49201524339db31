"""Decides which stories and threads become one thread. Pure: no database and no clock.

Groups merge, the surest pair first and only with each other's best, while their score is high enough. The
score is the mean over all pairs of their stories and, for a third, that of their profiles, so one weak bridge
joins no two topics. The result depends on what is compared and not on its order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.sparse import csr_array

from warehouse.stories.documents import Floats
from warehouse.threads.crowding import unit_rows
from warehouse.threads.evidence import cannot_link, features
from warehouse.threads.link_model import LinkModel
from warehouse.threads.profiles import Profiles, Stories

JOIN_SCORE = -1.75
PROFILE_SHARE = 0.3  # the rest is the mean over the stories
NEAREST = 20  # by the vectors, and as many by the words of the titles
_COMPARED_MEMBERS = 12  # of a long thread its latest stories
_LEAST_PROFILE = -4.0  # the stories of groups whose profiles are further apart are not compared
_ROWS_AT_ONCE = 256

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Pairs of stories, by row, the lower first, that analysts keep together or apart."""

    must_link: frozenset[Pair] = frozenset()
    cannot_link: frozenset[Pair] = frozenset()


@dataclass
class Clustering:
    """Merges groups of stories; those without a moving story merge only with what one is compared with."""

    stories: Stories
    model: LinkModel
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self._pairs: dict[Pair, float] = {}
        self._apart: dict[Pair, bool] = {}

    def run(self, groups: Iterable[Sequence[int]], moving: Collection[int]) -> list[tuple[int, ...]]:
        """Returns the groups after all merges, each in ascending order of rows, sorted."""
        members = {min(group): tuple(sorted(group)) for group in groups}
        neighbours = self._candidates(members, frozenset(moving))
        self._link_at_once(members, neighbours)
        scores = self._scored(members, set(_pairs_of(neighbours)))
        while best := _mutual_best(scores):
            changed = set()
            for kept, gone in best:
                members[kept] = tuple(sorted(members[kept] + members.pop(gone)))
                _rename(neighbours, gone, kept)
                changed.add(kept)
            scores = {
                pair: score
                for pair, score in scores.items()
                if pair[0] in members
                and pair[1] in members
                and pair[0] not in changed
                and pair[1] not in changed
            }
            touched = {(min(key, other), max(key, other)) for key in changed for other in neighbours[key]}
            scores |= self._scored(members, touched)
        return sorted(members.values())

    def best_partner(self, row: int, others: Sequence[int]) -> tuple[int, float]:
        """Which of other stories a story is most surely linked with, and the log-odds of the two."""
        pairs = {other: (min(row, other), max(row, other)) for other in others}
        self._score(pairs.values())
        best = max(others, key=lambda other: (self._pairs[pairs[other]], -other))
        return best, self._pairs[pairs[best]]

    def _candidates(self, members: dict[int, tuple[int, ...]], moving: frozenset[int]) -> dict[int, set[int]]:
        """The nearest groups of each group with a moving story, by vectors, title words and instruments."""
        keys = sorted(members)
        place = {key: number for number, key in enumerate(keys)}
        compared = Profiles(stories=self.stories, groups=[members[key] for key in keys])
        active = [place[key] for key in keys if moving.intersection(members[key])]
        neighbours: dict[int, set[int]] = {key: set() for key in keys}
        titles = unit_rows(compared.title_words, self.stories.rarity)
        by_word = csr_array(titles.T)
        for start in range(0, len(active), _ROWS_AT_ONCE):
            rows = active[start : start + _ROWS_AT_ONCE]
            by_vector = np.round(compared.vectors[rows] @ compared.vectors.T, 5)
            by_title = np.round((titles[rows] @ by_word).toarray(), 5)
            for number, row in enumerate(rows):
                for nearest in (_nearest(by_vector[number], row), _nearest(by_title[number], row)):
                    for other in nearest:
                        neighbours[keys[row]].add(keys[other])
                        neighbours[keys[other]].add(keys[row])
        instruments = {key: facts.instruments for key, facts in zip(keys, compared.facts, strict=True)}
        self._add_instruments(neighbours, instruments, {keys[row] for row in active})
        self._add_rules(neighbours, members)
        return neighbours

    def _add_instruments(
        self, neighbours: dict[int, set[int]], named: dict[int, frozenset[str]], active: Collection[int]
    ) -> None:
        of: dict[str, list[int]] = {}
        for key, instruments in named.items():
            for instrument in instruments:
                of.setdefault(instrument, []).append(key)
        for keys in of.values():
            for one in keys if 1 < len(keys) <= NEAREST else ():
                if one in active:
                    for other in keys:
                        if other != one:
                            neighbours[one].add(other)
                            neighbours[other].add(one)

    def _add_rules(self, neighbours: dict[int, set[int]], members: dict[int, tuple[int, ...]]) -> None:
        group_of = {row: key for key, rows in members.items() for row in rows}
        for one, other in self.rules.must_link:
            if group_of[one] != group_of[other]:
                neighbours[group_of[one]].add(group_of[other])
                neighbours[group_of[other]].add(group_of[one])

    def _link_at_once(self, members: dict[int, tuple[int, ...]], neighbours: dict[int, set[int]]) -> None:
        """Joins what rules keep together, whatever the score."""
        for one, other in sorted(self.rules.must_link):
            ours = next(key for key, rows in members.items() if one in rows)
            theirs = next(key for key, rows in members.items() if other in rows)
            if ours != theirs:
                kept, gone = min(ours, theirs), max(ours, theirs)
                members[kept] = tuple(sorted(members[kept] + members.pop(gone)))
                _rename(neighbours, gone, kept)

    def _scored(self, members: dict[int, tuple[int, ...]], pairs: Collection[Pair]) -> dict[Pair, float]:
        """The scores of those pairs of groups that may and do merge."""
        ordered = sorted(pairs)
        if not ordered:
            return {}
        keys = sorted({key for pair in ordered for key in pair})
        place = {key: number for number, key in enumerate(keys)}
        compared = Profiles(stories=self.stories, groups=[members[key] for key in keys])
        firsts, others = (np.array([place[pair[side]] for pair in ordered], np.int64) for side in (0, 1))
        whole = self.model.log_odds(features(self.stories, compared, firsts, others))
        near = [
            (pair, score)
            for pair, score in zip(ordered, whole.tolist(), strict=True)
            if score >= _LEAST_PROFILE
        ]
        between = {pair: self._between(members[pair[0]], members[pair[1]]) for pair, _ in near}
        self._score(one for its in between.values() for one in its)
        scores = {}
        for pair, score in near:
            mean = sum(self._pairs[one] for one in between[pair]) / len(between[pair])
            both = round(PROFILE_SHARE * score + (1 - PROFILE_SHARE) * mean, 4)
            if both >= JOIN_SCORE and not self._are_apart(members[pair[0]], members[pair[1]]):
                scores[pair] = both
        return scores

    def _between(self, ours: Sequence[int], theirs: Sequence[int]) -> list[Pair]:
        def latest(rows: Sequence[int]) -> list[int]:
            return sorted(rows, key=lambda row: (-self.stories.facts[row].last_day, row))[:_COMPARED_MEMBERS]

        return [(min(one, other), max(one, other)) for one, other in product(latest(ours), latest(theirs))]

    def _score(self, wanted: Iterable[Pair]) -> None:
        """Scores pairs of stories that were not scored yet."""
        pairs = sorted(set(wanted) - self._pairs.keys())
        if not pairs:
            return
        rows = sorted({row for pair in pairs for row in pair})
        place = {row: number for number, row in enumerate(rows)}
        compared = Profiles(stories=self.stories, groups=[(row,) for row in rows])
        firsts, others = (np.array([place[pair[side]] for pair in pairs], np.int64) for side in (0, 1))
        found = self.model.log_odds(features(self.stories, compared, firsts, others))
        self._pairs |= dict(zip(pairs, found.tolist(), strict=True))

    def _are_apart(self, ours: Sequence[int], theirs: Sequence[int]) -> bool:
        for one, other in product(ours, theirs):
            pair = (min(one, other), max(one, other))
            if pair not in self._apart:
                self._apart[pair] = pair in self.rules.cannot_link or cannot_link(self.stories, *pair)
            if self._apart[pair]:
                return True
        return False


def _pairs_of(neighbours: dict[int, set[int]]) -> Iterable[Pair]:
    return ((key, other) for key, others in neighbours.items() for other in others if key < other)


def _rename(neighbours: dict[int, set[int]], gone: int, kept: int) -> None:
    """The neighbours of a group that joined another are neighbours of that one."""
    for other in neighbours.pop(gone):
        neighbours[other].discard(gone)
        if other != kept:
            neighbours[other].add(kept)
            neighbours[kept].add(other)


def _mutual_best(scores: dict[Pair, float]) -> list[Pair]:
    """The pairs in which each is the best of the other; of equal ones the older group."""
    best: dict[int, tuple[float, int]] = {}
    for (one, other), score in scores.items():
        for key, partner in ((one, other), (other, one)):
            best[key] = max(best.get(key, (score, -partner)), (score, -partner))
    return sorted(
        pair
        for pair, score in scores.items()
        if best[pair[0]] == (score, -pair[1]) and best[pair[1]] == (score, -pair[0])
    )


def _nearest(similarities: Floats, itself: int) -> list[int]:
    """The places of the highest; what is as near as the last of them counts too, so order leaves no trace."""
    similarities = similarities.copy()
    similarities[itself] = -1.0
    if len(similarities) <= NEAREST:
        return [number for number in range(len(similarities)) if number != itself]
    least = max(float(np.partition(similarities, -NEAREST)[-NEAREST]), 1e-4)
    found: list[int] = np.flatnonzero(similarities >= least).tolist()
    return found[: 2 * NEAREST]
