"""Saves and reads trend tests. They are computed in reports/trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.store.db import from_db, rows_table, to_db


class Verdict(StrEnum):
    """The result of a trend test; the trend sentence of the digest follows from it."""

    RISEN = "risen"
    FALLEN = "fallen"
    POSSIBLY_RISEN = "possibly_risen"
    POSSIBLY_FALLEN = "possibly_fallen"
    NO_MEASURABLE_CHANGE = "no_measurable_change"
    FIRST_SEEN = "first_seen"
    BASELINE_FORMING = "baseline_forming"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendTest:
    """One series of one week compared with its baseline, with the evidence for the verdict.

    `kind` is desk, topic, theme, entity or act_share. For act_share counts are of stories that report an act,
    the fields `..._out_of` all stories of the desk, and ratios those of the odds; for other kinds they are
    None or empty. The span that speaks, `span_weeks`, ends with the tested week; `baseline_weeks` are those
    before it. All weeks are in order. Fields named `panel_...` count what the feeds watched in all of these
    weeks tell, `panel_feeds` of `watched_feeds` that are watched now; the tests are of these. `ratio` is
    the span's mean week over the baseline's, `level` the tested week over the mean of all weeks before it;
    they and their upper bounds are None if the baseline is zero. `days_watched` are those of the weeks of
    baseline and span: fewer than seven after an outage, and the week counts for less. `history` are the
    last thirteen weeks, the tested one included, None where no feed was watched. `as_of` is aware UTC.
    Fields with a default are new in ledger-3: issues written before lack them.
    """

    test_id: str
    as_of: datetime
    week: str
    kind: str
    desk: str | None
    key: str
    name: str
    stories: int
    out_of: int | None
    publishers: int
    span_weeks: tuple[str, ...] = ()
    span_stories: tuple[int, ...] = ()
    baseline_weeks: tuple[str, ...]
    baseline: tuple[int, ...]
    baseline_out_of: tuple[int, ...]
    history: tuple[int | None, ...]
    panel_history: tuple[int | None, ...]
    days_watched: tuple[int, ...] = ()
    panel_feeds: int = 0
    watched_feeds: int = 0
    panel_stories: int
    panel_out_of: int | None
    panel_span: tuple[int, ...] = ()
    panel_span_out_of: tuple[int, ...] = ()
    panel_baseline: tuple[int, ...]
    panel_baseline_out_of: tuple[int, ...]
    ratio: float | None
    low: float
    high: float | None
    level: float | None = None
    level_low: float = 0.0
    level_high: float | None = None
    p: float
    q: float
    tested: int
    error_share: float = 0.0
    dispersion: float
    coverage: float
    verdict: Verdict
    reason: str
    first_before: str | None
    method: str

    @property
    def series(self) -> str:
        """Returns the name of the series on the command line, such as `desk:regulation`."""
        return f"{self.kind}:{self.key}"


_NAMES = tuple(field.name for field in fields(TrendTest))
_COLUMNS = ", ".join(_NAMES)
_INTEGERS = "stories out_of publishers panel_feeds watched_feeds panel_stories panel_out_of tested".split()
_NUMBERS = "ratio low high level level_low level_high p q error_share dispersion coverage".split()
_INTEGER_LISTS = (
    "span_stories baseline baseline_out_of history panel_history panel_span panel_span_out_of panel_baseline "
    "panel_baseline_out_of days_watched"
).split()
_WEEK_LISTS = "span_weeks baseline_weeks".split()
_TYPES = {
    "as_of": pa.timestamp("us"),
    **dict.fromkeys(_INTEGERS, pa.int32()),
    **dict.fromkeys(_NUMBERS, pa.float64()),
    **dict.fromkeys(_INTEGER_LISTS, pa.list_(pa.int32())),
    **dict.fromkeys(_WEEK_LISTS, pa.list_(pa.string())),
}
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in _NAMES])
_LISTS = (*_INTEGER_LISTS, *_WEEK_LISTS)

_FORGET = """
DELETE FROM store.trend_tests AS known USING (SELECT DISTINCT week, as_of FROM new_tests) AS made
WHERE known.week = made.week AND known.as_of = made.as_of
"""
# Until ledger-2 the panel had a test of its own; now the test is the panel's.
_SAVE = f"""
INSERT INTO store.trend_tests ({_COLUMNS}, panel_ratio, panel_p) SELECT {_COLUMNS}, ratio, p FROM new_tests
"""


def save_trend_tests(con: duckdb.DuckDBPyConnection, tests: Sequence[TrendTest]) -> None:
    """Saves the tests in place of those of the same week and cut-off; tests of other cut-offs stay."""
    if not tests:
        return
    rows = [{name: getattr(test, name) for name in _NAMES} | {"as_of": to_db(test.as_of)} for test in tests]
    con.register("new_tests", rows_table(rows, _SCHEMA))
    con.execute(_FORGET)
    con.execute(_SAVE)
    con.unregister("new_tests")


_READ = f"""
SELECT {_COLUMNS} FROM trend_tests
WHERE week = $week AND as_of = coalesce($as_of, (SELECT max(as_of) FROM trend_tests WHERE week = $week))
ORDER BY list_position(['desk', 'act_share', 'topic', 'theme', 'entity'], kind), desk, key
"""


def read_trend_tests(
    con: duckdb.DuckDBPyConnection, week: str, as_of: datetime | None = None
) -> list[TrendTest]:
    """Returns the trend tests of a week and a watermark, by default the latest; desks first, then by kind."""
    rows = con.execute(_READ, {"week": week, "as_of": to_db(as_of)}).to_arrow_table().to_pylist()
    return [_trend_test(row) for row in rows]


_LATEST = f"""
SELECT {_COLUMNS} FROM trend_tests SEMI JOIN
    (SELECT week, max(as_of) AS as_of FROM trend_tests GROUP BY week) AS latest USING (week, as_of)
ORDER BY week, kind, key
"""


def latest_trend_tests(con: duckdb.DuckDBPyConnection) -> list[TrendTest]:
    """Returns the trend tests of every week with the latest watermark it was tested at, by week."""
    return [_trend_test(row) for row in con.execute(_LATEST).to_arrow_table().to_pylist()]


def _trend_test(row: dict[str, Any]) -> TrendTest:
    lists = {name: tuple(row[name] or ()) for name in _LISTS}
    return TrendTest(**row | lists | {"as_of": from_db(row["as_of"]), "verdict": Verdict(row["verdict"])})
