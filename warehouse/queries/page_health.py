"""How many of the pages that were wanted were had, by source, and why the others were not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from sources.model import Outcome
from warehouse.store.db import to_db

LOOK_BACK = timedelta(days=30)
# A source of which no page was had for so long, of so many at least, is named.
NONE_HAD_FOR = timedelta(days=7)
LEAST_PAGES = 5

_OUTCOMES = """
SELECT month.source_id, month.outcome, month.articles, coalesce(week.articles, 0)
FROM page_outcomes_since($month) AS month
LEFT JOIN page_outcomes_since($week) AS week
    ON week.source_id = month.source_id AND week.outcome = month.outcome
ORDER BY month.source_id, month.articles DESC, month.outcome
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHealth:
    """The pages of a source that were asked for in the last 30 days, by outcome, the most frequent first.

    `share` is that of the pages that were had, 0 to 1; `none_had` whether none was in the last week.
    """

    pages: int
    had: int
    share: float
    none_had: bool
    outcomes: Mapping[str, int]

    @property
    def failures(self) -> dict[str, int]:
        """The outcomes of the pages that were not had."""
        return {outcome: many for outcome, many in self.outcomes.items() if outcome != Outcome.OK}


def page_health(con: duckdb.DuckDBPyConnection, now: datetime) -> dict[str, PageHealth]:
    """Returns by source id the health of each source of which a page was asked for in the last 30 days."""
    params = {"month": to_db(now - LOOK_BACK), "week": to_db(now - NONE_HAD_FOR)}
    by_source: dict[str, dict[str, tuple[int, int]]] = {}
    for source_id, outcome, month, week in con.execute(_OUTCOMES, params).fetchall():
        by_source.setdefault(source_id, {})[outcome] = (month, week)
    return {source_id: _health(counts) for source_id, counts in by_source.items()}


def _health(counts: Mapping[str, tuple[int, int]]) -> PageHealth:
    pages = sum(month for month, _ in counts.values())
    had, had_in_week = counts.get(Outcome.OK, (0, 0))
    return PageHealth(
        pages=pages,
        had=had,
        share=round(had / pages, 3),
        none_had=not had_in_week and sum(week for _, week in counts.values()) >= LEAST_PAGES,
        outcomes={outcome: month for outcome, (month, _) in counts.items()},
    )


_COUNTS = """
SELECT coalesce(sum(articles) FILTER (outcome = 'ok'), 0)::BIGINT,
    coalesce(sum(articles) FILTER (outcome NOT IN ('ok', 'postponed')), 0)::BIGINT
FROM page_outcomes_since($since)
"""


def count_pages(con: duckdb.DuckDBPyConnection, now: datetime) -> dict[str, int]:
    """Returns how many pages were had and how many were not, in the last day."""
    had, failed = con.execute(_COUNTS, {"since": to_db(now - timedelta(days=1))}).fetchall()[0]
    return {"had": had, "failed": failed}
