"""How well a filing agrees with labels: macro-F1, on-topic F1, precision and recall a desk. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.enrich.desks import LABELS, OFF_TOPIC


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """Precision, recall and F1 of one label, and how many items carry it. 0 where nothing was found or labelled."""

    precision: float
    recall: float
    f1: float
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingScores:
    """Agreement over all items; `macro_f1` is the mean F1 of the labels that occur (found or meant)."""

    items: int
    macro_f1: float
    on_topic: LabelScore
    labels: dict[str, LabelScore]


def score_filing(found: Sequence[str], meant: Sequence[str]) -> FilingScores:
    """Scores of primary desks found against those meant, in one order."""
    both = Counter(zip(found, meant, strict=True))
    labels = {label: _score(both, {label}) for label in LABELS}
    occurring = [labels[label] for label in LABELS if label in found or label in meant]
    return FilingScores(
        items=len(found),
        macro_f1=sum(one.f1 for one in occurring) / max(1, len(occurring)),
        on_topic=_score(both, set(LABELS) - {OFF_TOPIC}),
        labels=labels,
    )


def _score(both: Counter[tuple[str, str]], labels: set[str]) -> LabelScore:
    hits = sum(count for (found, meant), count in both.items() if found in labels and meant in labels)
    found_all = sum(count for (found, _), count in both.items() if found in labels)
    meant_all = sum(count for (_, meant), count in both.items() if meant in labels)
    precision, recall = hits / max(1, found_all), hits / max(1, meant_all)
    return LabelScore(
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if hits else 0.0,
        items=meant_all,
    )
