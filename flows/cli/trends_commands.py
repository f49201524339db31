"""`watchfloor trends`: the trend ledger of a week, and one row of it told step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, present, read_settings, stop
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.steps.trends import TrendReport
    from reports.week import Week
    from warehouse.store.trend_tests import TrendTest


@app.command()
def trends(
    week: Annotated[str | None, typer.Option(help="ISO week, as 2026-W33; without it the last complete one.")] = None,
    series: Annotated[
        str | None,
        typer.Option(
            help="One series, told step by step: desk:regulation, act_share:arms_race, topic:us_states, theme:cyber, entity:nvidia."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Count only what had been seen by this moment (ISO 8601, UTC if no zone); else everything."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what may be said of a week's counts, series by series: counted anew from the warehouse, nothing is written."""
    now = _moment(as_of) if as_of else present()
    chosen = _week(week, now)

    def run() -> TrendReport:
        from flows.steps.trends import trends

        return trends(read_settings(), chosen, now)

    report = attempt(run)
    claims = [_find(report, series)] if series else list(report.claims)
    if as_json:
        show_json({"week": str(report.week), "as_of": report.as_of, "claims": claims})
    elif series:
        _tell(report, claims[0])
    else:
        _list(report)


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        stop(f"--as-of: {written!r} is no ISO 8601 moment; write it as 2026-08-17T06:00Z.", Exit.USAGE)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _week(written: str | None, now: datetime) -> Week:
    from reports.week import Week

    try:
        chosen = Week.parse(written) if written else Week.last_complete(now)
    except ValueError as error:
        stop(f"--week: {error}.", Exit.USAGE)
    if chosen.start > now:
        stop(f"--week: {chosen} has not begun by {now:%Y-%m-%d %H:%M} UTC.", Exit.USAGE)
    return chosen


def _find(report: TrendReport, series: str) -> TrendTest:
    found = [claim for claim in report.claims if series in (claim.series, claim.test_id)]
    if not found and series.startswith("entity:"):
        stop(f"--series: {series} has no claim: an entity needs a story a week to be measured.", Exit.PROBLEMS)
    if not found:
        stop(f"--series: there is no {series!r}; `watchfloor trends --week {report.week}` lists them.", Exit.USAGE)
    return found[0]


def _list(report: TrendReport) -> None:
    from reports.trends.explain_trend import is_worth_a_line, ratio_line

    shown = [claim for claim in report.claims if is_worth_a_line(claim)]
    tested = max((claim.tested for claim in report.claims), default=0)
    show(
        f"{report.week} as known at {report.as_of:%Y-%m-%d %H:%M} UTC: {len(report.claims)} series, {tested} tested together"
    )
    for note in (*(one.what for one in report.panel.breaks), *map(str, report.panel.gaps)):
        show(f"  {note}")
    weeks = [f"{week.monday:%V}" for week in report.panel.baseline]
    show(
        f"\n{'claim':11}{'series':44}{' '.join(f'{week:>4}' for week in weeks)} | {'week':>4}  {'ratio':18}{'q':>6}  verdict"
    )
    for claim in shown:
        before = " ".join(f"{stories:4}" for stories in claim.baseline)
        ratio = ratio_line(claim) if claim.tested else ""
        q = f"{claim.q:6.2g}" if claim.tested else " " * 6
        show(
            f"{claim.test_id:11}{claim.series:44}{before} | {claim.stories:4}  {ratio:18}{q}  {claim.verdict.value.replace('_', ' ')}"
        )
    if len(shown) < len(report.claims):
        show(f"and {len(report.claims) - len(shown)} series without a story in these weeks")


def _tell(report: TrendReport, claim: TrendTest) -> None:
    from reports.trends.explain_trend import counting_query, explain_test

    show(f"{claim.test_id}  {claim.name} ({claim.series}), {claim.method}\n")
    for number, step in enumerate(explain_test(claim, report.panel), start=1):
        show(f"{number}. {step}")
    entered = [one for one in report.entered if one.test_id == claim.test_id]
    if entered:
        show(f"\nThe ledger has {'the same' if entered[0] == claim else 'another'} row for this cut-off.")
    show(f"\nThe counts, for `watchfloor sql`:\n{counting_query(claim)}")
