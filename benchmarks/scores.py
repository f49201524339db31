"""Scores of stories and of desks against labels. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from sklearn.metrics import adjusted_rand_score, f1_score, precision_recall_fscore_support
from sklearn.metrics.cluster import pair_confusion_matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingScores:
    """How well groups match the labelled ones; all 0 to 1, 1 best."""

    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    pairwise_f1: float
    ari: float


def score_grouping(found: Sequence[Hashable], labelled: Sequence[Hashable]) -> GroupingScores:
    """Returns BCubed (Bagga and Baldwin 1998), pairwise F1 and the adjusted Rand index of two clusterings."""
    found_size, labelled_size = Counter(found), Counter(labelled)
    both = Counter(zip(found, labelled, strict=True))
    items = len(found)
    precision = sum(count * count / found_size[group] for (group, _), count in both.items()) / items
    recall = sum(count * count / labelled_size[group] for (_, group), count in both.items()) / items
    found_ids, labelled_ids = _numbered(found), _numbered(labelled)
    (_, false_pairs), (missed_pairs, true_pairs) = pair_confusion_matrix(labelled_ids, found_ids)
    pairs = 2 * true_pairs + false_pairs + missed_pairs
    return GroupingScores(
        bcubed_precision=precision,
        bcubed_recall=recall,
        bcubed_f1=2 * precision * recall / (precision + recall),
        pairwise_f1=float(2 * true_pairs / pairs) if pairs else 1.0,
        ari=float(adjusted_rand_score(labelled_ids, found_ids)),
    )


def score_desks(found: Sequence[str], labelled: Sequence[str], desks: Sequence[str]) -> dict[str, float]:
    """Macro-F1 over all classes, F1 of on topic against off topic, precision and recall a desk."""
    precision, recall, _, _ = precision_recall_fscore_support(
        labelled, found, labels=list(desks), zero_division=0.0
    )
    scores = {
        "macro_f1": float(f1_score(labelled, found, average="macro", zero_division=0.0)),
        "on_topic_f1": float(
            f1_score([one != "off_topic" for one in labelled], [one != "off_topic" for one in found])
        ),
    }
    for desk, p, r in zip(desks, precision, recall, strict=True):
        scores[f"{desk}_precision"], scores[f"{desk}_recall"] = float(p), float(r)
    return scores


def _numbered(groups: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(group, len(numbers)) for group in groups]
