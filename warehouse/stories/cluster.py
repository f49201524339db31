"""Decides which story a document belongs to, one document after the other. Pure: no database, no clock, no model.

A decision depends on the documents before it and on nothing else, so a restart or another batch size changes no story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.stories.constraints import Constraints
from warehouse.stories.copies import are_copies, have_same_headline, may_be_told_apart, tells_apart
from warehouse.stories.documents import Columns, Document, Documents, Floats, Pairs, columns_of
from warehouse.stories.neighbours import Nearest
from warehouse.stories.similarity import Likeness

_BLOCK = 256  # documents that are compared with those before them by one matrix product, and weighed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """What a decision weighs. One set for every corpus; the evidence is in docs/decisions/0003 and 0011."""

    # Two documents.
    words: float = 0.7  # weight of shared words beside the cosine of the vectors, whose weight is 1
    background: float = 0.5  # share of the cosine that any two documents have which is not counted
    fading_per_day: float = 0.03  # what a day between two documents takes from their similarity
    # A document and a story.
    nearest: float = 0.4  # share of the nearest member in a story's score; the rest is the mean of all members
    join: float = 0.37  # score from which a document joins
    # Two stories, and a document that fits both.
    bridge: float = 0.36  # likeness from which two stories become one
    window_days: float = 21.0  # 1 - 21 * 0.03 = 0.37: what is further away cannot reach `join`


PARAMS = Params()

# Bounds on work, not on meaning: wider ones change none of the labelled corpora.
_MEMBERS = 50  # a story is represented by so many latest members inside the window
_BRIDGE_MEMBERS = 20  # and beside another story by so many
_TERMS_AT_ONCE = 1 << 20  # so many terms of neighbours are looked up at once: 40 MB, however long the texts are


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The story of an article. `similarity` (0 to 1) is the score it joined with; founders, copies and rulings have 1.

    `bridged` are stories that it showed to be the same as its own: all their articles are in `story_id` from now on.
    """

    article_id: int
    story_id: int
    similarity: float
    copy_of: int | None
    founded: bool
    bridged: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Others:
    """What is known of a document beside others, by their rows."""

    similarities: dict[int, float]
    doubtful: set[int]  # those that `tells_apart` may be true of
    copied: list[int]  # those that have the same text, in order


