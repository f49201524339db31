"""Classifies a text by the taxonomy: its desks, its genre and the reasons.

The terms of concepts score a text; a linear classifier weighs scores and vector; rules correct its odds. The
trained heads of the encoder give odds of their own, and the mean of both decides. Where the article's text is
there, its first passages are read as well: each with the vector and the heads of the lead, but its own terms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warehouse.classify.genre import GENRES, find_genre, resolve_source_kind
from warehouse.classify.lexicon import Lexicon, Matches, NamesByKind, Rule, Scores, Term, applies, read_rule
from warehouse.classify.linear_classifier import LinearClassifier, features, read_linear_classifiers
from warehouse.classify.taxonomy import TAXONOMY_FILE, Taxonomy, errors_of, load_taxonomy
from warehouse.embed.encoder import DESK_ODDS, GENRE_ODDS, HEAD_OUTPUTS, IMPORTANCE_ODDS
from warehouse.errors import WarehouseError
from warehouse.extract.entities import load_gazetteer
from warehouse.extract.extractions import content_version
from warehouse.rounding import six_decimals

ARTEFACT = Path(__file__).with_name("desk_classifier.json")
MOST_REASONS = 4
HARDLY_NEWS = 0.3  # held out: of 100 on-topic texts made talk 87 are; 58 of 100 are found, by rules alone 31
LEAD_WEIGHT = 0.5  # of the lead's probabilities beside the mean of the passages'
_BATCH = 1_000  # bounds the memory of the contributions: 60 MB if all have passages
# A change of any of these files, or of the taxonomy, may change a classification.
_DECIDED_BY = (
    "classify/desk_classifier.json extract/entities.toml classify/outlets.toml classify/desk_classifier.py "
    "classify/lexicon.py classify/linear_classifier.py classify/passages.py classify/genre.py "
    "extract/entities.py extract/sentences.py"
).split()


NO_HEADS = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is classified.

    `vector` is float32, unit length, all-MiniLM-L6-v2 of title + ". " + summary[:300]; `head_outputs` are
    those of the encoder's trained heads (HEAD_OUTPUTS numbers), or none. `passages` are those of the
    article's text, if that is there (passages.py).
    """

    title: str
    summary: str
    source_kind: str
    publisher: str
    url: str | None
    vector: NDArray[np.float32]
    head_outputs: NDArray[np.float32] = field(default_factory=lambda: NO_HEADS)
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskScore:
    """A desk of a text: its calibrated probability, and the strongest terms and the rules in words."""

    desk: str
    score: float
    is_primary: bool
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The genre and the desks of a text: the primary desk (or `off_topic`) first, then secondary desks.

    `probabilities` are those of all labels. `significance` is the importance (0 to 3) that an annotator can
    be expected to give it; where the encoder has no heads, the probability of being on topic.
    """

    genre: str
    desks: tuple[DeskScore, ...]
    probabilities: Mapping[str, float]
    significance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """What is known of a batch before a desk is chosen.

    A text is read once with its lead, and once with each of its passages: the readings of text `i` are the
    rows from `firsts[i]` to before `firsts[i + 1]`, that of the lead first. `probability` (text by label) is
    over all readings of a text; `by_reading` (reading by label) and `contributions` (reading by label by
    concept) are not. Numbers are rounded: their last bits depend on the size of the batch and on the
    processor.
    """

    firsts: list[int]
    source_kinds: list[str]
    matches: Matches
    probability: Scores
    by_reading: Scores
    significance: Scores
    contributions: Scores
    rules: list[list[Rule]]


class DeskClassifier:
    """Classifies texts by a taxonomy.

    Store its `version` with the results, and classify again when it changes.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        classifiers: Mapping[str, LinearClassifier],
        names: NamesByKind,
        model: str,
        version: str,
        temperature_with_heads: float = 2.0,
    ) -> None:
        tables = taxonomy.tables
        self.version = version
        self.labels = taxonomy.labels
        self.lexicon = Lexicon(tables["concept"], names, tables["company"])
        self._classifiers = classifiers
        self._model = model.lower()
        self._temperature_with_heads = temperature_with_heads
        self._on_topic = float(tables["thresholds"]["on_topic"])
        self._secondary = float(tables["thresholds"]["secondary"])
        concepts = self.lexicon.concepts
        self._rules = [read_rule(table, concepts, self.labels) for table in tables["rule"].values()]
        self._secondary_rules = [
            read_rule(table, concepts, self.labels) for table in tables["secondary_rule"]
        ]

    def accepts_vectors_of(self, model: str) -> bool:
        """Returns whether the classifier was trained on this model's vectors, in any precision."""
        return self._model in model.lower()

    def classify(self, text: Text) -> Classification:
        """Returns the classification of one text."""
        return self.classify_all([text])[0]

    def classify_all(self, texts: Sequence[Text]) -> list[Classification]:
        """Returns the classifications of texts, in their order.

        Ignores vectors of another size than the trained one.
        """
        return [
            classification
            for start in range(0, len(texts), _BATCH)
            for classification in self._classify_batch(texts[start : start + _BATCH])
        ]

    def score_labels(self, text: Text) -> tuple[DeskScore, ...]:
        """Returns every desk and `off_topic` with probability and reasons, the most probable first."""
        scored = self._score([text])
        primary = self._choose(scored.probability[0], set())[0]
        ordered = np.argsort(-scored.probability[0], kind="stable").tolist()
        return tuple(self._desk_score(scored, 0, label, primary, []) for label in ordered)

    def match(self, texts: Sequence[Text]) -> Matches:
        """Returns the matches of the concepts' terms in the texts."""
        return self.lexicon.match([(text.title, text.summary) for text in texts])

    def shifts(self, matches: Matches, source_kinds: Sequence[str]) -> tuple[Scores, list[list[Rule]]]:
        """Returns what the rules add to the log-odds (text by label), and the rules of each text."""
        shift = np.zeros((len(source_kinds), len(self.labels)))
        applied: list[list[Rule]] = [[] for _ in source_kinds]
        for rule in self._rules:
            for row in np.flatnonzero(applies(rule, matches, source_kinds)):
                shift[row] += rule.shift
                applied[row].append(rule)
        return shift, applied

    def _classify_batch(self, texts: Sequence[Text]) -> list[Classification]:
        scored = self._score(texts)
        secondary = [
            (rule, applies(rule, scored.matches, scored.source_kinds).tolist())
            for rule in self._secondary_rules
        ]
        classifications = []
        for row, text in enumerate(texts):
            lead = scored.firsts[row]
            added = [rule for rule, rows in secondary if rows[lead]]
            labels = self._choose(scored.probability[row], {(rule.primary, rule.desk) for rule in added})
            primary = self.labels[labels[0]]
            rules = [rule for rule in added if rule.primary == primary]
            classifications.append(
                Classification(
                    genre=_genre(text, scored.source_kinds[lead]),
                    desks=tuple(self._desk_score(scored, row, label, labels[0], rules) for label in labels),
                    probabilities=dict(zip(self.labels, scored.probability[row].tolist(), strict=True)),
                    significance=float(scored.significance[row]),
                )
            )
        return classifications

    def _score(self, texts: Sequence[Text]) -> _Scored:
        readings = [reading for text in texts for reading in _readings(text)]
        firsts = np.cumsum([0, *(1 + len(text.passages) for text in texts)]).tolist()
        source_kinds = [resolve_source_kind(text.source_kind, text.publisher) for text in readings]
        matches = self.match(readings)
        shift, rules = self.shifts(matches, source_kinds)
        has_vectors = all(len(text.vector) == self._classifiers["with_vectors"].vector_size for text in texts)
        classifier = self._classifiers["with_vectors" if has_vectors else "without_vectors"]
        vectors = np.stack([text.vector for text in readings]) if has_vectors else None
        without_summary = [not text.summary for text in readings]
        concepts = self.lexicon.concepts
        table = features(matches, without_summary, source_kinds, concepts, classifier.concepts, vectors)
        logits = table @ classifier.weights.T + classifier.bias + shift
        heads = _head_outputs(readings, len(self.labels))
        if heads is not None:
            logits = logits + heads[:, DESK_ODDS]
        logits = logits / (classifier.temperature if heads is None else self._temperature_with_heads)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        by_reading = odds / odds.sum(axis=1, keepdims=True)
        probability = _pooled(by_reading, firsts)
        width = len(classifier.score_columns)
        parts = table[:, None, :width] * classifier.weights[None, :, :width]
        return _Scored(
            firsts=firsts,
            source_kinds=source_kinds,
            matches=matches,
            probability=six_decimals(probability),
            by_reading=six_decimals(by_reading),
            significance=six_decimals(
                _significance(probability, None if heads is None else heads[firsts[:-1]])
            ),
            contributions=six_decimals(parts @ classifier.concept_shares(concepts)),
            rules=rules,
        )

    def _choose(self, probability: Scores, added: set[tuple[str, str]]) -> list[int]:
        """Returns label numbers, the primary one first; `added` has (primary, secondary) by rule."""
        desks = probability[:-1]  # off_topic is the last label
        on_topic = round(float(desks.sum()), 6)
        if on_topic < self._on_topic:
            return [len(desks)]
        primary = int(desks.argmax())
        secondary = [
            label
            for label in np.argsort(-desks, kind="stable").tolist()
            if label != primary
            and (
                desks[label] >= self._secondary * on_topic
                or (self.labels[primary], self.labels[label]) in added
            )
        ]
        return [primary, *secondary]

    def _desk_score(
        self, scored: _Scored, row: int, label: int, primary: int, added: Sequence[Rule]
    ) -> DeskScore:
        """The score of text `row`, with the reasons of the reading that speaks most for the label."""
        probability = float(scored.probability[row, label])
        first, end = scored.firsts[row : row + 2]
        best = first + int(scored.by_reading[first:end, label].argmax())
        rules = [*scored.rules[best], *added]
        return DeskScore(
            desk=self.labels[label],
            score=probability,
            is_primary=label == primary,
            reasons=self._reasons(
                label, probability, scored.contributions[best], scored.matches.found[best], rules
            ),
        )

    def _reasons(
        self,
        label: int,
        probability: float,
        contributions: Scores,
        found: Sequence[Term],
        rules: Sequence[Rule],
    ) -> str:
        # A term is a reason if its concept adds more to this label than to the mean of the other labels.
        count = len(self.labels)
        beyond = six_decimals((contributions[label] * count - contributions.sum(axis=0)) / (count - 1))
        terms = [term for term in found if beyond[term.concept] > 0]
        terms.sort(key=lambda term: (-float(beyond[term.concept]) * term.weight, term.spelling))
        reasons = list(dict.fromkeys(f"{term.spelling} (+{term.weight:.1f})" for term in terms))[
            :MOST_REASONS
        ]
        reasons += [rule.reason for rule in rules if rule.shift[label] > 0 or rule.desk == self.labels[label]]
        return "; ".join([*reasons, f"classifier {probability:.2f}".replace("0.", ".")])


