"""The taxonomy's rulings as rules over concept scores, as desks.toml writes them. Decides when one applies, not what follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.classify.lexicon import Reading, Scores

_Condition = tuple[bool, int, float]  # in the title only, which concept, from which score on
_CONDITION = re.compile(r"(?P<title>title\.)?(?P<concept>\w+)(?:>=(?P<least>[\d.]+))?")
_ANY_SCORE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When it applies, and what it then does: moves log-odds, or adds `desk` to texts whose primary is `primary`."""

    says: str
    all: tuple[_Condition, ...]
    any: tuple[_Condition, ...]
    none: tuple[_Condition, ...]
    kinds: frozenset[str]
    shift: Scores
    primary: str
    desk: str


def read_rule(table: dict[str, Any], concepts: Sequence[str], labels: Sequence[str]) -> Rule:
    """The rule of a table; ValueError names a condition on a concept that is not there."""
    parts = {
        key: tuple(_condition(written, concepts) for written in table.get(key, ())) for key in ("all", "any", "none")
    }
    return Rule(
        says=table.get("says", ""),
        all=parts["all"],
        any=parts["any"],
        none=parts["none"],
        kinds=frozenset(table.get("kinds", ())),
        shift=np.array([float(table.get("shift", {}).get(label, 0.0)) for label in labels]),
        primary=table.get("primary", ""),
        desk=table.get("desk", ""),
    )


def applies(rule: Rule, reading: Reading, kinds: Sequence[str]) -> NDArray[np.bool_]:
    """For which of the texts the rule holds; `kinds` are the kinds of their sources."""

    def holds(condition: _Condition) -> NDArray[np.bool_]:
        in_title, place, least = condition
        return np.asarray((reading.title if in_title else reading.total)[:, place] >= least)

    rows = np.ones(len(kinds), dtype=np.bool_)
    for condition in rule.all:
        rows &= holds(condition)
    if rule.any:
        rows &= np.logical_or.reduce([holds(condition) for condition in rule.any])
    for condition in rule.none:
        rows &= ~holds(condition)
    if rule.kinds:
        rows &= np.array([kind in rule.kinds for kind in kinds], dtype=np.bool_)
    return rows


def _condition(written: str, concepts: Sequence[str]) -> _Condition:
    match = _CONDITION.fullmatch(written)
    if match is None or match["concept"] not in concepts:
        raise ValueError(f"the condition {written!r} names no concept of the file")
    return bool(match["title"]), concepts.index(match["concept"]), float(match["least"] or _ANY_SCORE)
