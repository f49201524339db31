"""`watchfloor trends`: the trend tests of a week, and one of them explained step by step."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
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


# Of the compared weeks so many are shown if they fit; in a narrow terminal without test ids and intervals.
MOST_WEEKS, NARROW = 9, 140


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
    """Show the trend test of every series in a week, counted again from the warehouse; nothing is written.

    The columns: stories of the last weeks on the feeds watched throughout; over how many of these weeks the
    series differs most, and how many times the mean week before they have (95 % interval); q, up to 0.1
    called, up to 0.25 possibly. --json prints `week`, `as_of` and `claims`, each with the columns of the view
    `trend_tests`, which the data dictionary describes.
    """
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
    from reports.trends.explain_trend import is_worth_a_line

    shown = [test for test in report.tests if is_worth_a_line(test)]
    tested = max((test.tested for test in report.tests), default=0)
    show(
        f"{report.week} as known at {report.as_of:%Y-%m-%d %H:%M} UTC: {len(report.tests)} series, {tested} "
        "tested together"
    )
    for note in (*(one.what for one in report.panel.breaks), *map(str, report.panel.gaps)):
        show(f"  {note}")
    panel = report.panel
    show(f"  on the {len(panel.feeds)} of {len(panel.watched)} feeds watched since {panel.compared[0]}\n")
    for line in _table(shown, [f"W{week.monday:%V}" for week in panel.compared], _columns() or 2 * NARROW):
        show(line)
    if len(shown) < len(report.tests):
        show(f"and {len(report.tests) - len(shown)} series without a story in these weeks")


def _columns() -> int:
    """How many columns the terminal has; 0 if the output is no terminal and COLUMNS is not set."""
    return shutil.get_terminal_size((0, 0)).columns


def _table(tests: Sequence[TrendTest], weeks: Sequence[str], columns: int) -> Iterator[str]:
    """Lines of at most so many columns, as far as the names of the series allow."""
    from reports.trends.explain_trend import ratio_line

    wide = columns >= NARROW
    name, ratio = max((len(test.series) for test in tests), default=0), 19 if wide else 7
    fixed = (12 if wide else 0) + name + ratio + len("  over        q  no measurable change")
    many = max(1, min(MOST_WEEKS, (columns - fixed - 2) // 5))

    def line(test_id: str, series: str, counts: Sequence[object], *rest: str) -> str:
        over, times_usual, q, verdict = rest
        shown = "".join(f"{one:>5}" for one in counts[-many:])
        first = f"{test_id:12}" if wide else ""
        return f"{first}{series:{name}}{shown}  {over:>4}  {times_usual:{ratio}}{q:>8}  {verdict}".rstrip()

    yield line("test", "series", weeks, "over", "ratio", "q", "verdict")
    for test in tests:
        said = test.verdict.value.replace("_", " ")
        counts = (*test.panel_baseline, *test.panel_span)
        if not test.tested:
            yield line(test.test_id, test.series, counts, "", "", "", said)
            continue
        usual = ratio_line(test.ratio, test.low, test.high)
        usual = usual if wide else usual.removeprefix("at least ").partition(" ")[0]
        if not wide and test.ratio is None:
            usual = f">{usual}"
        yield line(
            test.test_id, test.series, counts, f"{len(test.span_weeks)}w", usual, f"{test.q:.2g}", said
        )


def _explain(report: TrendReport, test: TrendTest) -> None:
    from reports.trends.drivers import CALLED
    from reports.trends.explain_trend import counting_query, driving_query, explain_test

    show(f"{test.test_id}  {test.name} ({test.series}), {test.method}\n")
    for number, step in enumerate(explain_test(test, report.panel), start=1):
        columns = _columns()
        show(
            textwrap.fill(f"{number}. {step}", columns, subsequent_indent="   ")
            if columns
            else f"{number}. {step}"
        )
    recorded = [one for one in report.recorded if one.test_id == test.test_id]
    if recorded:
        show(
            f"\nThe row on record for this cut-off is {'the same' if recorded[0] == test else 'another one'}."
        )
    show(f"\nThe counts, for `watchfloor sql`:\n{counting_query(test)}")
    if test.verdict in CALLED and test.kind in ("desk", "topic", "theme"):
        show(f"\nWhat drives it:\n{driving_query(test)}")