def _readings(text: Text) -> list[Text]:
    """The text with its lead, and with each passage in the place of the lead."""
    return [text, *(replace(text, summary=passage) for passage in text.passages)]


def _pooled(by_reading: Scores, firsts: Sequence[int]) -> Scores:
    """The probabilities of each text: those of its lead, and if it has passages, their mean as well."""
    probability = by_reading[firsts[:-1]]
    for row, (first, end) in enumerate(pairwise(firsts)):
        if end - first > 1:
            passages = by_reading[first + 1 : end].mean(axis=0)
            probability[row] = LEAD_WEIGHT * probability[row] + (1 - LEAD_WEIGHT) * passages
    return probability


def _genre(text: Text, source_kind: str) -> str:
    """The genre by rules; where they see plain news and the heads hardly, the most probable other genre."""
    genre = find_genre(text.title, text.summary, source_kind, text.publisher, text.url)
    if genre != "news" or len(text.head_outputs) != HEAD_OUTPUTS:
        return genre
    odds = np.exp(text.head_outputs[GENRE_ODDS].astype(np.float64))
    news = GENRES.index("news")
    if odds[news] >= HARDLY_NEWS * odds.sum():
        return genre
    odds[news] = 0
    return GENRES[int(odds.argmax())]


def _head_outputs(texts: Sequence[Text], labels: int) -> Scores | None:
    """The outputs of the heads, a row per text; None if a text has none or the heads have other labels."""
    if labels != DESK_ODDS.stop or any(len(text.head_outputs) != HEAD_OUTPUTS for text in texts):
        return None
    return np.stack([text.head_outputs for text in texts]).astype(np.float64)


