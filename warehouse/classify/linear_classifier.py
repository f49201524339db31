"""The learned head of the desks: its input, its weights, and what each concept adds. Trained by benchmarks/train_desk_head.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.classify.lexicon import SCORE_CAP, Reading, Scores

KINDS = (
    "government regulator international_body think_tank academia law_trade_press ai_lab defence_press news tech_press "
    "newsletter vendor civil_society"
).split()
SCORE_UNIT = 3.0  # scores enter the head in units of one decisive cue
VECTOR_FACTOR = 2.5  # a unit vector's entries beside such scores: cross-validated, 2 to 4 differ by less than .005
_AI, _CHIPS, _ARMS = ("ai", "labs", "biometrics"), ("chips", "compute"), ("autonomy", "drones")
# What a sum cannot say: both halves of the gate at once. The weaker half counts. Worth .015 of macro-F1.
PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    *((_AI, (power,)) for power in ("lawmaking", "government", "rules", "policing", "military", "statecyber")),
    *((_AI, (power,)) for power in ("controls", "flow_ban", "states", "rivalry", "privacy", "corporate", "product")),
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
    """Weights of a linear layer, a row a label; `parts` says for which concepts each of its first columns speaks."""

    concepts: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    vector_size: int
    temperature: float
    weights: Scores
    bias: Scores

    def parts_of(self, concepts: Sequence[str]) -> Scores:
        """How the head's first columns are shared out among `concepts`, in equal parts (column by concept)."""
        shares = np.zeros((len(self.parts), len(concepts)))
        for row, names in enumerate(self.parts):
            for name in names:
                if name in concepts:
                    shares[row, concepts.index(name)] = 1 / len(names)
        return shares


def read_classifiers(stored: dict[str, Any]) -> dict[str, LinearClassifier]:
    """The heads as the training script stored them: `full` reads vectors, `cues` does without."""
    concepts = tuple(stored["concepts"])
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
        for name, table in stored["heads"].items()
    }


def features(
    reading: Reading,
    bare: Sequence[bool],
    kinds: Sequence[str],
    concepts: Sequence[str],
    wanted: Sequence[str],
    vectors: NDArray[np.float32] | None,
) -> Scores:
    """The head's input, a row a text: titles' scores, whole scores (thirds), pairs, bare, kind, vector.

    `bare` texts have no summary; `kinds` are of their sources; columns follow `wanted`, of which `concepts` may lack some.
    """
    scores = [
        np.hstack([part, np.zeros((len(part), 1))]) for part in (reading.title, reading.total)
    ]  # a last column for what is absent
    place = {name: number for number, name in enumerate(concepts)}
    columns = [part[:, [place.get(name, -1) for name in wanted]] for part in scores]
    columns += [
        np.minimum(_together(part, place, left), _together(part, place, right))[:, None]
        for part in scores
        for left, right in PAIRS
    ]
    known = np.array([[float(kind == one) for one in KINDS] for kind in kinds])
    table = np.hstack([*(column / SCORE_UNIT for column in columns), np.array(bare, dtype=np.float64)[:, None], known])
    if vectors is not None:
        table = np.hstack([table, vectors * VECTOR_FACTOR])
    return np.asarray(table, dtype=np.float64)


def without_kind(table: Scores, concepts: int) -> Scores:
    """The same features as if every source were of kind news; for training, so that an unknown kind upsets nothing."""
    first = 2 * (concepts + len(PAIRS)) + 1
    plain = table.copy()
    plain[:, first : first + len(KINDS)] = [float(kind == "news") for kind in KINDS]
    return plain


def _together(scores: Scores, place: dict[str, int], names: Sequence[str]) -> Scores:
    together: Scores = scores[:, [place.get(name, -1) for name in names]].sum(axis=1)
    return np.minimum(together, SCORE_CAP)
