"""`watchfloor sources health`: which feeds need a person, and why."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, attempt, present, read_settings
from flows.cli.console import show, show_json
from flows.cli.sources_commands import sources_app

if TYPE_CHECKING:
    from warehouse.queries.feed_health import FeedDay, FeedStatus


@sources_app.command("health")
def show_health(
    feed: Annotated[str | None, typer.Argument(help="Id of one feed: its last days, one by one.")] = None,
    days: Annotated[int, typer.Option(min=1, help="With a feed: how many days.")] = 14,
    every: Annotated[bool, typer.Option("--all", help="List also the feeds that are well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say which feeds fail, have fallen silent or show nothing, since when and why. Exit code 1 if any does."""
    if feed is not None:
        found = attempt(lambda: _days(feed, days))
        show_json(found) if as_json else _show_days(feed, found)
        return
    standings = attempt(_standings)
    ailing = [standing for standing in standings if standing.needs_attention]
    if as_json:
        show_json(standings)
    else:
        now = present()
        for standing in standings if every else ailing:
            show(_line(standing, now))
        show(_summary(standings))
    if ailing:
        raise typer.Exit(Exit.PROBLEMS)


def _standings() -> list[FeedStatus]:
    from flows.steps.health import health

    return health(read_settings())


def _days(feed: str, days: int) -> list[FeedDay]:
    from flows.steps.health import health_of

    return health_of(read_settings(), feed, days)


def _line(standing: FeedStatus, now: datetime) -> str:
    if standing.retired:
        state, why = "gone", "its server says so for good; take it off the catalog, or give it a new address"
    elif standing.state == "failing":
        state, why = "failing", f"{standing.last_outcome}: {standing.last_message}"
    elif standing.state == "stale":
        state, why = "stale", f"answers, but brought nothing new since {standing.last_new_on or 'it is watched'}"
    elif standing.state == "empty":
        state, why = "empty", "answers, but shows no entry"
    else:
        state, why = standing.state, f"{standing.entries_per_day:.1f} new a day"
    since = f"since {standing.failing_since:%Y-%m-%d}" if standing.failing_since else ""
    notes = [why, *_notes(standing), f"asked again {_in(standing.next_attempt_at, now)}"]
    return f"{state:8} {since:16} {standing.source_id:32} {'; '.join(notes)}"


def _notes(standing: FeedStatus) -> list[str]:
    moved = [f"moved to {standing.moved_to}"] if standing.moved_to else []
    return moved + ([] if standing.validators_honest else ["its 304s are not trusted: its body changed under one ETag"])


def _in(moment: datetime | None, now: datetime) -> str:
    minutes = (moment - now).total_seconds() / 60 if moment else 0
    if minutes <= 0:
        return "at the next run"
    if minutes < 120:
        return f"in {minutes:.0f} min"
    return f"in {minutes / 60:.0f} h" if minutes < 2_880 else f"in {minutes / 1_440:.0f} days"


def _summary(standings: list[FeedStatus]) -> str:
    states = Counter(standing.state for standing in standings)
    counted = ", ".join(f"{number} {state}" for state, number in states.most_common())
    return f"{len(standings)} feeds: {counted}" if standings else "No feed was asked yet: `watchfloor ingest` does it."


def _show_days(feed: str, days: list[FeedDay]) -> None:
    show(f"{feed}\n{'day':12}{'state':10}{'polls':>6}{'good':>6}{'shows':>7}{'new':>6}{'dupl.':>7}{'undated':>9}  last")
    for day in days:
        undated = "" if day.undated_share is None else f"{day.undated_share:.0%}"
        shows = "" if day.entries_in_feed is None else str(day.entries_in_feed)
        said = f"{day.last_outcome}{f': {day.last_message}' if day.last_message else ''}"
        lied = "; changed under one ETag" if day.validator_lied else ""
        show(
            f"{day.day!s:12}{day.state:10}{day.polls:6}{day.answers:6}{shows:>7}{day.entries_new:6}"
            f"{day.entries_duplicate:7}{undated:>9}  {said}{lied}"
        )
