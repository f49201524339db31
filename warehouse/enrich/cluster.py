"""Decides which story a document belongs to, one document after the other. Pure: no database, no clock, no model.

A decision depends on the documents before it and on nothing else, so a restart or another batch size changes no story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from warehouse.enrich.terms import Terms, read_terms

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """What the decision weighs; one set for every corpus, with the evidence in docs/decisions/0003."""

    dense: float = 0.5  # weight of the vectors' cosine in the similarity of two documents
    headline: float = 0.2  # weight of the cosine of headline terms; the rest is for headline and lead together
    nearest: float = 0.4  # a story's score: this share for its nearest member, the rest for the mean of all
    join: float = 0.32  # the score from which a document joins
    fading_per_day: float = 0.02  # what a day between two documents takes from their similarity
    window_days: float = 30.0  # documents further apart in time are not compared
    neighbours: int = 100  # stories of this many nearest documents are candidates
    lead_chars: int = 300
    title_weight: float = 2.0
    idf_prior: float = 20.0  # documents assumed to have been seen before the first, so that idf starts sanely
    copy_shingles: float = 0.8  # share of text shingles that makes a copy
    copy_titles: float = 0.9  # headline cosine that makes a copy of a document without text


PARAMS = Params()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article as clustering sees it. `vector` is a float32 unit vector; `moment` is when it was published, or seen."""

    article_id: int
    publisher: str
    title: str
    text: str
    moment: datetime
    vector: npt.NDArray[np.float32]
    is_roundup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The story of an article. `similarity` (0 to 1) is the score it joined with, 1 for a founder."""

    article_id: int
    story_id: int
    similarity: float
    copy_of: int | None
    founded: bool


class StoryIndex:
    """All documents so far, in order, and their stories; memory grows by about 3 kB a document."""

    def __init__(self, *, new_story_id: Callable[[int], int], params: Params = PARAMS) -> None:
        self._new_story_id = new_story_id
        self._params = params
        self._documents = _Documents()
        self._df: dict[str, int] = {}
        self._story_of: list[int] = []
        self._members: dict[int, list[int]] = {}  # story -> rows of its members that are neither copies nor round-ups

    def __len__(self) -> int:
        return len(self._documents)

    def assign(self, document: Document) -> Assignment:
        """Joins the document to the story it fits best, or founds one; the index remembers it."""
        compared = self._read(document)
        row = self._documents.add(document, compared)
        story_id, similarity, copy_row = self._decide(document, compared, row)
        founded = story_id is None
        if story_id is None:
            story_id = self._new_story_id(document.article_id)
        self._remember(document, row, story_id, is_copy=copy_row is not None)
        return Assignment(
            article_id=document.article_id,
            story_id=story_id,
            similarity=similarity,
            copy_of=None if copy_row is None else self._documents.article_ids[copy_row],
            founded=founded,
        )

    def restore(self, document: Document, story_id: int, copy_of: int | None) -> None:
        """Takes in a document that was assigned before; call in the order of assignment, before any `assign`."""
        row = self._documents.add(document, self._read(document))
        self._remember(document, row, story_id, is_copy=copy_of is not None)

    def _read(self, document: Document) -> _Compared:
        """The document's weighted terms, counted into the document frequencies first: its own words are in its idf."""
        terms = read_terms(
            document.title, document.text, lead_chars=self._params.lead_chars, title_weight=self._params.title_weight
        )
        for term in terms.weights:
            self._df[term] = self._df.get(term, 0) + 1
        seen = len(self._documents) + 1 + self._params.idf_prior
        idf = {term: max(0.0, float(np.log(seen / (self._df[term] + 0.5)))) for term in terms.weights}
        return _Compared(
            terms=terms,
            words=_unit({term: weight * idf[term] for term, weight in terms.weights.items()}),
            headline=_unit({term: idf[term] for term in terms.headline}),
        )

    def _decide(self, document: Document, compared: _Compared, row: int) -> tuple[int | None, float, int | None]:
        """(story or None to found one, similarity, row of the document this one repeats)."""
        params = self._params
        near = self._documents.nearest(row, params.window_days, params.neighbours)
        copied = self._copied(compared, row, near)
        if copied is not None:
            return self._story_of[copied], 1.0, copied
        if document.is_roundup:
            return None, 1.0, None
        stories = dict.fromkeys(self._story_of[other] for other in near)
        candidates = [(story, members) for story in stories if (members := self._members[story])]
        if not candidates:
            return None, 1.0, None
        rows = np.fromiter((member for _, members in candidates for member in members), np.int64)
        starts = np.cumsum([0] + [len(members) for _, members in candidates[:-1]])
        pairs = self._similarities(compared, row, rows)
        nearest = np.maximum.reduceat(pairs, starts)
        mean = np.add.reduceat(pairs, starts) / np.array([len(members) for _, members in candidates])
        scores = params.nearest * nearest + (1 - params.nearest) * mean
        best = int(scores.argmax())
        if scores[best] < params.join:
            return None, 1.0, None
        return candidates[best][0], float(min(1.0, max(0.0, scores[best]))), None

    def _similarities(self, compared: _Compared, row: int, rows: Rows) -> Floats:
        """How alike the document is to each of the rows: meaning, words, headline, less the days between."""
        params, documents = self._params, self._documents
        lexical = np.array([_dot(compared.words, documents.compared[other].words) for other in rows])
        headline = np.array([_dot(compared.headline, documents.compared[other].headline) for other in rows])
        similarity: Floats = (
            params.dense * documents.cosines(row, rows)
            + (1 - params.dense - params.headline) * lexical
            + params.headline * headline
            - params.fading_per_day * documents.days_between(row, rows)
        )
        return similarity

    def _copied(self, compared: _Compared, row: int, near: Rows) -> int | None:
        """The earliest row whose text this one repeats, or None."""
        for other in np.sort(near):
            if self._is_copy(compared, self._documents.compared[other]):
                return self._documents.original(int(other))
        return None

    def _is_copy(self, one: _Compared, other: _Compared) -> bool:
        if one.terms.numbers != other.terms.numbers:
            return False
        if one.terms.shingles and other.terms.shingles:
            shared = len(one.terms.shingles & other.terms.shingles)
            return shared >= self._params.copy_shingles * len(one.terms.shingles | other.terms.shingles)
        if one.terms.shingles or other.terms.shingles:
            return False
        return _dot(one.headline, other.headline) >= self._params.copy_titles

    def _remember(self, document: Document, row: int, story_id: int, *, is_copy: bool) -> None:
        self._story_of.append(story_id)
        members = self._members.setdefault(story_id, [])
        if not is_copy and not document.is_roundup:
            members.append(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    terms: Terms
    words: dict[str, float]
    headline: dict[str, float]


class _Documents:
    """What the decisions read of the documents, in growing columns."""

    def __init__(self) -> None:
        self.article_ids: list[int] = []
        self.compared: list[_Compared] = []
        self._vectors: npt.NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._days: Floats = np.empty(0, np.float64)

    def __len__(self) -> int:
        return len(self.article_ids)

    def add(self, document: Document, compared: _Compared) -> int:
        row = len(self)
        if row == len(self._days):
            room = max(1024, 2 * row)
            self._days = np.concatenate([self._days, np.empty(room - row)])
            grown = np.empty((room, len(document.vector)), np.float32)
            if row:
                grown[:row] = self._vectors[:row]
            self._vectors = grown
        self._days[row] = document.moment.timestamp() / _DAY_S
        self._vectors[row] = document.vector
        self.article_ids.append(document.article_id)
        self.compared.append(compared)
        return row

    def nearest(self, row: int, window_days: float, count: int) -> Rows:
        """Rows before `row` and inside the window whose vectors are nearest."""
        rows = np.flatnonzero(np.abs(self._days[:row] - self._days[row]) <= window_days)
        if len(rows) > count:
            rows = rows[np.argsort(-self.cosines(row, rows), kind="stable")[:count]]
        return rows

    def cosines(self, row: int, rows: Rows) -> Floats:
        return np.einsum("ij,j->i", self._vectors[rows], self._vectors[row]).astype(np.float64)

    def days_between(self, row: int, rows: Rows) -> Floats:
        return np.abs(self._days[rows] - self._days[row])

    def original(self, row: int) -> int:
        return row


def _unit(weights: dict[str, float]) -> dict[str, float]:
    length = float(np.sqrt(sum(weight * weight for weight in weights.values())))
    return {term: weight / length for term, weight in weights.items() if weight} if length else {}


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    if len(other) < len(one):
        one, other = other, one
    return sum(weight * other.get(term, 0.0) for term, weight in one.items())
