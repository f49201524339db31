"""Decides which story each document belongs to, one after the other. Pure: no database, clock or model.

A decision depends on the documents before it and on nothing else, so neither a restart nor
the batch size changes a story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.rounding import six_decimals
from warehouse.stories.constraints import Constraints
from warehouse.stories.copies import (
    are_copies,
    are_different_events,
    have_same_headline,
    may_be_different_events,
    repeat_openings,
)
from warehouse.stories.documents import (
    Document,
    DocumentColumns,
    DocumentPairs,
    Documents,
    Floats,
    columns_of,
)
from warehouse.stories.neighbours import NearestNeighbours
from warehouse.stories.similarity import PairSimilarity

_BLOCK = 256  # documents that are compared with those before them by one matrix product


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What decisions depend on: one set for every corpus. The evidence is in docs/decisions/0003 and 0011."""

    # Two documents.
    word_weight: float = 0.7  # weight of shared words beside the cosine of the vectors, whose weight is 1
    background_share: float = 0.5  # share of the cosine that any two documents have, which does not count
    decay_per_day: float = 0.03  # what each day between two documents takes from their similarity
    # A document and a story.
    nearest_share: float = (
        0.4  # share of the nearest member in a story's score; the rest is the mean of all members
    )
    join_score: float = 0.37  # from this score on a document joins
    # Two stories, and a document that fits both.
    merge_score: float = 0.36  # from this score on two stories become one
    window_days: float = 21.0  # 1 - 21 * 0.03 = 0.37: what is further away cannot reach `join_score`


PARAMETERS = Parameters()

