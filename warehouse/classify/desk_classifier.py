"""Files a text by the taxonomy: gate, desks and genre, with the reasons. Pure: no model is loaded, no clock, no database.

Cues of `desks.toml` speak for concepts; a learned head weighs concepts and the text's vector; rules settle the rulings.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.classify.genre import find_genre, kind_of
from warehouse.classify.lexicon import Cue, Lexicon, NamesByKind, Reading, Scores
from warehouse.classify.linear_classifier import LinearClassifier, features, read_classifiers
from warehouse.classify.rules import Rule, applies, read_rule
from warehouse.errors import WarehouseError
from warehouse.extract.entities import load_gazetteer
from warehouse.versions import content_version

OFF_TOPIC = "off_topic"
LABELS = ("export_controls", "arms_race", "regulation", OFF_TOPIC)
_REASONS = 4
# Beside the taxonomy itself: a change of any of these may move an article.
_DECIDED_BY = (
    "classify/desk_classifier.json extract/entities.toml classify/outlets.toml classify/desk_classifier.py classify/lexicon.py "
    "classify/rules.py classify/linear_classifier.py classify/genre.py extract/entities.py"
).split()
_BATCH = 2_000  # bounds the memory of the explanations: 30 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is filed. `vector` is float32, unit length, all-MiniLM-L6-v2 over title + ". " + summary[:300]."""

    title: str
    summary: str
    source_kind: str
    publisher: str
    url: str | None
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskScore:
    """One desk of a text: its calibrated probability, and the strongest cues and rules in words."""

    desk: str
    score: float
    is_primary: bool
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Where a text goes: exactly one primary desk first (which may be `off_topic`), secondary desks after it."""

    genre: str
    desks: tuple[DeskScore, ...]


class DeskClassifier:
    """Files texts by one taxonomy and one head. `version` names both: store it, and re-file when it changes."""

    def __init__(
        self, taxonomy: dict[str, Any], heads: dict[str, LinearClassifier], names: NamesByKind, model: str, version: str
    ) -> None:
        self.version = version
        self._model = model.lower()
        self._cues = Lexicon(taxonomy["concept"], names)
        self.concepts = self._cues.concepts
        self._heads = heads
        self._decision: dict[str, float] = taxonomy["decision"]
        self._rules = [read_rule(table, self.concepts, LABELS) for table in taxonomy.get("rule", ())]
        self._secondary = [read_rule(table, self.concepts, LABELS) for table in taxonomy.get("secondary", ())]

    def reads_vectors_of(self, model: str) -> bool:
        """Whether the head was trained on vectors of this model, whatever its precision, folder or revision."""
        return self._model in model.lower()

    def file(self, text: Text) -> Classification:
        """The filing of one text."""
        return self.classify_all([text])[0]

    def classify_all(self, texts: Sequence[Text]) -> list[Classification]:
        """The filings of texts, in their order. Vectors of another size are left out: then cues decide alone."""
        return [
            filing
            for start in range(0, len(texts), _BATCH)
            for filing in self._file_batch(texts[start : start + _BATCH])
        ]

    def weigh(self, text: Text) -> tuple[DeskScore, ...]:
        """All four labels of one text with their probabilities and reasons, the likeliest first: also what it is not."""
        kinds = [kind_of(text.source_kind, text.publisher)]
        reading = self.read([text])
        shift, applied = self.shifts(reading, kinds)
        probability, shares = self._weigh([text], kinds, reading, shift)
        chosen = self._desks(probability[0], {}, shares[0], reading.found[0], applied[0])[0].desk
        return tuple(
            DeskScore(
                desk=LABELS[label],
                score=round(float(probability[0, label]), 6),
                is_primary=LABELS[label] == chosen,
                reasons=self._reasons(label, float(probability[0, label]), shares[0], reading.found[0], applied[0]),
            )
            for label in np.argsort(-probability[0], kind="stable").tolist()
        )

    def read(self, texts: Sequence[Text]) -> Reading:
        """What the cues of every concept say of the texts."""
        return self._cues.read((text.title, text.summary) for text in texts)

    def shifts(self, reading: Reading, kinds: Sequence[str]) -> tuple[Scores, list[list[Rule]]]:
        """What the rules add to the log-odds (text by label), and which rules they are."""
        shift = np.zeros((len(kinds), len(LABELS)))
        applied: list[list[Rule]] = [[] for _ in kinds]
        for rule in self._rules:
            for row in np.flatnonzero(applies(rule, reading, kinds)):
                shift[row] += rule.shift
                applied[row].append(rule)
        return shift, applied

    def _file_batch(self, texts: Sequence[Text]) -> list[Classification]:
        kinds = [kind_of(text.source_kind, text.publisher) for text in texts]
        reading = self.read(texts)
        shift, applied = self.shifts(reading, kinds)
        probability, shares = self._weigh(texts, kinds, reading, shift)
        secondary = [(rule, applies(rule, reading, kinds)) for rule in self._secondary]
        filings = []
        for row, text in enumerate(texts):
            second = {(rule.primary, rule.desk): (rule,) for rule, rows in secondary if rows[row]}
            desks = self._desks(probability[row], second, shares[row], reading.found[row], applied[row])
            genre = find_genre(text.title, text.summary, kinds[row], text.publisher, text.url)
            filings.append(Classification(genre=genre, desks=desks))
        return filings

    def _weigh(
        self, texts: Sequence[Text], kinds: Sequence[str], reading: Reading, shift: Scores
    ) -> tuple[Scores, Scores]:
        """Probabilities (text by label), and each concept's part in the log-odds (text by label by concept)."""
        fitting = all(len(text.vector) == self._heads["full"].vector_size for text in texts)
        head = self._heads["full" if fitting else "cues"]
        vectors = np.stack([text.vector for text in texts]) if fitting else None
        bare = [not text.summary for text in texts]
        table = features(reading, bare, kinds, self.concepts, head.concepts, vectors)
        logits = (table @ head.weights.T + head.bias + shift) / head.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        wide = len(head.parts)
        parts = table[:, None, :wide] * head.weights[None, :, :wide]
        return odds / odds.sum(axis=1, keepdims=True), parts @ head.parts_of(self.concepts)

    def _desks(
        self,
        probability: Scores,
        second: dict[tuple[str, str], tuple[Rule]],
        shares: Scores,
        found: list[Cue],
        rules: list[Rule],
    ) -> tuple[DeskScore, ...]:
        on_topic = float(probability[:3].sum())
        if on_topic < self._decision["on_topic_from"]:
            best, others = 3, []
        else:
            best = int(probability[:3].argmax())
            enough = self._decision["secondary_from"] * on_topic
            others = [
                label
                for label in np.argsort(-probability[:3], kind="stable").tolist()
                if label != best and (probability[label] >= enough or (LABELS[best], LABELS[label]) in second)
            ]
        return tuple(
            DeskScore(
                desk=LABELS[label],
                score=round(float(probability[label]), 6),  # so that the size of the batch leaves no trace
                is_primary=label == best,
                reasons=self._reasons(
                    label,
                    float(probability[label]),
                    shares,
                    found,
                    [*rules, *second.get((LABELS[best], LABELS[label]), ())],
                ),
            )
            for label in (best, *others)
        )

    def _reasons(self, label: int, score: float, shares: Scores, found: list[Cue], rules: list[Rule]) -> str:
        # A cue's reason is the head's own: what its concept adds to this label beyond the mean of the others.
        beyond = (shares[label] * len(LABELS) - shares.sum(axis=0)) / (len(LABELS) - 1)
        telling = [cue for cue in found if beyond[cue.concept] > 0]
        telling.sort(key=lambda cue: (-float(beyond[cue.concept]) * cue.weight, cue.shown))
        shown = list(dict.fromkeys(f"{cue.shown} (+{cue.weight:.1f})" for cue in telling))[:_REASONS]
        shown += [rule.says for rule in rules if rule.shift[label] > 0 or rule.desk == LABELS[label]]
        return "; ".join([*shown, f"learned head {score:.2f}".replace("0.", ".")])


def load_desk_classifier(desks_toml: Path | None = None) -> DeskClassifier:
    """The filer of the taxonomy at `desks_toml`, or of the bundled one, with the bundled head."""
    folder = files("warehouse.classify")
    subject = str(desks_toml) if desks_toml else "bundled desks.toml"
    try:
        content = desks_toml.read_bytes() if desks_toml else folder.joinpath("desks.toml").read_bytes()
        head_bytes = folder.joinpath("desk_classifier.json").read_bytes()
        gazetteer = load_gazetteer()
        version = hashlib.sha256(content + content_version(*_DECIDED_BY).encode()).hexdigest()[:12]
        taxonomy = tomllib.loads(content.decode("utf-8"))
        stored = json.loads(head_bytes)
        return DeskClassifier(taxonomy, read_classifiers(stored), gazetteer.names_by_kind(), stored["model"], version)
    except OSError as error:
        raise WarehouseError(subject, f"cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise WarehouseError(subject, f"cannot be used: {error}.") from error
