"""The linear classifier of the desks: its features, its weights, and what each concept contributes.

benchmarks/train_desk_classifier.py trains it and writes desk_classifier.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.classify.lexicon import SCORE_CAP, Matches, Scores

SOURCE_KINDS = (
    "government regulator international_body think_tank academia law_trade_press ai_lab defence_press news "
    "tech_press newsletter vendor civil_society"
).split()
SCORE_UNIT = 3.0  # scores are features in units of one decisive term
VECTOR_FACTOR = (
    2.5  # scale of a unit vector beside such scores: in cross-validation, 2 to 4 differ by less than .005
)
_AI, _CHIPS, _ARMS = ("ai", "labs", "biometrics"), ("chips", "compute"), ("autonomy", "drones")
# A text is on topic only if it is about AI and about state power; a sum of scores cannot express "and". The
# weaker score of each pair is a feature of its own. Worth .015 of macro-F1.
PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    *(
        (_AI, (power,))
        for power in ("lawmaking", "government", "rules", "policing", "military", "statecyber")
    ),
    *(
        (_AI, (power,))
        for power in ("controls", "flow_ban", "states", "rivalry", "privacy", "corporate", "product")
    ),
    *((_AI, (power,)) for power in ("intelligence", "localities")),
    *(
        (_CHIPS, (power,))
        for power in ("controls", "flow_ban", "states", "lawmaking", "government", "military", "market")
    ),
    *((_ARMS, (power,)) for power in ("military", "states", "flow_ban", "civil")),
    (("labs",), ("controls", "flow_ban")),
    (("labs",), ("military", "military_ai", "intelligence")),
    (("military_ai",), ("market",)),
)


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """Weights of a linear layer, a row per label; `score_columns` has the concepts of each score feature."""

    concepts: tuple[str, ...]
    score_columns: tuple[tuple[str, ...], ...]
    vector_size: int
    temperature: float
    weights: Scores
    bias: Scores

    def concept_shares(self, concepts: Sequence[str]) -> Scores:
        """Returns how the score features divide among `concepts`, in equal parts (feature by concept)."""
        shares = np.zeros((len(self.score_columns), len(concepts)))
        for row, names in enumerate(self.score_columns):
            for name in names:
                if name in concepts:
                    shares[row, concepts.index(name)] = 1 / len(names)
        return shares


def read_linear_classifiers(artefact: Mapping[str, Any]) -> dict[str, LinearClassifier]:
    """Returns the classifiers of the training script's artefact: `with_vectors` and `without_vectors`."""
    concepts = tuple(artefact["concepts"])
    one = [(name,) for name in concepts]
    two = [(*left, *right) for left, right in PAIRS]
    return {
        name: LinearClassifier(
            concepts,
            (*one, *one, *two, *two),
            table["vector_size"],
            table["temperature"],
            np.array(table["weights"]),
            np.array(table["bias"]),
        )
        for name, table in artefact["classifiers"].items()
    }


def features(
    matches: Matches,
    without_summary: Sequence[bool],
    source_kinds: Sequence[str],
    concepts: Sequence[str],
    wanted: Sequence[str],
    vectors: NDArray[np.float32] | None,
) -> Scores:
    """Returns the input of a classifier, one row per text.

    The columns are the scores of titles and of whole texts for the concepts in `wanted` (zero for those not
    in `concepts`), the pairs, whether the text has no summary, the kind of its source, and its vector.
    """
    scores = [np.hstack([part, np.zeros((len(part), 1))]) for part in (matches.title, matches.total)]
    place = {
        name: number for number, name in enumerate(concepts)
    }  # -1, the column of zeros, if it is not there
    columns = [part[:, [place.get(name, -1) for name in wanted]] for part in scores]
    columns += [
        np.minimum(_joint_score(part, place, left), _joint_score(part, place, right))[:, None]
        for part in scores
        for left, right in PAIRS
    ]
    kinds = np.array([[float(kind == one) for one in SOURCE_KINDS] for kind in source_kinds])
    table = np.hstack(
        [
            *(column / SCORE_UNIT for column in columns),
            np.array(without_summary, dtype=np.float64)[:, None],
            kinds,
        ]
    )
    if vectors is not None:
        table = np.hstack([table, vectors * VECTOR_FACTOR])
    return np.asarray(table, dtype=np.float64)


def as_news(table: Scores, concepts: int) -> Scores:
    """Returns the features as if every source were of kind `news`.

    Trains the classifier for sources of unknown kind.
    """
    first = 2 * (concepts + len(PAIRS)) + 1
    changed = table.copy()
    changed[:, first : first + len(SOURCE_KINDS)] = [float(kind == "news") for kind in SOURCE_KINDS]
    return changed


def _joint_score(scores: Scores, place: dict[str, int], names: Sequence[str]) -> Scores:
    total: Scores = scores[:, [place.get(name, -1) for name in names]].sum(axis=1)
    return np.minimum(total, SCORE_CAP)
