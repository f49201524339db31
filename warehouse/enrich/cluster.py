"""Decides which story a document belongs to, one document after the other. Pure: no database, no clock, no model.

A decision depends on the documents before it and on nothing else, so a restart or another batch size changes no story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from warehouse.enrich.copies import COPY_FLOOR, is_copy, may_be_copied, may_be_told_apart, tells_apart
from warehouse.enrich.documents import Columns, Document, Documents, Floats
from warehouse.enrich.links import Links
from warehouse.enrich.ragged import Rows
from warehouse.enrich.shortlist import ROUNDING, Likely, Shortlister, Vectors

_BLOCK = 256  # documents whose cosines to the window are computed by one matrix product


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
_NEIGHBOURS = 20  # the stories of so many nearest documents are candidates
_MEMBERS = 50  # a story is represented by so many latest members inside the window
_BRIDGE_MEMBERS = 20  # and beside another story by so many
_FLOOR = 0.2  # a document below this cosine is nobody's neighbour

_NO_ROWS: Rows = np.empty(0, np.int64)
_NO_PAIRS: Floats = np.empty(0)


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


class _Near(NamedTuple):
    """Rows in order, and their exact cosines to a document."""

    rows: Rows
    cosines: Floats

    def only(self, wanted: Sequence[bool]) -> _Near:
        return _Near(self.rows[wanted], self.cosines[wanted])


class StoryIndex:
    """The documents that can still be joined, in order of assignment, and their stories: about 3 kB a document."""

    def __init__(
        self, *, new_story_id: Callable[[int], int], params: Params = PARAMS, links: Links | None = None
    ) -> None:
        """`new_story_id` makes the id of a story from the id of the article that founds it."""
        self._new_story_id = new_story_id
        self._params = params
        self._links = links or Links()
        self._documents = Documents()
        self._shortlister = Shortlister()
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
            vectors = np.stack([document.vector for document in block])
            before = self._likely(block, vectors)
            inside = np.matmul(vectors, vectors.T)
            first = len(self)
            for place, document in enumerate(block):
                row = self._documents.add(document)
                rows = np.concatenate([before[place].rows, np.arange(first, row)])
                cosines = np.concatenate([before[place].cosines, inside[place, :place]])
                assignments.append(self._settle(document, row, self._neighbours(row, rows, cosines)))
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
        `documents.COUNTED`, if there are so many). `ages` is the place of each of their stories among the `founded` ones.
        """
        first = len(self)
        self._documents.restore(columns, counted)
        self._age.update(ages)
        self._founded = founded
        for place, (story_id, copy_of) in enumerate(zip(story_ids, copies_of, strict=True)):
            self._remember(first + place, story_id, copy_of)

    def _likely(self, block: Sequence[Document], vectors: Vectors) -> list[Likely]:
        """The rows so far that can be neighbours of each document of a block."""
        days = np.array([document.day for document in block])
        lowest = self._documents.first_row_since(float(days.min()) - self._params.window_days)
        found = self._shortlister.likely(
            vectors,
            days,
            *self._documents.since(lowest),
            many=_NEIGHBOURS,
            floor=_FLOOR,
            window_days=self._params.window_days,
        )
        return [Likely(lowest + rows, cosines) for rows, cosines in found]

    def _neighbours(self, row: int, rows: Rows, rough: Vectors) -> _Near:
        """The nearest rows inside the window, in order, of rows with their rough cosines among which they all are."""
        documents = self._documents
        inside = (rough >= _FLOOR - ROUNDING) & (documents.days_between(row, rows) <= self._params.window_days)
        near, rough = rows[inside], rough[inside]
        if len(near) > _NEIGHBOURS:
            near = near[rough >= np.partition(rough, -_NEIGHBOURS)[-_NEIGHBOURS] - ROUNDING]
        exact = documents.cosines(row, near)
        best = np.sort(np.lexsort((near, -exact))[:_NEIGHBOURS])
        best = best[exact[best] >= _FLOOR]
        return _Near(near[best], exact[best])

    def _settle(self, document: Document, row: int, near: _Near) -> Assignment:
        article_id = document.article_id
        required = self._links.required(article_id)
        near = self._allowed(article_id, near, required)
        original = self._copied(row, near)
        story_id, similarity = required, 1.0
        bridged: tuple[int, ...] = ()
        if original is not None:
            story_id = self._story_of[original]
        elif required is None and not document.is_roundup:
            story_id, similarity, bridged = self._best_story(row, near)
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

    def _allowed(self, article_id: int, near: _Near, required: int | None) -> _Near:
        """The neighbours whose stories analysts leave open to the article."""
        forbidden = self._links.forbidden(article_id)
        if required is None and not forbidden:
            return near
        stories = [self._story_of[other] for other in near.rows.tolist()]
        return near.only([story == required if required is not None else story not in forbidden for story in stories])

    def _best_story(self, row: int, near: _Near) -> tuple[int | None, float, tuple[int, ...]]:
        """The story to join, the score it is joined with, and the stories that are the same; None if no score is enough."""
        # No story's score is above its nearest member's: where no neighbour reaches `join`, the rest need not be asked.
        meaning = self._meaning(row, near)
        possible = self._weighed(row, near.rows, meaning, 1.0) >= self._params.join - ROUNDING
        rows, meaning = near.rows[possible], meaning[possible]
        if not len(rows):
            return None, 1.0, ()
        pairs = self._weighed(row, rows, meaning, self._words(row, rows))
        stories = list(dict.fromkeys(self._story_of[other] for other in rows[pairs >= self._params.join].tolist()))
        candidates = [(story, members) for story in stories if len(members := self._inside(row, story, _MEMBERS))]
        if not candidates:
            return None, 1.0, ()
        scores = self._scores(row, [members for _, members in candidates], rows, pairs)
        fitting = [
            (candidates[best][0], float(scores[best]))
            for best in np.argsort(-scores, kind="stable")
            if scores[best] >= self._params.join and not self._is_told_apart(row, candidates[best][1])
        ]
        if not fitting:
            return None, 1.0, ()
        best_story, score = fitting[0]
        same = [best_story, *(other for other, _ in fitting[1:] if self._is_one_event(row, best_story, other))]
        oldest = min(same, key=self._age.__getitem__)
        return oldest, float(np.clip(score, 0, 1)), tuple(story for story in same if story != oldest)

    def _scores(
        self, row: int, groups: Sequence[Rows], known: Rows = _NO_ROWS, known_pairs: Floats = _NO_PAIRS
    ) -> Floats:
        """How well a document fits each group of rows: its nearest member, and the mean of all.

        `known` are rows in order whose similarities to the document are there already.
        """
        nearest_share = self._params.nearest
        sizes = np.array([len(rows) for rows in groups])
        starts = np.cumsum(sizes) - sizes
        rows = np.concatenate(groups)
        places = np.searchsorted(known, rows)
        asked = np.append(known, -1)[places] != rows
        pairs = np.append(known_pairs, 0.0)[places]
        pairs[asked] = self._similarities(row, rows[asked])
        scores: Floats = nearest_share * np.maximum.reduceat(pairs, starts)
        scores += (1 - nearest_share) * np.add.reduceat(pairs, starts) / sizes
        return scores

    def _similarities(self, row: int, rows: Rows) -> Floats:
        """How alike a document is to each of the rows: in meaning, in words, less the days between."""
        if not len(rows):
            return _NO_PAIRS
        near = _Near(rows, self._documents.cosines(row, rows))
        return self._weighed(row, rows, self._meaning(row, near), self._words(row, rows))

    def _meaning(self, row: int, near: _Near) -> Floats:
        return near.cosines - self._documents.usual(row, near.rows, self._params.background)

    def _words(self, row: int, rows: Rows) -> Floats:
        return np.sqrt(self._documents.shared_words(row, rows))

    def _weighed(self, row: int, rows: Rows, meaning: Floats, words: Floats | float) -> Floats:
        params = self._params
        similarity: Floats = (meaning + params.words * words) / (1 + params.words)
        return similarity - params.fading_per_day * self._documents.days_between(row, rows)

    def _is_one_event(self, row: int, story: int, other: int) -> bool:
        """Whether two stories that one document fits are as alike as `bridge` asks, by the mean score of their members."""
        if self._links.keep_apart(story, other):
            return False
        ours, theirs = (self._inside(row, one, _BRIDGE_MEMBERS) for one in (story, other))
        likeness = float(np.mean([self._scores(member, [theirs])[0] for member in ours.tolist()]))
        return likeness >= self._params.bridge and not any(
            self._is_told_apart(member, theirs) for member in ours.tolist()
        )

    def _is_told_apart(self, row: int, members: Rows) -> bool:
        likely = may_be_told_apart(self._documents, row, members)
        return any(tells_apart(self._documents, row, member) for member in likely.tolist())

    def _inside(self, row: int, story: int, many: int) -> Rows:
        """The latest members of a story inside the window of a document."""
        members = np.array(self._members[story], np.int64)
        return members[self._documents.days_between(row, members) <= self._params.window_days][-many:]

    def _copied(self, row: int, near: _Near) -> int | None:
        """The earliest row that has the same text."""
        likely = may_be_copied(self._documents, row, near.rows[near.cosines >= COPY_FLOOR])
        return next((other for other in likely.tolist() if is_copy(self._documents, row, other)), None)

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
