"""The step before each story of a week in its thread, and the issue that told it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb

from reports.digest.items import EarlierStep, citation
from reports.week import Week
from warehouse.queries.citations import cited_articles
from warehouse.queries.earlier_steps import StepBefore
from warehouse.store.issues import first_issue


def read_earlier_steps(
    con: duckdb.DuckDBPyConnection, before: Mapping[int, StepBefore], as_of: datetime
) -> dict[int, EarlierStep]:
    """Returns, by story, the step of its thread before the week as it is printed.

    An issue tells every story that it counts, if only in its appendix.
    """
    cited = cited_articles(con, sorted({one.article_id for one in before.values()}))
    weeks = {Week.containing(one.counted_at) for one in before.values() if one.counted_at}
    issued = {one for one in weeks if first_issue(con, str(one), one.end, as_of)}
    return {
        story_id: EarlierStep(
            thread_id=one.thread_id,
            step=one.step,
            since=one.began_at.date(),
            happened_on=one.happened_at.date(),
            is_sure=one.is_sure,
            source=citation(cited[one.article_id]),
            told_in=_told_in(one.counted_at, issued),
        )
        for story_id, one in before.items()
    }


def _told_in(counted_at: datetime | None, issued: set[Week]) -> str | None:
    week = Week.containing(counted_at) if counted_at else None
    return str(week) if week in issued else None
