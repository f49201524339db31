"""Decides which story a document belongs to, one document after the other. Pure: no database, no clock, no model.

A decision depends on the documents before it and on nothing else, so a restart or another batch size changes no story.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from warehouse.enrich.terms import TERM_BUCKETS, TermIds, Terms, read_terms

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

_DAY_S = 86_400.0
_BLOCK = 256  # documents whose cosines to the window are computed by one matrix product


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """What a decision weighs. One set for every corpus; the evidence is in docs/decisions/0003."""

    # Two documents.
    words: float = 0.7  # weight of shared words beside the cosine of the vectors, whose weight is 1
    background: float = 0.5  # share of the cosine that any two documents have which is not counted
    fading_per_day: float = 0.03  # what a day between two documents takes from their similarity
    # A document and a story.
    nearest: float = 0.4  # share of the nearest member in a story's score; the rest is the mean of all members
    join: float = 0.37  # score from which a document joins
    window_days: float = 30.0  # by then fading has eaten any similarity; it bounds what is compared
    # Copies: shares of the text's triples of words, and of the headline's weight, that two documents have in common.
    copied_text: float = 0.8
    copied_words: float = 0.15
    same_headline: float = 0.9
    headline_days: float = 3.0  # headlines without text are copies only within so many days


PARAMS = Params()

# Bounds on work, not on meaning: wider ones change none of the labelled corpora.
_NEIGHBOURS = 30  # the stories of so many nearest documents are candidates
_MEMBERS = 100  # a story is represented by so many latest members
_FLOOR = 0.2  # a document below this cosine is nobody's neighbour
_COPY_FLOOR = 0.5  # a copy below this cosine has not been seen; the sample's are above 0.7
_ROUNDING = 1e-4  # a matrix product may differ by less than this from the sums that decide
_PRIOR = 100.0  # documents with a zero vector that the background starts from
_HOUSE_PRIOR = 2.0  # texts of a publisher after which its house style is half believed
_IDF_PRIOR = 200.0  # documents without any term that the term frequencies start from
_MIN_TRIPLES = 8  # a text shorter than this is compared by its headline
_MIN_HEADLINE_WORDS = 4  # "Weekly update" repeats without being a copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article as clustering sees it: `moment` is aware, when it was published or else seen; `vector` has length 1."""

    article_id: int
    publisher: str
    title: str
    text: str
    moment: datetime
    vector: Vectors
    is_roundup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The story of an article. `similarity` (0 to 1) is the score it joined with; founders and copies have 1."""

    article_id: int
    story_id: int
    similarity: float
    copy_of: int | None
    founded: bool


class StoryIndex:
    """All documents so far, in order, and their stories: about 7 kB a document."""

    def __init__(self, *, new_story_id: Callable[[int], int], params: Params = PARAMS) -> None:
        """`new_story_id` makes the id of a story from the id of the article that founds it."""
        self._new_story_id = new_story_id
        self._params = params
        self._documents = _Documents()
        self._rarity = _Rarity()
        self._story_of: list[int] = []
        self._members: dict[int, list[int]] = {}  # rows of the members that are neither copies nor round-ups
        self._original: list[int] = []  # the row a row repeats, or itself
        self._row_of: dict[int, int] = {}
        self._is_roundup: list[bool] = []

    def __len__(self) -> int:
        return len(self._story_of)

    def assign(self, document: Document) -> Assignment:
        """Joins the document to the story it fits best, or founds one; the index remembers it."""
        return self.assign_all([document])[0]

    def assign_all(self, documents: Sequence[Document]) -> list[Assignment]:
        """Assigns documents in the given order: what `assign` gives one by one, but faster."""
        assignments = []
        for start in range(0, len(documents), _BLOCK):
            block = documents[start : start + _BLOCK]
            first = len(self)
            lowest = self._documents.first_row_since(
                min(_days(document) for document in block) - self._params.window_days
            )
            cosines = self._documents.rough_cosines(np.stack([document.vector for document in block]), lowest)
            for document, row_cosines in zip(block, cosines, strict=True):
                row = self._add(document)
                inside = self._documents.cosines(row, np.arange(first, row))
                near = self._neighbours(row, lowest, np.concatenate([row_cosines, inside]))
                assignments.append(self._settle(document, row, near))
        return assignments

    def restore(self, document: Document, story_id: int, copy_of: int | None) -> None:
        """Takes in a document that was assigned before; call in the order of assignment, before any `assign`."""
        row = self._add(document)
        self._remember(document, row, story_id, None if copy_of is None else self._row_of.get(copy_of))

    def _add(self, document: Document) -> int:
        terms = read_terms(document.title, document.text)
        self._rarity.count(terms.all)
        self._is_roundup.append(document.is_roundup)
        return self._documents.add(document, terms)

    def _neighbours(self, row: int, lowest: int, cosines: Floats) -> Rows:
        """The nearest rows inside the window, in order; `cosines` are rough ones of all rows from `lowest` to `row`."""
        documents = self._documents
        near = lowest + np.flatnonzero(cosines >= _FLOOR - _ROUNDING)
        near = near[documents.days_between(row, near) <= self._params.window_days]
        if len(near) > _NEIGHBOURS:
            rough = cosines[near - lowest]
            near = near[rough >= np.partition(rough, -_NEIGHBOURS)[-_NEIGHBOURS] - _ROUNDING]
        exact = documents.cosines(row, near)
        best = np.lexsort((near, -exact))[:_NEIGHBOURS]
        return np.sort(near[best[exact[best] >= _FLOOR]])

    def _settle(self, document: Document, row: int, near: Rows) -> Assignment:
        original = self._copied(row, near)
        story_id, similarity = None, 1.0
        if original is not None:
            story_id = self._story_of[original]
        elif not document.is_roundup:
            story_id, similarity = self._best_story(row, near)
        founded = story_id is None
        if story_id is None:
            story_id = self._new_story_id(document.article_id)
        self._remember(document, row, story_id, original)
        return Assignment(
            article_id=document.article_id,
            story_id=story_id,
            similarity=similarity,
            copy_of=None if original is None else self._documents.article_ids[original],
            founded=founded,
        )

    def _best_story(self, row: int, near: Rows) -> tuple[int | None, float]:
        """The story with the best score, and that score; None with 1 if no story reaches `join`."""
        params = self._params
        stories = dict.fromkeys(self._story_of[other] for other in near)
        candidates = [(story, self._members[story][-_MEMBERS:]) for story in stories if self._members[story]]
        if not candidates:
            return None, 1.0
        rows = np.fromiter((member for _, members in candidates for member in members), np.int64)
        sizes = np.array([len(members) for _, members in candidates])
        starts = np.cumsum(sizes) - sizes
        pairs = self._similarities(row, rows)
        nearest = np.maximum.reduceat(pairs, starts)
        mean = np.add.reduceat(pairs, starts) / sizes
        scores = params.nearest * nearest + (1 - params.nearest) * mean
        for best in np.argsort(-scores, kind="stable"):
            if scores[best] < params.join:
                break
            story, members = candidates[best]
            if not any(self._tells_apart(row, member) for member in members):
                return story, float(np.clip(scores[best], 0, 1))
        return None, 1.0

    def _similarities(self, row: int, rows: Rows) -> Floats:
        """How alike the document is to each of the rows: in meaning, in words, less the days between."""
        params, documents = self._params, self._documents
        meaning = documents.cosines(row, rows)
        meaning -= params.background * documents.background(row, rows) + documents.house_style(row, rows)
        words = np.sqrt(self._shared_words(row, rows))
        similarity: Floats = (meaning + params.words * words) / (1 + params.words)
        return similarity - params.fading_per_day * documents.days_between(row, rows)

    def _shared_words(self, row: int, rows: Rows) -> Floats:
        """Share of each headline's weight that the other document has anywhere: the mean of both directions.

        A rare term weighs more, by the square of its idf. Headlines say what a text is about, leads carry the paper's
        boilerplate: measured on headlines only, the same boilerplate is nothing in common.
        """
        mine, its = self._documents.terms[row], [self._documents.terms[other] for other in rows]
        there = self._rarity.covered(mine.headline, [terms.all for terms in its])
        here = self._rarity.covering(mine.all, [terms.headline for terms in its])
        return (there + here) / 2

    def _tells_apart(self, row: int, other: int) -> bool:
        """Whether two headlines are one form filled in twice, for two events: then no similarity counts.

        "Additions of Entities to the Entity List" comes back weeks later; "Market news for May 8" becomes "for May 9".
        Bills, cases and vulnerabilities are told apart by their codes: HB 438 is not SB 1684, whoever writes of it.
        """
        documents, params = self._documents, self._params
        mine, its = documents.terms[row], documents.terms[other]
        if _differ(mine.codes, its.codes):
            return True
        if _overlap(mine.headline_words, its.headline_words) < params.same_headline:
            return False
        one_publisher = documents.same_publisher(row, other)
        if one_publisher and _differ(mine.headline_numbers, its.headline_numbers):
            return True
        days = abs(documents.days[row] - documents.days[other])
        if len(mine.text) < _MIN_TRIPLES or len(its.text) < _MIN_TRIPLES:
            return bool(days > params.headline_days)
        other_text = _shared(mine.text, its.text) < 0.5 or _differ(mine.text_numbers, its.text_numbers)
        return other_text and bool(days > (1 if one_publisher else params.headline_days))

    def _copied(self, row: int, near: Rows) -> int | None:
        """The earliest row whose text this one repeats."""
        for other in near[self._documents.cosines(row, near) >= _COPY_FLOOR]:
            if self._is_copy(row, int(other)):
                return self._original[int(other)]
        return None

    def _is_copy(self, row: int, other: int) -> bool:
        params = self._params
        mine, its = self._documents.terms[row], self._documents.terms[other]
        if self._is_roundup[row] != self._is_roundup[other] or _differ(mine.headline_numbers, its.headline_numbers):
            return False
        same_headline = _overlap(mine.headline_words, its.headline_words) >= params.same_headline
        if min(len(mine.text), len(its.text)) >= _MIN_TRIPLES:
            if not same_headline and self._documents.same_publisher(row, other):
                return False  # a register's forms: the same paragraph under every title
            shorter, longer = sorted((mine, its), key=lambda terms: len(terms.text))
            return (
                _shared(mine.text, its.text) >= params.copied_text
                and shorter.text_numbers <= longer.text_numbers
                and float(self._shared_words(row, np.array([other]))[0]) >= params.copied_words
            )
        if max(len(mine.text), len(its.text)) >= _MIN_TRIPLES:
            return False
        return (
            len(mine.headline_words) >= _MIN_HEADLINE_WORDS
            and same_headline
            and bool(abs(self._documents.days[row] - self._documents.days[other]) <= params.headline_days)
        )

    def _remember(self, document: Document, row: int, story_id: int, original: int | None) -> None:
        self._story_of.append(story_id)
        self._original.append(row if original is None else original)
        self._row_of[document.article_id] = row
        members = self._members.setdefault(story_id, [])
        if original is None and not document.is_roundup:
            members.append(row)


class _Documents:
    """What decisions read of the documents, in columns that grow."""

    def __init__(self) -> None:
        self.article_ids: list[int] = []
        self.terms: list[Terms] = []
        self._vectors: Vectors = np.empty((0, 0), np.float32)
        self.days: Floats = np.empty(0)
        self._publishers: Rows = np.empty(0, np.int64)
        self._sum: Floats = np.empty(0)
        self._number_of: dict[str, int] = {}  # publishers are numbered as they come
        self._sums: list[Floats] = []  # of the vectors of each publisher
        self._counts: list[int] = []

    def add(self, document: Document, terms: Terms) -> int:
        row = len(self.article_ids)
        if row == 0:
            self._sum = np.zeros(len(document.vector))
            self._vectors = np.empty((1_024, len(document.vector)), np.float32)
            self.days = np.empty(1_024)
            self._publishers = np.empty(1_024, np.int64)
        elif row == len(self.days):
            self._vectors = np.concatenate([self._vectors, np.empty_like(self._vectors)])
            self.days = np.concatenate([self.days, np.empty_like(self.days)])
            self._publishers = np.concatenate([self._publishers, np.empty_like(self._publishers)])
        self._vectors[row] = document.vector
        self.days[row] = _days(document)
        self._sum += document.vector
        publisher = self._number_of.setdefault(document.publisher, len(self._sums))
        if publisher == len(self._sums):
            self._sums.append(np.zeros(len(document.vector)))
            self._counts.append(0)
        self._sums[publisher] += document.vector
        self._counts[publisher] += 1
        self._publishers[row] = publisher
        self.article_ids.append(document.article_id)
        self.terms.append(terms)
        return row

    def first_row_since(self, day: float) -> int:
        """The first row of a document that is not older than `day`; the number of rows if all are older."""
        recent = np.flatnonzero(self.days[: len(self.article_ids)] >= day)
        return int(recent[0]) if len(recent) else len(self.article_ids)

    def rough_cosines(self, vectors: Vectors, lowest: int) -> Vectors:
        """Cosines of the vectors to all rows from `lowest`, shape (vectors, rows), right to `_ROUNDING`."""
        if lowest == len(self.article_ids):
            return np.empty((len(vectors), 0), np.float32)
        products: Vectors = np.matmul(vectors, self._vectors[lowest : len(self.article_ids)].T)
        return products

    def cosines(self, row: int, rows: Rows) -> Floats:
        """Cosines of a row to others: the same bits whichever rows are asked for together, unlike a matrix product."""
        products: Floats = np.einsum("ij,j->i", self._vectors[rows], self._vectors[row]).astype(np.float64)
        return products

    def background(self, row: int, rows: Rows) -> Floats:
        """The mean cosine that the row and each of the rows have to all documents before."""
        before: Floats = (self._sum - self._vectors[row]) / (row + _PRIOR)
        return self._mean_products(row, rows, before)

    def house_style(self, row: int, rows: Rows) -> Floats:
        """How much more alike any two texts of this publisher are than any two texts; 0 for rows of other publishers."""
        publisher = self._publishers[row]
        before = self._counts[publisher] - 1
        excess = np.zeros(len(rows))
        same = np.flatnonzero(self._publishers[rows] == publisher)
        if len(same):
            own = (self._sums[publisher] - self._vectors[row]) / before
            everyone = (self._sum - self._vectors[row]) / row
            trust = before / (before + _HOUSE_PRIOR)
            excess[same] = trust * self._mean_products(row, rows[same], own - everyone)
        return excess

    def _mean_products(self, row: int, rows: Rows, vector: Floats) -> Floats:
        products: Floats = np.einsum("ij,j->i", self._vectors[rows], vector)
        return products / 2 + float(np.einsum("j,j->", self._vectors[row], vector)) / 2

    def same_publisher(self, row: int, other: int) -> bool:
        return bool(self._publishers[row] == self._publishers[other])

    def days_between(self, row: int, rows: Rows) -> Floats:
        gaps: Floats = np.abs(self.days[rows] - self.days[row])
        return gaps


class _Rarity:
    """How many documents hold each term, and so what a term is worth."""

    def __init__(self) -> None:
        self._documents = 0
        self._frequency = np.zeros(TERM_BUCKETS, np.int32)
        self._mark = np.zeros(TERM_BUCKETS, np.float64)  # all zero between calls

    def count(self, terms: TermIds) -> None:
        self._documents += 1
        self._frequency[terms] += 1

    def covered(self, headline: TermIds, others: Sequence[TermIds]) -> Floats:
        """Share of the headline's weight that each of the others holds."""
        weights = self._weights(headline)
        self._mark[headline] = weights
        shares = _sums(others, self._mark) / max(float(weights.sum()), 1e-9)
        self._mark[headline] = 0
        return shares

    def covering(self, terms: TermIds, headlines: Sequence[TermIds]) -> Floats:
        """Share of each headline's weight that the terms hold."""
        self._mark[terms] = 1
        ids, starts, sizes = _flat(headlines)
        weights = self._weights(ids)
        held, total = _segments(weights * self._mark[ids], starts, sizes), _segments(weights, starts, sizes)
        self._mark[terms] = 0
        return held / np.maximum(total, 1e-9)

    def _weights(self, terms: TermIds) -> Floats:
        idf = np.log((self._documents + _IDF_PRIOR) / (self._frequency[terms] + 0.5))
        weights: Floats = np.maximum(idf, 0.0) ** 2
        return weights


def _sums(groups: Sequence[TermIds], values: Floats) -> Floats:
    ids, starts, sizes = _flat(groups)
    return _segments(values[ids], starts, sizes)


def _flat(groups: Sequence[TermIds]) -> tuple[TermIds, Rows, Rows]:
    sizes = np.array([len(group) for group in groups])
    return np.concatenate(groups), np.cumsum(sizes) - sizes, sizes


def _segments(values: Floats, starts: Rows, sizes: Rows) -> Floats:
    """Sums of consecutive runs of values; an empty run is 0."""
    sums = np.add.reduceat(np.append(values, 0.0), starts)
    return np.where(sizes > 0, sums, 0.0)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of all words of two headlines that both have; 0 if there is none."""
    return len(one & other) / max(1, len(one | other))


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other and one.isdisjoint(other))


def _shared(one: TermIds, other: TermIds) -> float:
    """Share of the shorter text's terms that the other has: a text cut short is still the same text."""
    return len(np.intersect1d(one, other, assume_unique=True)) / max(1, min(len(one), len(other)))


def _days(document: Document) -> float:
    return document.moment.timestamp() / _DAY_S
