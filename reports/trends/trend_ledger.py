"""Makes the trend tests of a week: counts, compares and judges every series; one row each."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb

from reports.trends.comparison import Comparison, Series, compare_all, is_measurable
from reports.trends.explain_trend import reason_of
from reports.trends.panel import Panel
from reports.week import Week
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries import weekly_series
from warehouse.queries.weekly_series import SeriesCount
from warehouse.rounding import six_digits
from warehouse.store.trend_tests import TrendTest, Verdict

# Stored with each test: raise it with any change that can change a number or a verdict.
METHOD = "ledger-2"
# The last article of an archive is seen some hours before its week ends; collecting that
# stopped earlier saw a part only.
CUT_OFF_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Id:
    """Identifies a series; `desk` is None if it is counted across desks."""

    kind: str
    desk: str | None
    key: str


def cut_off(last_seen: datetime, week: Week, now: datetime) -> datetime:
    """Returns the watermark of an issue: when the last article was seen, or the end of a complete week."""
    return (
        max(last_seen, week.end) if now >= week.end and last_seen >= week.end - CUT_OFF_SLACK else last_seen
    )


def trend_tests_of(
    con: duckdb.DuckDBPyConnection, panel: Panel, as_of: datetime, *, is_over: bool
) -> list[TrendTest]:
    """Returns the trend tests of the panel's week from all that was seen by `as_of`.

    Tested are every desk, act share, topic and theme, and the entities with at least a story a week; desks
    come first. `is_over` says whether the whole week was collected.
    """
    history = [str(one.week) for one in panel.history]
    counted = _by_series(weekly_series.panel_counts(con, history, panel.steady, panel.feeds, as_of))
    names = _fixed_names()
    for which, weeks in counted.items():
        if which.kind == "entity":
            names[which] = min(one.name for one in weeks.values())
    series = {which: _series(which, counted, panel, is_over=is_over) for which in names}
    series = {which: one for which, one in series.items() if which.kind != "entity" or is_measurable(one)}
    tests = [
        _trend_test(which, names[which], counted, panel, as_of, comparison)
        for which, comparison in zip(series, compare_all(list(series.values())), strict=True)
    ]
    return _with_last_weeks(con, tests, panel.week, as_of)


def trend_test_id(week: Week, kind: str, key: str) -> str:
    """Returns the short id of a trend test, `W33-k7q2ma`, the same whenever and wherever it is made."""
    digest = hashlib.blake2b(f"{week}\x1f{kind}\x1f{key}".encode(), digest_size=5).digest()
    return f"W{week.monday:%V}-{base64.b32encode(digest).decode().lower()[:6]}"


def _fixed_names() -> dict[_Id, str]:
    taxonomy = load_taxonomy()
    names = {_Id("desk", desk.id, desk.id): desk.name for desk in taxonomy.desks.values()}
    names |= {_Id("act_share", desk.id, desk.id): f"Acts in {desk.name}" for desk in taxonomy.desks.values()}
    names |= {_Id("topic", topic.desk, topic.id): topic.name for topic in taxonomy.topics.values()}
    return names | {_Id("theme", None, theme.id): theme.name for theme in taxonomy.themes.values()}


def _by_series(counts: Sequence[SeriesCount]) -> dict[_Id, dict[str, SeriesCount]]:
    """The counts by series and week; a missing series or week has no story."""
    found: dict[_Id, dict[str, SeriesCount]] = {}
    for one in sorted(counts, key=lambda one: (one.kind, one.key)):
        found.setdefault(_Id(one.kind, one.desk, one.key), {})[one.week] = one
    return found


def _series(which: _Id, counted: dict[_Id, dict[str, SeriesCount]], panel: Panel, *, is_over: bool) -> Series:
    mine = counted.get(which, {})
    desk = counted.get(_Id("desk", which.desk, which.key), {}) if which.kind == "act_share" else None
    week = mine.get(str(panel.week))
    return Series(
        name=f"{which.kind}:{which.key}",
        kind=which.kind,
        stories=_stories(mine, panel.compared),
        panel=_panel_stories(mine, panel.compared),
        out_of=() if desk is None else _stories(desk, panel.compared),
        panel_out_of=() if desk is None else _panel_stories(desk, panel.compared),
        publishers=week.publishers if week else 0,
        watched_weeks=len(panel.baseline),
        panel_up=_coverage(mine, panel),
        is_over=is_over,
    )


def _coverage(mine: dict[str, SeriesCount], panel: Panel) -> float:
    """The panel's coverage, or less if the missing feeds had more than their share of this series."""
    steady = sum(mine[week].steady_stories for week in panel.compared[:-1] if week in mine)
    kept = sum(mine[week].panel_stories for week in panel.compared[:-1] if week in mine)
    return six_digits(min(panel.coverage, kept / steady) if steady else panel.coverage)


def _stories(weeks: dict[str, SeriesCount], wanted: Sequence[str]) -> tuple[int, ...]:
    return tuple(weeks[week].stories if week in weeks else 0 for week in wanted)


def _panel_stories(weeks: dict[str, SeriesCount], wanted: Sequence[str]) -> tuple[int, ...]:
    return tuple(weeks[week].panel_stories if week in weeks else 0 for week in wanted)


def _trend_test(
    which: _Id,
    name: str,
    counted: dict[_Id, dict[str, SeriesCount]],
    panel: Panel,
    as_of: datetime,
    comparison: Comparison,
) -> TrendTest:
    one, mine = comparison.series, counted.get(which, {})
    history = [
        str(watch.week) if watch.watched or watch.week == panel.week else None for watch in panel.history
    ]
    is_share = which.kind == "act_share"
    return TrendTest(
        test_id=trend_test_id(panel.week, which.kind, which.key),
        as_of=as_of,
        week=str(panel.week),
        kind=which.kind,
        desk=which.desk,
        key=which.key,
        name=name,
        stories=comparison.week_count,
        out_of=one.out_of[-1] if is_share else None,
        publishers=one.publishers,
        baseline_weeks=tuple(map(str, panel.baseline)),
        baseline=one.stories[:-1],
        baseline_out_of=one.out_of[:-1],
        history=tuple(None if week is None else _stories(mine, [week])[0] for week in history),
        panel_history=tuple(None if week is None else _panel_stories(mine, [week])[0] for week in history),
        panel_stories=one.panel[-1],
        panel_out_of=one.panel_out_of[-1] if is_share else None,
        panel_baseline=one.panel[:-1],
        panel_baseline_out_of=one.panel_out_of[:-1],
        ratio=comparison.ratio,
        low=comparison.low,
        high=comparison.high,
        p=comparison.p,
        q=comparison.q,
        tested=comparison.tested,
        dispersion=comparison.dispersion,
        coverage=one.panel_up,
        panel_ratio=comparison.panel_ratio,
        panel_p=comparison.panel_p,
        verdict=comparison.verdict,
        reason=reason_of(comparison, panel),
        first_before=None,
        method=METHOD,
    )


def _with_last_weeks(
    con: duckdb.DuckDBPyConnection, tests: list[TrendTest], week: Week, as_of: datetime
) -> list[TrendTest]:
    """Returns the tests; those with first_seen get the last earlier week with a story of their series."""
    first = [(test.kind, test.key) for test in tests if test.verdict is Verdict.FIRST_SEEN]
    before = weekly_series.last_weeks_before(con, first, str(week), as_of)
    return [
        replace(test, first_before=before.get((test.kind, test.key)))
        if test.verdict is Verdict.FIRST_SEEN
        else test
        for test in tests
    ]