def _significance(probability: Scores, heads: Scores | None) -> Scores:
    """The expected importance: the sum of the probabilities that it is at least 1, 2 and 3."""
    if heads is None:
        return np.asarray(probability[:, :-1].sum(axis=1))
    return np.asarray((1 / (1 + np.exp(-heads[:, IMPORTANCE_ODDS]))).sum(axis=1))


def load_desk_classifier(taxonomy_file: Path = TAXONOMY_FILE) -> DeskClassifier:
    """Returns the trained classifier with the taxonomy of a file.

    Raises WarehouseError if the two do not fit.
    """
    taxonomy = load_taxonomy(taxonomy_file)
    artefact = json.loads(ARTEFACT.read_text("utf-8"))
    if tuple(artefact["labels"]) != taxonomy.labels:
        raise WarehouseError(
            str(taxonomy_file),
            f"has other desks than the classifier was trained for ({', '.join(artefact['labels'])}). "
            "Train it again: python benchmarks/train_desk_classifier.py --write",
        )
    names = load_gazetteer().names_by_kind()
    version = content_version(taxonomy_file, *_DECIDED_BY)
    with errors_of(taxonomy_file):
        return DeskClassifier(
            taxonomy,
            read_linear_classifiers(artefact),
            names,
            artefact["model"],
            version,
            artefact["temperature_with_heads"],
        )