class StoryIndex:
    """The documents that can still be joined, in order of assignment, and their stories: about 3 kB a document."""

    def __init__(
        self, *, new_story_id: Callable[[int], int], params: Params = PARAMS, links: Constraints | None = None
    ) -> None:
        """`new_story_id` makes the id of a story from the id of the article that founds it."""
        self._new_story_id = new_story_id
        self._params = params
        self._links = links or Constraints()
        self._documents = Documents()
        self._nearest = Nearest(self._documents, params.window_days)
        self._likeness = Likeness(
            self._documents,
            words=params.words,
            background=params.background,
            fading_per_day=params.fading_per_day,
        )
        self._story_of: list[int] = []
        self._members: dict[int, list[int]] = {}  # rows of the members that are neither copies nor round-ups
        self._age: dict[int, int] = {}  # stories in the order in which they were founded
        self._original_id: list[int] = []  # the article a row repeats, or its own
        self._founded = 0

    def __len__(self) -> int:
        return len(self._documents)

    def assign(self, document: Document) -> Assignment:
        """Joins the document to the story it fits best, or founds one; the index remembers it."""
        return self.assign_all([document])[0]

    def assign_all(self, documents: Sequence[Document]) -> list[Assignment]:
        """Assigns documents in the given order: what `assign` gives one by one, but faster."""
        assignments = []
        for start in range(0, len(documents), _BLOCK):
            block = documents[start : start + _BLOCK]
            first = self._documents.add(columns_of(block))
            for place, (document, others) in enumerate(zip(block, self._neighbours(first), strict=True)):
                assignments.append(self._settle(document, first + place, others))
        return assignments

    def restore(
        self,
        columns: Columns,
        story_ids: Sequence[int],
        copies_of: Sequence[int | None],
        *,
        ages: Mapping[int, int],
        founded: int,
        counted: int,
    ) -> None:
        """Takes in documents that were assigned before, in the order of assignment, before any `assign`.

        All documents within `window_days` of any that will be assigned, and the latest `counted` of all (of
        `latest.COUNTED`, if there are so many). `ages` is the place of each of their stories among the `founded` ones.
        """
        first = self._documents.add(columns)
        self._likeness.begin(len(self) - counted)
        self._age.update(ages)
        self._founded = founded
        for place, (story_id, copy_of) in enumerate(zip(story_ids, copies_of, strict=True)):
            self._remember(first + place, story_id, copy_of)

    def _neighbours(self, first: int) -> Iterator[_Others]:
        """What is known of each document from the row `first` beside its nearest before it."""
        pairs, cosines = self._nearest.before(first)
        for part, some in pairs.parts(self._documents.terms["all"].sizes(pairs.others), _TERMS_AT_ONCE):
            yield from self._compared(part, cosines[some])

    def _compared(self, pairs: Pairs, cosines: Floats) -> Iterator[_Others]:
        """What is known of each of the first documents of pairs: no story has a say in it, so many can be asked at once."""
        words = self._likeness.shared_words(pairs)
        similarities = self._likeness.similarities(pairs, cosines, words)
        same_headline = have_same_headline(self._documents, pairs)
        copies = are_copies(self._documents, pairs, cosines, words, same_headline)
        doubtful = may_be_told_apart(self._documents, pairs, same_headline)
        ends = pairs.sizes.cumsum().tolist()
        for start, end in zip([0, *ends], ends, strict=False):
            some = slice(start, end)
            others = pairs.others[some]
            yield _Others(
                similarities=dict(zip(others.tolist(), similarities[some].tolist(), strict=True)),
                doubtful=set(others[doubtful[some]].tolist()),
                copied=others[copies[some]].tolist(),
            )

    def _settle(self, document: Document, row: int, others: _Others) -> Assignment:
        article_id = document.article_id
        copied = (other for other in others.copied if self._is_open(article_id, self._story_of[other]))
        original = next(copied, None)
        story_id, similarity = self._links.required(article_id), 1.0
        bridged: tuple[int, ...] = ()
        if original is not None:
            story_id = self._story_of[original]
        elif story_id is None and not document.is_roundup:
            story_id, similarity, bridged = self._best_story(row, others)
        founded = story_id is None
        if story_id is None:
            story_id = self._new_story_id(article_id)
            self._age[story_id] = self._founded
            self._founded += 1
        copy_of = None if original is None else self._original_id[original]
        self._remember(row, story_id, copy_of)
        for other in bridged:
            self._merge(other, story_id)
        return Assignment(
            article_id=article_id,
            story_id=story_id,
            similarity=similarity,
            copy_of=copy_of,
            founded=founded,
            bridged=bridged,
        )

    def _is_open(self, article_id: int, story: int) -> bool:
        """Whether analysts leave the story open to the article."""
        required = self._links.required(article_id)
        return story == required if required is not None else story not in self._links.forbidden(article_id)

    def _best_story(self, row: int, others: _Others) -> tuple[int | None, float, tuple[int, ...]]:
        """The story to join, the score it is joined with, and the stories that are the same; None if no score is enough."""
        # No story's score is above its nearest member's: where no neighbour reaches `join`, the rest need not be asked.
        near = [other for other, similarity in others.similarities.items() if similarity >= self._params.join]
        article_id = self._documents.article_ids[row]
        candidates = [
            (story, members)
            for story in dict.fromkeys(self._story_of[other] for other in near)
            if self._is_open(article_id, story) and (members := self._inside(row, story, _MEMBERS))
        ]
        if not candidates:
            return None, 1.0, ()
        self._ask(row, [member for _, members in candidates for member in members], others)
        scores = self._scores([[others.similarities[member] for member in members] for _, members in candidates])
        fitting = [
            (story, score)
            for score, (story, members) in sorted(zip(scores, candidates, strict=True), key=lambda scored: -scored[0])
            if score >= self._params.join and not self._is_told_apart(row, members, others)
        ]
        if not fitting:
            return None, 1.0, ()
        best_story, score = fitting[0]
        same = [best_story, *(other for other, _ in fitting[1:] if self._is_one_event(row, best_story, other))]
        oldest = min(same, key=self._age.__getitem__)
        return oldest, min(max(score, 0.0), 1.0), tuple(story for story in same if story != oldest)

    def _ask(self, row: int, members: list[int], others: _Others) -> None:
        """Compares a document with those members that are not among its neighbours."""
        asked = [member for member in members if member not in others.similarities]
        if asked:
            (found,) = self._beside(row, [row], asked)
            others.similarities |= found.similarities
            others.doubtful |= found.doubtful

    def _beside(self, moment: int, rows: list[int], others: list[int]) -> Iterator[_Others]:
        """What is known of each of the rows beside all the others, when the document of `moment` has just come."""
        pairs = Pairs(
            moments=np.full(len(rows), moment),
            rows=np.array(rows),
            sizes=np.full(len(rows), len(others)),
            others=np.array(others * len(rows)),
        )
        return self._compared(pairs, self._documents.cosines(pairs))

    def _scores(self, groups: Sequence[Sequence[float]]) -> list[float]:
        """How well a document fits each group of documents with these similarities: its nearest member, and the mean of all."""
        nearest_share = self._params.nearest
        sizes = np.array([len(group) for group in groups])
        starts = sizes.cumsum() - sizes
        pairs = np.array([similarity for group in groups for similarity in group])
        scores = nearest_share * np.maximum.reduceat(pairs, starts)
        scores += (1 - nearest_share) * np.add.reduceat(pairs, starts) / sizes
        return list(scores.tolist())

    def _is_one_event(self, row: int, story: int, other: int) -> bool:
        """Whether two stories that one document fits are as alike as `bridge` asks, by the mean score of their members."""
        if self._links.keep_apart(story, other):
            return False
        ours, theirs = (self._inside(row, one, _BRIDGE_MEMBERS) for one in (story, other))
        compared = list(self._beside(row, ours, theirs))
        scores = self._scores([list(others.similarities.values()) for others in compared])
        return float(np.mean(scores)) >= self._params.bridge and not any(
            self._is_told_apart(member, theirs, others) for member, others in zip(ours, compared, strict=True)
        )

    def _is_told_apart(self, row: int, members: list[int], others: _Others) -> bool:
        return any(member in others.doubtful and tells_apart(self._documents, row, member) for member in members)

    def _inside(self, row: int, story: int, many: int) -> list[int]:
        """The latest members of a story inside the window of a document."""
        members = np.array(self._members[story], np.int64)
        days = self._documents.days
        latest: list[int] = members[np.abs(days[members] - days[row]) <= self._params.window_days][-many:].tolist()
        return latest

    def _merge(self, story: int, into: int) -> None:
        for row, story_id in enumerate(self._story_of):
            if story_id == story:
                self._story_of[row] = into
        self._members[into] = sorted(self._members[into] + self._members.pop(story))
        self._links.merged(story, into)

    def _remember(self, row: int, story_id: int, copy_of: int | None) -> None:
        article_id = self._documents.article_ids[row]
        self._story_of.append(story_id)
        self._original_id.append(article_id if copy_of is None else copy_of)
        members = self._members.setdefault(story_id, [])
        if copy_of is None and not self._documents.is_roundup[row]:
            members.append(row)
        self._links.assigned(article_id, story_id)
