"""Makes the trend tests of a week: counts, compares and judges every series; one row each."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import duckdb

from reports.trends.comparison import (
    SPANS,
    Comparison,
    Series,
    compare_all,
    is_measurable,
    without_rises_of_one,
)
from reports.trends.explain_trend import reason_of
from reports.trends.one_publisher import maker_of
from reports.trends.panel import Panel
from reports.week import Week
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries import weekly_series
from warehouse.queries.told_alone import told_alone
from warehouse.queries.weekly_series import SeriesCount
from warehouse.rounding import six_digits
from warehouse.store.trend_tests import TrendTest, Verdict

# Stored with each test: raise it with any change that can change a number or a verdict.
METHOD = "ledger-3"
# The last article of an archive is seen some hours before its week ends; collecting that
# stopped earlier saw a part only.
CUT_OFF_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Id:
    """Identifies a series; `desk` is None if it is counted across desks."""

    kind: str
    desk: str | None
    key: str


_Counted: TypeAlias = dict[_Id, dict[str, SeriesCount]]


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
    weeks = sorted({str(week) for week in (*(one.week for one in panel.history), *panel.compared)})
    counted = _by_series(weekly_series.panel_counts(con, weeks, panel.steady, panel.feeds, as_of))
    names = _fixed_names()
    for which, by_week in counted.items():
        if which.kind == "entity":
            names[which] = min(one.name for one in by_week.values())
    series = {which: _series(which, counted, panel, is_over=is_over) for which in names}
    series = {which: one for which, one in series.items() if which.kind != "entity" or is_measurable(one)}
    compared = compare_all(list(series.values()))
    compared = without_rises_of_one(compared, _made_by(con, compared, panel, as_of))
    tests = [
        _trend_test(which, names[which], counted, panel, as_of, comparison)
        for which, comparison in zip(series, compared, strict=True)
    ]
    return _with_last_weeks(con, tests, as_of)


def _made_by(
    con: duckdb.DuckDBPyConnection, compared: Sequence[Comparison], panel: Panel, as_of: datetime
) -> dict[str, str]:
    """The publisher family that makes the rise, of each called rise of a count that one makes alone."""
    rises = {one.series.name: one for one in compared if one.is_called_rise and not one.series.panel_out_of}
    weeks = list(map(str, panel.compared))
    alone: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(
        lambda: defaultdict(lambda: [0] * len(weeks))
    )
    for told in told_alone(con, rises.keys(), weeks, panel.feeds, as_of):
        alone[told.of_series][told.publisher][weeks.index(told.week)] = told.stories
    makers = {name: maker_of(one, alone[name]) for name, one in rises.items()}
    return {name: maker for name, maker in makers.items() if maker}


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


def _by_series(counts: Sequence[SeriesCount]) -> _Counted:
    """The counts by series and week; a missing series or week has no story."""
    found: _Counted = {}
    for one in sorted(counts, key=lambda one: (one.kind, one.key)):
        found.setdefault(_Id(one.kind, one.desk, one.key), {})[one.week] = one
    return found


def _series(which: _Id, counted: _Counted, panel: Panel, *, is_over: bool) -> Series:
    mine = counted.get(which, {})
    weeks = list(map(str, panel.compared))
    return Series(
        name=f"{which.kind}:{which.key}",
        kind=which.kind,
        desk=which.desk,
        panel=_each(mine, weeks, "panel_stories"),
        panel_out_of=_each(_whole(which, counted), weeks, "panel_stories"),
        publishers=_each(mine, weeks, "panel_publishers"),
        days=panel.days,
        told=_told(mine, weeks[-max(SPANS) :]),
        panel_up=_coverage(mine, weeks[:-1], panel),
        longest_span=panel.longest_span,
        is_forming=panel.is_forming,
        is_mixed=panel.is_mixed,
        is_over=is_over,
    )


def _whole(which: _Id, counted: _Counted) -> dict[str, SeriesCount] | None:
    """Of which the series is a share: of an act share all stories of the desk."""
    return counted.get(_Id("desk", which.desk, which.key), {}) if which.kind == "act_share" else None


def _told(mine: dict[str, SeriesCount], weeks: Sequence[str]) -> float:
    """The share of the series in these weeks that the panel tells."""
    stories = sum(_each(mine, weeks, "stories"))
    return six_digits(sum(_each(mine, weeks, "panel_stories")) / stories) if stories else 1.0


def _coverage(mine: dict[str, SeriesCount], baseline: Sequence[str], panel: Panel) -> float:
    """The panel's coverage, or less if the missing feeds had more than their share of this series."""
    steady = sum(_each(mine, baseline, "steady_stories"))
    kept = sum(_each(mine, baseline, "panel_stories"))
    return six_digits(min(panel.coverage, kept / steady) if steady else panel.coverage)


