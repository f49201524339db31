"""Classifies a text by the taxonomy: its desks, its genre and the reasons.

The terms of concepts score a text; a linear classifier weighs scores and vector; rules correct its odds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warehouse.classify.genre import find_genre, resolve_source_kind
from warehouse.classify.lexicon import Lexicon, Matches, NamesByKind, Rule, Scores, Term, applies, read_rule
from warehouse.classify.linear_classifier import LinearClassifier, features, read_linear_classifiers
from warehouse.classify.taxonomy import TAXONOMY_FILE, Taxonomy, errors_of, load_taxonomy
from warehouse.errors import WarehouseError
from warehouse.extract.entities import load_gazetteer
from warehouse.extract.extractions import content_version
from warehouse.rounding import six_decimals

ARTEFACT = Path(__file__).with_name("desk_classifier.json")
MOST_REASONS = 4
_BATCH = 2_000  # bounds the memory of the contributions: 30 MB
# A change of any of these files, or of the taxonomy, may change a classification.
_DECIDED_BY = (
    "classify/desk_classifier.json extract/entities.toml classify/outlets.toml classify/desk_classifier.py "
    "classify/lexicon.py classify/linear_classifier.py classify/genre.py extract/entities.py"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is classified.

    `vector` is float32, unit length, all-MiniLM-L6-v2 of title + ". " + summary[:300].
    """

    title: str
    summary: str
    source_kind: str
    publisher: str
    url: str | None
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskScore:
    """A desk of a text: its calibrated probability, and the strongest terms and the rules in words."""

    desk: str
    score: float
    is_primary: bool
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The genre and the desks of a text: the primary desk (or `off_topic`) first, then secondary desks."""

    genre: str
    desks: tuple[DeskScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """What is known of a batch before a desk is chosen; `contributions` is text by label by concept.

    Numbers are rounded: their last bits depend on the size of the batch and on the processor.
    """

    source_kinds: list[str]
    matches: Matches
    probability: Scores
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
    ) -> None:
        tables = taxonomy.tables
        self.version = version
        self.labels = taxonomy.labels
        self.lexicon = Lexicon(tables["concept"], names)
        self._classifiers = classifiers
        self._model = model.lower()
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
        return tuple(self._desk_score(scored, 0, label, primary, scored.rules[0]) for label in ordered)

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
            added = [rule for rule, rows in secondary if rows[row]]
            labels = self._choose(scored.probability[row], {(rule.primary, rule.desk) for rule in added})
            primary = self.labels[labels[0]]
            rules = [*scored.rules[row], *(rule for rule in added if rule.primary == primary)]
            classifications.append(
                Classification(
                    genre=find_genre(
                        text.title, text.summary, scored.source_kinds[row], text.publisher, text.url
                    ),
                    desks=tuple(self._desk_score(scored, row, label, labels[0], rules) for label in labels),
                )
            )
        return classifications

    def _score(self, texts: Sequence[Text]) -> _Scored:
        source_kinds = [resolve_source_kind(text.source_kind, text.publisher) for text in texts]
        matches = self.match(texts)
        shift, rules = self.shifts(matches, source_kinds)
        has_vectors = all(len(text.vector) == self._classifiers["with_vectors"].vector_size for text in texts)
        classifier = self._classifiers["with_vectors" if has_vectors else "without_vectors"]
        vectors = np.stack([text.vector for text in texts]) if has_vectors else None
        without_summary = [not text.summary for text in texts]
        concepts = self.lexicon.concepts
        table = features(matches, without_summary, source_kinds, concepts, classifier.concepts, vectors)
        logits = (table @ classifier.weights.T + classifier.bias + shift) / classifier.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        width = len(classifier.score_columns)
        parts = table[:, None, :width] * classifier.weights[None, :, :width]
        return _Scored(
            source_kinds=source_kinds,
            matches=matches,
            probability=six_decimals(odds / odds.sum(axis=1, keepdims=True)),
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
        self, scored: _Scored, row: int, label: int, primary: int, rules: Sequence[Rule]
    ) -> DeskScore:
        probability = float(scored.probability[row, label])
        return DeskScore(
            desk=self.labels[label],
            score=probability,
            is_primary=label == primary,
            reasons=self._reasons(
                label, probability, scored.contributions[row], scored.matches.found[row], rules
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
        return DeskClassifier(taxonomy, read_linear_classifiers(artefact), names, artefact["model"], version)
