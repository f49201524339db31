"""Signals of articles beyond their desk: entities, topics, act and stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

# The entity roles that stand for state power and for bodies of states: who can regulate, enforce or fight.
OFFICIAL_ROLES = ("government", "military", "regulator", "intelligence", "international_body")
# A US state has the role of its government, but its name usually says only where something happened.
_OFFICIAL = f"role IN {OFFICIAL_ROLES} AND kind <> 'us_state'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The signals of one article: state bodies and other entities (title first), topics, act and stage."""

    officials: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    act: str | None = None
    stage: str | None = None


NO_SIGNALS = Signals()
_SIGNALS = f"""
WITH asked AS (SELECT unnest($ids::BIGINT[]) AS article_id),
named AS (
    SELECT article_id,
        list(name ORDER BY in_title DESC, mentions DESC, name) FILTER ({_OFFICIAL}) AS officials,
        list(name ORDER BY in_title DESC, mentions DESC, name) FILTER (({_OFFICIAL}) IS NOT TRUE) AS others
    FROM store.article_entities WHERE article_id IN (FROM asked) GROUP BY article_id
),
topical AS (
    SELECT t.article_id, list(t.topic ORDER BY t.score DESC, t.topic) AS topics
    FROM article_topics AS t JOIN article_desks AS d ON d.article_id = t.article_id AND d.desk = t.desk
        AND d.is_primary
    WHERE t.article_id IN (FROM asked) GROUP BY t.article_id
),
facets AS (
    SELECT article_id, any_value(value) FILTER (facet = 'act') AS act,
        any_value(value) FILTER (facet = 'stage') AS stage
    FROM article_facets WHERE article_id IN (FROM asked) GROUP BY article_id
)
SELECT a.article_id, coalesce(n.officials, []), coalesce(n.others, []), coalesce(t.topics, []), f.act, f.stage
FROM asked AS a
LEFT JOIN named AS n ON n.article_id = a.article_id
LEFT JOIN topical AS t ON t.article_id = a.article_id
LEFT JOIN facets AS f ON f.article_id = a.article_id
"""


def signals_of(con: duckdb.DuckDBPyConnection, article_ids: Sequence[int]) -> dict[int, Signals]:
    """Returns the signals of each of the articles."""
    rows = con.execute(_SIGNALS, {"ids": list(article_ids)}).fetchall()
    return {
        article_id: Signals(
            officials=tuple(officials), others=tuple(others), topics=tuple(topics), act=act, stage=stage
        )
        for article_id, officials, others, topics, act, stage in rows
    }