def _each(mine: dict[str, SeriesCount] | None, weeks: Sequence[str], column: str) -> tuple[int, ...]:
    """A column of the counts in each of the weeks; empty if there are no counts at all."""
    if mine is None:
        return ()
    return tuple(getattr(mine[week], column) if week in mine else 0 for week in weeks)


def _trend_test(
    which: _Id, name: str, counted: _Counted, panel: Panel, as_of: datetime, comparison: Comparison
) -> TrendTest:
    one, mine, whole = comparison.series, counted.get(which, {}), _whole(which, counted)
    weeks = list(map(str, panel.compared))
    baseline, span = weeks[: -comparison.span], weeks[-comparison.span :]
    week = mine.get(weeks[-1])
    return TrendTest(
        test_id=trend_test_id(panel.week, which.kind, which.key),
        as_of=as_of,
        week=str(panel.week),
        kind=which.kind,
        desk=which.desk,
        key=which.key,
        name=name,
        stories=week.stories if week else 0,
        out_of=None if whole is None else _each(whole, weeks, "stories")[-1],
        publishers=week.publishers if week else 0,
        span_weeks=tuple(span),
        span_stories=_each(mine, span, "stories"),
        baseline_weeks=tuple(baseline),
        baseline=_each(mine, baseline, "stories"),
        baseline_out_of=_each(whole, baseline, "stories"),
        history=_history(mine, panel, "stories"),
        panel_history=_history(mine, panel, "panel_stories"),
        days_watched=panel.days,
        panel_feeds=len(panel.feeds),
        watched_feeds=len(panel.watched),
        panel_stories=one.panel[-1],
        panel_out_of=None if whole is None else one.panel_out_of[-1],
        panel_span=one.panel[-comparison.span :],
        panel_span_out_of=one.panel_out_of[-comparison.span :],
        panel_baseline=one.panel[: -comparison.span],
        panel_baseline_out_of=one.panel_out_of[: -comparison.span],
        ratio=comparison.ratio,
        low=comparison.low,
        high=comparison.high,
        level=comparison.level,
        level_low=comparison.level_low,
        level_high=comparison.level_high,
        p=comparison.p,
        q=comparison.q,
        tested=comparison.tested,
        error_share=comparison.error_share,
        dispersion=comparison.dispersion,
        coverage=one.panel_up,
        verdict=comparison.verdict,
        reason=reason_of(comparison, panel),
        first_before=None,
        method=METHOD,
    )


def _history(mine: dict[str, SeriesCount], panel: Panel, column: str) -> tuple[int | None, ...]:
    """A column in the weeks of the history; None where no feed was watched."""
    return tuple(
        _each(mine, [str(one.week)], column)[0] if one.watched or one.week == panel.week else None
        for one in panel.history
    )


def _with_last_weeks(
    con: duckdb.DuckDBPyConnection, tests: list[TrendTest], as_of: datetime
) -> list[TrendTest]:
    """Returns the tests; those with first_seen get the last week before their span with a story of theirs."""
    first = [
        (test.kind, test.key, test.span_weeks[0]) for test in tests if test.verdict is Verdict.FIRST_SEEN
    ]
    before = weekly_series.last_weeks_before(con, first, as_of)
    return [
        replace(test, first_before=before.get((test.kind, test.key)))
        if test.verdict is Verdict.FIRST_SEEN
        else test
        for test in tests
    ]