# Limits on work, not on meaning: higher ones change no story of the labelled corpora.
_MEMBERS = 50  # a document is compared with so many latest members of a story inside the window
_MERGE_MEMBERS = 20  # two stories are compared by so many members each
_TERMS_AT_ONCE = (
    1 << 20
)  # terms of neighbours that are compared at once: about 40 MB, however long the texts are


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The story of an article.

    `similarity` (0 to 1) is the score it joined with; it is 1 for the first article of a story, for copies
    and under a must-link constraint. `is_compared`: whether later articles are compared with it, which they
    are not with one that opens as another does. `merged` are stories that it showed to be the same: all their
    articles are in `story_id` now.
    """

    article_id: int
    story_id: int
    similarity: float
    copy_of: int | None
    is_compared: bool
    founded: bool
    merged: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Comparison:
    """A document compared with others, by their rows."""

    similarities: dict[int, float]
    maybe_different: set[int]  # those for which `are_different_events` may be true
    copies: list[int]  # those that have the same text, in order
    opens_alike: list[int]  # those that have the same opening, in order


class StoryIndex:
    """The documents that can still be joined, in order of assignment, with their stories: 3 kB each."""

    def __init__(
        self,
        *,
        new_story_id: Callable[[int], int],
        parameters: Parameters = PARAMETERS,
        constraints: Constraints | None = None,
    ) -> None:
        """`new_story_id` makes the id of a story from the id of its first article."""
        self._new_story_id = new_story_id
        self._parameters = parameters
        self._constraints = constraints or Constraints()
        self._documents = Documents()
        self._nearest = NearestNeighbours(self._documents, parameters.window_days)
        self._similarity = PairSimilarity(
            self._documents,
            word_weight=parameters.word_weight,
            background_share=parameters.background_share,
            decay_per_day=parameters.decay_per_day,
        )
        self._story_of: list[int] = []
        # Rows of the members that are compared: not those that open as another, and no round-ups.
        self._members: dict[int, list[int]] = {}
        self._age: dict[int, int] = {}  # stories in the order in which they were founded
        self._original_id: list[int] = []  # the article a row repeats, or its own
        self._founded = 0

    def __len__(self) -> int:
        return len(self._documents)

    def assign(self, document: Document) -> Assignment:
        """Joins the document to the story it fits best, or founds one, and remembers it."""
        return self.assign_all([document])[0]

    def assign_all(self, documents: Sequence[Document]) -> list[Assignment]:
        """Assigns documents in the given order, as `assign` does one by one, but faster."""
        assignments = []
        for start in range(0, len(documents), _BLOCK):
            block = documents[start : start + _BLOCK]
            first = self._documents.add(columns_of(block))
            for place, (document, found) in enumerate(
                zip(block, self._compare_with_neighbours(first), strict=True)
            ):
                assignments.append(self._decide(document, first + place, found))
        return assignments

    def restore(
        self,
        columns: DocumentColumns,
        story_ids: Sequence[int],
        copies_of: Sequence[int | None],
        compared: Sequence[bool],
        *,
        ages: Mapping[int, int],
        founded: int,
        counted: int,
    ) -> None:
        """Adds documents that were assigned before, in order of assignment. Call before any `assign`.

        Needed are all documents within `window_days` of any that will be assigned, and the latest `counted`
        of all, which are `similarity.RECENT_DOCUMENTS` if there are so many. `ages` has the number of each of
        their stories among the `founded` ones.
        """
        first = self._documents.add(columns)
        self._similarity.begin(len(self) - counted)
        self._age.update(ages)
        self._founded = founded
        for place, decided in enumerate(zip(story_ids, copies_of, compared, strict=True)):
            self._remember(first + place, *decided)

    def _compare_with_neighbours(self, first: int) -> Iterator[_Comparison]:
        """Compares each document from the row `first` with its nearest before it."""
        pairs, cosines = self._nearest.before(first)
        for part, where in pairs.parts(self._documents.terms["all"].sizes(pairs.others), _TERMS_AT_ONCE):
            yield from self._compare(part, cosines[where])

    def _compare(self, pairs: DocumentPairs, cosines: Floats) -> Iterator[_Comparison]:
        """Compares the first documents of pairs with their others; many at once, as no story matters."""
        shared_words = self._similarity.shared_words(pairs)
        similarities = self._similarity.of(pairs, cosines, shared_words)
        same_headline = have_same_headline(self._documents, pairs)
        opens_alike = repeat_openings(self._documents, pairs, cosines, shared_words, same_headline)
        copies = are_copies(self._documents, pairs, cosines, same_headline, opens_alike)
        maybe_different = may_be_different_events(self._documents, pairs, same_headline)
        ends = pairs.sizes.cumsum().tolist()
        for start, end in zip([0, *ends], ends, strict=False):
            some = slice(start, end)
            others = pairs.others[some]
            yield _Comparison(
                similarities=dict(zip(others.tolist(), similarities[some].tolist(), strict=True)),
                maybe_different=set(others[maybe_different[some]].tolist()),
                copies=others[copies[some]].tolist(),
                opens_alike=others[opens_alike[some]].tolist(),
            )

    def _decide(self, document: Document, row: int, found: _Comparison) -> Assignment:
        article_id = document.article_id
        allows = self._constraints.allows
        copies, alike = (
            [other for other in rows if allows(article_id, self._story_of[other])]
            for rows in (found.copies, found.opens_alike)
        )
        story_id, similarity = self._constraints.required(article_id), 1.0
        merged: tuple[int, ...] = ()
        if alike:
            story_id = self._story_of[alike[0]]
        elif story_id is None and not document.is_roundup:
            story_id, similarity, merged = self._best_story(row, found)
        if story_id is None and copies:
            story_id = self._story_of[copies[0]]
        original = next((other for other in copies if self._story_of[other] in (story_id, *merged)), None)
        founded = story_id is None
        if story_id is None:
            story_id = self._new_story_id(article_id)
            self._age[story_id] = self._founded
            self._founded += 1
        copy_of = None if original is None else self._original_id[original]
        self._remember(row, story_id, copy_of, not alike)
        for other in merged:
            self._merge(other, story_id)
        return Assignment(
            article_id=article_id,
            story_id=story_id,
            similarity=similarity,
            copy_of=copy_of,
            is_compared=not alike,
            founded=founded,
            merged=merged,
        )

    def _best_story(self, row: int, found: _Comparison) -> tuple[int | None, float, tuple[int, ...]]:
        """Returns the story to join, its score, and stories equal to it; None if no score is high enough."""
        # No story's score is above its nearest member's: stories without a neighbour at
        # `join_score` need no comparison.
        join_score, article_id = self._parameters.join_score, self._documents.article_ids[row]
        near = [other for other, similarity in found.similarities.items() if similarity >= join_score]
        candidates = [
            (story, members)
            for story in dict.fromkeys(self._story_of[other] for other in near)
            if self._constraints.allows(article_id, story)
            and (members := self._latest_members(row, story, _MEMBERS))
        ]
        if not candidates:
            return None, 1.0, ()
        self._compare_missing(row, [member for _, members in candidates for member in members], found)
        scores = self._scores(
            [[found.similarities[member] for member in members] for _, members in candidates]
        )
        best_first = sorted(
            zip(scores, candidates, strict=True), key=lambda scored: (-scored[0], self._age[scored[1][0]])
        )
        fitting = [
            (story, score)
            for score, (story, members) in best_first
            if score >= join_score and not self._is_different_event(row, members, found)
        ]
        if not fitting:
            return None, 1.0, ()
        best_story, score = fitting[0]
        same = [
            best_story,
            *(other for other, _ in fitting[1:] if self._are_one_event(row, best_story, other)),
        ]
        oldest = min(same, key=self._age.__getitem__)
        return oldest, min(max(score, 0.0), 1.0), tuple(story for story in same if story != oldest)

    def _compare_missing(self, row: int, members: list[int], found: _Comparison) -> None:
        """Compares a document with those members that are not among its neighbours."""
        missing = [member for member in members if member not in found.similarities]
        if missing:
            (compared,) = self._compare_all(row, [row], missing)
            found.similarities |= compared.similarities
            found.maybe_different |= compared.maybe_different

    def _compare_all(self, moment: int, rows: list[int], others: list[int]) -> Iterator[_Comparison]:
        """Compares each of the rows with all the others, as of the arrival of the document `moment`."""
        pairs = DocumentPairs(
            moments=np.full(len(rows), moment),
            rows=np.array(rows),
            sizes=np.full(len(rows), len(others)),
            others=np.array(others * len(rows)),
        )
        return self._compare(pairs, self._documents.cosines(pairs))

    def _scores(self, groups: Sequence[Sequence[float]]) -> list[float]:
        """Returns how well a document fits each group with these similarities: the nearest and the mean."""
        nearest_share = self._parameters.nearest_share
        sizes = np.array([len(group) for group in groups])
        starts = sizes.cumsum() - sizes
        pairs = np.array([similarity for group in groups for similarity in group])
        scores = nearest_share * np.maximum.reduceat(pairs, starts)
        scores += (1 - nearest_share) * np.add.reduceat(pairs, starts) / sizes
        return list(six_decimals(scores).tolist())

    def _are_one_event(self, row: int, story: int, other: int) -> bool:
        """Returns whether two stories that one document fits reach `merge_score` by their mean scores."""
        if self._constraints.keep_apart(story, other):
            return False
        members, others = (self._latest_members(row, one, _MERGE_MEMBERS) for one in (story, other))
        compared = list(self._compare_all(row, members, others))
        scores = self._scores([list(found.similarities.values()) for found in compared])
        return round(float(np.mean(scores)), 6) >= self._parameters.merge_score and not any(
            self._is_different_event(member, others, found)
            for member, found in zip(members, compared, strict=True)
        )

    def _is_different_event(self, row: int, members: list[int], found: _Comparison) -> bool:
        return any(
            member in found.maybe_different and are_different_events(self._documents, row, member)
            for member in members
        )

    def _latest_members(self, row: int, story: int, limit: int) -> list[int]:
        """The latest members of a story inside the window of a document."""
        members = np.array(self._members[story], np.int64)
        days = self._documents.days
        latest: list[int] = members[np.abs(days[members] - days[row]) <= self._parameters.window_days][
            -limit:
        ].tolist()
        return latest

    def _merge(self, story: int, into: int) -> None:
        for row, story_id in enumerate(self._story_of):
            if story_id == story:
                self._story_of[row] = into
        self._members[into] = sorted(self._members[into] + self._members.pop(story))
        self._constraints.record_merge(story, into)

    def _remember(self, row: int, story_id: int, copy_of: int | None, is_compared: bool) -> None:
        article_id = self._documents.article_ids[row]
        self._story_of.append(story_id)
        self._original_id.append(article_id if copy_of is None else copy_of)
        members = self._members.setdefault(story_id, [])
        if is_compared and not self._documents.is_roundup[row]:
            members.append(row)
        self._constraints.record_assignment(article_id, story_id)
