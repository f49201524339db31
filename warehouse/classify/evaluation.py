"""Scores classifications against labels: macro-F1, on-topic F1, precision and recall of each desk.

Reads the labelled items from JSONL, plain or gzipped, and stores none of them.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from warehouse.classify.desk_classifier import NO_HEADS, DeskClassifier, Text
from warehouse.classify.taxonomy import OFF_TOPIC, load_taxonomy
from warehouse.embed.encoder import Embedder, read_articles, text_to_embed
from warehouse.errors import WarehouseError

SUMMARY_CHARS = 1_000  # as stored


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledItem:
    """A text and the desk it belongs to. `kind` is the kind of its source, news if the file gives none."""

    title: str
    summary: str
    source: str
    kind: str
    url: str | None
    desk: str


def read_labelled(path: Path) -> list[LabelledItem]:
    """Returns the items of a file.

    Each line is an object with `title`, `desk`, and optional `summary`, `source`, `kind`, `url`.
    Raises WarehouseError with the number of the first invalid line.
    """
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as lines
        ):
            items = [_item(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise WarehouseError(str(path), f"cannot be read: {error}.") from error
    if not items:
        raise WarehouseError(str(path), "has no items.")
    return items


def _item(path: Path, number: int, line: str) -> LabelledItem:
    try:
        row = json.loads(line)
        title, desk = row["title"], row["desk"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WarehouseError(str(path), f"line {number} is no object with a title and a desk.") from error
    if desk not in (labels := load_taxonomy().labels):
        raise WarehouseError(
            str(path), f"line {number}: {desk!r} is no desk; it must be one of {', '.join(labels)}."
        )
    return LabelledItem(
        title=_plain(title),
        summary=_plain(row.get("summary") or "")[:SUMMARY_CHARS],
        source=str(row.get("source") or ""),
        kind=str(row.get("kind") or "news"),
        url=row.get("url") or row.get("link") or None,
        desk=desk,
    )


def _plain(text: object) -> str:
    return " ".join(str(text).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """Precision, recall and F1 of one label (0 where undefined), and how many items have it."""

    precision: float
    recall: float
    f1: float
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationScores:
    """Agreement over all items; `macro_f1` is the mean F1 of the labels that occur (found or expected)."""

    items: int
    macro_f1: float
    on_topic: LabelScore
    labels: dict[str, LabelScore]


def score_classification(found: Sequence[str], expected: Sequence[str]) -> ClassificationScores:
    """Returns the scores of the primary desks found against the expected ones, item by item."""
    pairs = Counter(zip(found, expected, strict=True))
    labels = {label: _score(pairs, {label}) for label in load_taxonomy().labels}
    occurring = [score for label, score in labels.items() if label in found or label in expected]
    return ClassificationScores(
        items=len(found),
        macro_f1=sum(one.f1 for one in occurring) / max(1, len(occurring)),
        on_topic=_score(pairs, labels.keys() - {OFF_TOPIC}),
        labels=labels,
    )


def _score(pairs: Counter[tuple[str, str]], labels: Set[str]) -> LabelScore:
    hits = sum(count for (found, expected), count in pairs.items() if found in labels and expected in labels)
    all_found = sum(count for (found, _), count in pairs.items() if found in labels)
    all_expected = sum(count for (_, expected), count in pairs.items() if expected in labels)
    precision, recall = hits / max(1, all_found), hits / max(1, all_expected)
    return LabelScore(
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if hits else 0.0,
        items=all_expected,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """An item classified at another desk than labelled, with the reasons."""

    title: str
    expected: str
    found: str
    score: float
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How a classifier agrees with labels, and every item on which it does not, highest score first."""

    scores: ClassificationScores
    mistakes: tuple[Mistake, ...] = ()


def evaluate(classifier: DeskClassifier, items: Sequence[LabelledItem], embedder: Embedder) -> Evaluation:
    """Classifies labelled items in memory and scores their primary desks."""
    reading = read_articles(embedder, [text_to_embed(item.title, item.summary) for item in items])
    has_vectors = classifier.accepts_vectors_of(embedder.model)
    texts = [
        Text(
            title=item.title,
            summary=item.summary,
            source_kind=item.kind,
            publisher=item.source,
            url=item.url,
            vector=vector if has_vectors else vector[:0],
            head_outputs=head_outputs if has_vectors else NO_HEADS,
        )
        for item, vector, head_outputs in zip(items, reading.vectors, reading.head_outputs, strict=True)
    ]
    primaries = [classified.desks[0] for classified in classifier.classify_all(texts)]
    mistakes = [
        Mistake(
            title=item.title, expected=item.desk, found=found.desk, score=found.score, reasons=found.reasons
        )
        for item, found in zip(items, primaries, strict=True)
        if item.desk != found.desk
    ]
    return Evaluation(
        scores=score_classification([found.desk for found in primaries], [item.desk for item in items]),
        mistakes=tuple(sorted(mistakes, key=lambda one: (-one.score, one.title))),
    )
