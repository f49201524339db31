"""`watchfloor trends`: the trend tests of a week, and one of them explained step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import (
    AsJson,
    Exit,
    app,
    exit_on_error,
    open_current,
    parse_begun_week,
    parse_moment,
    present,
    read_settings,
    stop,
)
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.settings import Settings
    from reports.trends.panel import Panel
    from reports.week import Week
    from warehouse.store.trend_tests import TrendTest


SHOWN_WEEKS = 9  # as many as fit a line


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendReport:
    """The trend tests of a week as known at `as_of` (aware UTC), and those on record with that cut-off."""

    week: Week
    as_of: datetime
    panel: Panel
    tests: tuple[TrendTest, ...]
    recorded: tuple[TrendTest, ...]


@app.command()
def trends(
    week: Annotated[
        str | None, typer.Option(help="ISO week, as 2026-W33; without it the last complete one.")
    ] = None,
    series: Annotated[
        str | None,
        typer.Option(
            help="One series, explained step by step: desk:regulation, act_share:arms_race, topic:us_states, "
            "theme:cyber, entity:nvidia."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Count only what had been seen by this moment (ISO 8601, UTC if no zone); else everything."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the trend test of every series in a week, counted again from the warehouse; nothing is written."""
    now = parse_moment("--as-of", as_of) if as_of else present()
    chosen = parse_begun_week(week, now)
    with exit_on_error():
        report = read_trends(read_settings(), chosen, now)
    tests = [_find(report, series)] if series else list(report.tests)
    if as_json:
        show_json({"week": str(report.week), "as_of": report.as_of, "claims": tests})
    elif series:
        _explain(report, tests[0])
    else:
        _list(report)


def read_trends(settings: Settings, week: Week, now: datetime) -> TrendReport:
    """Returns the trend tests of `week` on everything seen by `now`. Writes nothing."""
    from reports.trends.panel import read_panel
    from reports.trends.trend_ledger import cut_off, trend_tests_of
    from warehouse.queries.week_articles import watermark
    from warehouse.store.trend_tests import read_trend_tests

    with open_current(settings) as con:
        as_of = cut_off(watermark(con, now) or now, week, now)
        panel = read_panel(con, week, as_of)
        tests = trend_tests_of(con, panel, as_of, is_over=as_of >= week.end)
        recorded = read_trend_tests(con, str(week), as_of)
    return TrendReport(week=week, as_of=as_of, panel=panel, tests=tuple(tests), recorded=tuple(recorded))


def _find(report: TrendReport, series: str) -> TrendTest:
    found = [test for test in report.tests if series in (test.series, test.test_id)]
    if not found and series.startswith("entity:"):
        stop(
            f"--series: {series} has no trend test: an entity needs a story a week to be measured.",
            Exit.PROBLEMS,
        )
    if not found:
        stop(
            f"--series: there is no {series!r}; `watchfloor trends --week {report.week}` lists them.",
            Exit.USAGE,
        )
    return found[0]


def _list(report: TrendReport) -> None:
    from reports.trends.explain_trend import is_worth_a_line, times

    shown = [test for test in report.tests if is_worth_a_line(test)]
    tested = max((test.tested for test in report.tests), default=0)
    show(
        f"{report.week} as known at {report.as_of:%Y-%m-%d %H:%M} UTC: {len(report.tests)} series, {tested} "
        "tested together"
    )
    for note in (*(one.what for one in report.panel.breaks), *map(str, report.panel.gaps)):
        show(f"  {note}")
    panel = report.panel
    weeks = [f"{week.monday:%V}" for week in panel.compared[-SHOWN_WEEKS:]]
    show(
        f"  stories of the {len(panel.feeds)} of {len(panel.watched)} feeds watched since "
        f"{panel.compared[0]}; a ratio is that of the last weeks to those before"
    )
    show(
        f"\n{'test':11}{'series':44}{' '.join(f'{week:>4}' for week in weeks)}  {'ratio':18}{'weeks':>5}"
        f"{'q':>8}  verdict"
    )
    for test in shown:
        counts = (*test.panel_baseline, *test.panel_span)[-SHOWN_WEEKS:]
        ratio = times(test.ratio, test.low, test.high) if test.tested else ""
        q = f"{len(test.span_weeks):5}{test.q:8.2g}" if test.tested else " " * 13
        show(
            f"{test.test_id:11}{test.series:44}{' '.join(f'{stories:4}' for stories in counts)}  "
            f"{ratio:18}{q}  {test.verdict.value.replace('_', ' ')}"
        )
    if len(shown) < len(report.tests):
        show(f"and {len(report.tests) - len(shown)} series without a story in these weeks")


def _explain(report: TrendReport, test: TrendTest) -> None:
    from reports.trends.drivers import CALLED
    from reports.trends.explain_trend import counting_query, driving_query, explain_test

    show(f"{test.test_id}  {test.name} ({test.series}), {test.method}\n")
    for number, step in enumerate(explain_test(test, report.panel), start=1):
        show(f"{number}. {step}")
    recorded = [one for one in report.recorded if one.test_id == test.test_id]
    if recorded:
        show(
            f"\nThe row on record for this cut-off is {'the same' if recorded[0] == test else 'another one'}."
        )
    show(f"\nThe counts, for `watchfloor sql`:\n{counting_query(test)}")
    if test.verdict in CALLED and test.kind in ("desk", "topic", "theme"):
        show(f"\nWhat drives it:\n{driving_query(test)}")
