"""The rules of taxonomy.toml: conditions on concept scores, and what a rule does where it applies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.classify.lexicon import Matches, Scores

_Condition = tuple[bool, int, float]  # title only, concept number, least score
_CONDITION = re.compile(r"(?P<title>title\.)?(?P<concept>\w+)(?:>=(?P<least>[\d.]+))?")
_ANY_SCORE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule shifts log-odds, or adds the secondary `desk` to texts whose primary desk is `primary`."""

    reason: str
    all: tuple[_Condition, ...]
    any: tuple[_Condition, ...]
    none: tuple[_Condition, ...]
    source_kinds: frozenset[str]
    shift: Scores
    primary: str
    desk: str


def read_rule(table: Mapping[str, Any], concepts: Sequence[str], labels: Sequence[str]) -> Rule:
    """Returns the rule of a table. Raises ValueError if it names an unknown concept or desk."""
    all_, any_, none = (
        tuple(_condition(written, concepts) for written in table.get(key, ())) for key in ("all", "any", "none")
    )
    shift, primary, desk = table.get("shift", {}), table.get("primary", ""), table.get("desk", "")
    if unknown := {*shift, primary, desk} - {*labels, ""}:
        raise ValueError(f"the rule {table['reason']!r} names {min(unknown)!r}, which is no desk")
    return Rule(
        reason=table["reason"],
        all=all_,
        any=any_,
        none=none,
        source_kinds=frozenset(table.get("kinds", ())),
        shift=np.array([float(shift.get(label, 0.0)) for label in labels]),
        primary=primary,
        desk=desk,
    )


def applies(rule: Rule, matches: Matches, source_kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Returns for each text whether the rule applies to it."""

    def holds(condition: _Condition) -> NDArray[np.bool_]:
        title_only, concept, least = condition
        return np.asarray((matches.title if title_only else matches.total)[:, concept] >= least)

    rows = np.ones(len(source_kinds), dtype=np.bool_)
    for condition in rule.all:
        rows &= holds(condition)
    if rule.any:
        rows &= np.logical_or.reduce([holds(condition) for condition in rule.any])
    for condition in rule.none:
        rows &= ~holds(condition)
    if rule.source_kinds:
        rows &= np.array([kind in rule.source_kinds for kind in source_kinds], dtype=np.bool_)
    return rows


def _condition(written: str, concepts: Sequence[str]) -> _Condition:
    match = _CONDITION.fullmatch(written)
    if match is None or match["concept"] not in concepts:
        raise ValueError(f"the condition {written!r} names no concept of the taxonomy")
    return bool(match["title"]), concepts.index(match["concept"]), float(match["least"] or _ANY_SCORE)
