"""Which stories of a series one publisher family tells alone, by week."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlone:
    """How many stories of a series, `of_series` as `desk:regulation`, only one family tells in a week."""

    of_series: str
    publisher: str
    week: str
    stories: int


_ALONE = """
SELECT of_series, publisher, week, count(DISTINCT story_id) AS stories
FROM (
    SELECT kind || ':' || key AS of_series, publisher, week, story_id,
        min(publisher) OVER story = max(publisher) OVER story AS is_alone
    FROM series_articles($as_of)
    WHERE list_contains($series, kind || ':' || key) AND list_contains($weeks, week)
        AND list_contains($panel, source_id)
    WINDOW story AS (PARTITION BY kind, key, story_id)
)
WHERE is_alone
GROUP BY of_series, publisher, week ORDER BY of_series, publisher, week
"""


def told_alone(
    con: duckdb.DuckDBPyConnection,
    series: Collection[str],
    weeks: Sequence[str],
    panel: Set[str],
    as_of: datetime,
) -> list[ToldAlone]:
    """Returns what each publisher family alone tells of the series, among the panel's articles of `weeks`."""
    if not series:
        return []
    values = {"series": sorted(series), "weeks": list(weeks), "panel": sorted(panel), "as_of": to_db(as_of)}
    return [
        ToldAlone(of_series=of_series, publisher=publisher, week=week, stories=stories)
        for of_series, publisher, week, stories in con.execute(_ALONE, values).fetchall()
    ]
