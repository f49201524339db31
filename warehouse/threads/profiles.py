"""What is known of stories, and of threads as the stories they join, one row each. Pure.

A thread is compared as one profile: of its terms and names those that at least a third of its stories have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from warehouse.rounding import six_decimals
from warehouse.stories.documents import Floats, Vectors
from warehouse.threads.crowding import Crowding

CORE_SHARE = 0.34
# Stories without any term or name that frequencies start from, as for the grouping: among the first fifty
# stories what two of them say is not half common, and what was linked then stays linked.
_PRIOR = 200

Names = frozenset[str]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFacts:
    """What a story says of itself beyond its words.

    `firms`, `places` and `bodies` are named in a title, `named` anywhere. `instruments` are "kind number".
    `cited_days` and `published_days` are of documents of an official register; `is_step`: the title of one
    says that it corrects, extends or ends another.
    """

    story_id: int
    first_day: float
    last_day: float
    is_register: bool = False
    is_list_round: bool = False
    is_step: bool = False
    firms: Names = frozenset()
    places: Names = frozenset()
    bodies: Names = frozenset()
    named: Names = frozenset()
    instruments: Names = frozenset()
    cited_days: frozenset[date] = frozenset()
    published_days: frozenset[date] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Stories:
    """Stories in order of their ids. Of each matrix an entry is 1 where a text of the story has the term."""

    facts: Sequence[StoryFacts]
    vectors: Vectors
    title_words: csr_array
    title_terms: csr_array
    terms: csr_array

    def __len__(self) -> int:
        return len(self.facts)

    @cached_property
    def rarity(self) -> Floats:
        """The idf of each term among these stories, as a share of the highest."""
        counts = np.bincount(self.terms.indices, minlength=self.terms.shape[1])
        return six_decimals(np.maximum(self._shares_of_highest(counts), 0))

    @cached_property
    def lengths(self) -> Floats:
        """The weight of all terms of each story: long texts share many by chance."""
        squares = csr_array(self.terms)
        squares.data = squares.data * self.rarity[squares.indices] ** 2
        return six_decimals(np.sqrt(np.asarray(squares.sum(axis=1), np.float64).ravel()))

    @cached_property
    def crowding(self) -> Crowding:
        """How crowded the news around each story is."""
        return Crowding(self.terms, self.rarity, np.array([facts.first_day for facts in self.facts]))

    @cached_property
    def name_rarity(self) -> dict[str, float]:
        """The same of names and instruments."""
        counts = Counter(name for facts in self.facts for name in facts.named | facts.instruments)
        found = self._shares_of_highest(np.array(list(counts.values()), np.int64))
        return dict(zip(counts, six_decimals(found).tolist(), strict=True))

    def _shares_of_highest(self, counts: npt.NDArray[np.int64]) -> Floats:
        known = len(self) + _PRIOR + 1
        shares: Floats = np.log(known / (counts + 0.5)) / np.log(known / 0.5)
        return shares


@dataclass(frozen=True, kw_only=True)
class Profiles:
    """Groups of stories as they are compared, one row a group; each figure is made when it is asked for."""

    stories: Stories
    groups: Sequence[tuple[int, ...]]  # rows of the stories of each

    @cached_property
    def facts(self) -> list[StoryFacts]:
        """What each group says of itself."""
        return [_facts([self.stories.facts[row] for row in group]) for group in self.groups]

    @cached_property
    def vectors(self) -> Vectors:
        """Unit vectors, the mean of those of the stories."""
        means: Vectors = self._shares @ self.stories.vectors
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        return means

    @cached_property
    def title_words(self) -> csr_array:
        """1 where a third of the stories have the word in a title."""
        return _core(self._shares @ self.stories.title_words)

    @cached_property
    def title_terms(self) -> csr_array:
        """The same of words and pairs of words."""
        return _core(self._shares @ self.stories.title_terms)

    @cached_property
    def terms(self) -> csr_array:
        """The same of all terms of the texts."""
        return _core(self._shares @ self.stories.terms)

    @cached_property
    def lengths(self) -> Floats:
        """Of its stories in the mean."""
        means: Floats = self._shares @ self.stories.lengths
        return means

    @cached_property
    def crowding(self) -> Floats:
        """Of its stories in the mean."""
        sizes, rows, ends = self._layout
        sums: Floats = np.add.reduceat(self.stories.crowding.of(rows), ends[:-1])
        return sums / sizes

    @cached_property
    def _layout(self) -> tuple[Rows, Rows, Rows]:
        sizes = np.array([len(group) for group in self.groups], np.int64)
        rows = np.array([row for group in self.groups for row in group], np.int64)
        return sizes, rows, np.concatenate([[0], np.cumsum(sizes)])

    @cached_property
    def _shares(self) -> csr_array:
        sizes, rows, ends = self._layout
        entries = (np.repeat(1 / sizes, sizes), rows, ends)
        return csr_array(entries, shape=(len(self.groups), len(self.stories)))


def _core(shares: csr_array) -> csr_array:
    core = csr_array(shares)
    core.data = (core.data >= CORE_SHARE).astype(np.float64)
    core.eliminate_zeros()
    core.sort_indices()
    return core


def _facts(members: Sequence[StoryFacts]) -> StoryFacts:
    if len(members) == 1:
        return members[0]
    return StoryFacts(
        story_id=min(one.story_id for one in members),
        first_day=min(one.first_day for one in members),
        last_day=max(one.last_day for one in members),
        is_register=2 * sum(one.is_register for one in members) > len(members),
        firms=_core_names(one.firms for one in members),
        places=_core_names(one.places for one in members),
        bodies=_core_names(one.bodies for one in members),
        named=_core_names(one.named for one in members),
        instruments=frozenset().union(*(one.instruments for one in members)),
        cited_days=frozenset().union(*(one.cited_days for one in members)),
        published_days=frozenset().union(*(one.published_days for one in members)),
    )


def _core_names(members: Iterable[Names]) -> Names:
    sets = list(members)
    counts = Counter(name for names in sets for name in names)
    return frozenset(name for name, count in counts.items() if count >= CORE_SHARE * len(sets))
