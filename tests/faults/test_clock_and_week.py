"""A clock that was wrong, the turn of the year, daylight saving, and moments at the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from fakes import article, at, place_surely, watch
from typer.testing import CliRunner

from flows.cli import app
from flows.jobs import Job, JobResult, Skipped, day_key, hour_key, moment_key, run_job, week_key
from flows.monitor.status import next_digest
from flows.pipeline import write_issue
from flows.settings import Settings
from reports.digest.sections.desk_sections import chart_weeks
from reports.trends.panel import read_panel
from reports.week import Week
from sources.feeds.publication_dates import EARLIEST, judge_date, read_date
from sources.model import DateStatus
from warehouse.store.db import open_warehouse

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = at("2026-08-17T06:00")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def run(settings: Settings, flow: str, run_key: str, now: datetime, *, force: bool = False) -> object:
    job = Job(flow=flow, run_key=run_key, timeout_s=60, force=force)
    return run_job(settings, job, now, lambda: JobResult(report="worked", outcome="worked"))


def ingest(settings: Settings, now: datetime) -> object:
    with open_warehouse(settings.warehouse_path):
        pass
    return run(settings, "ingest", hour_key(now), now)


def digest(settings: Settings, now: datetime) -> object:
    week = Week.last_complete(now)
    return run(settings, "digest", week_key(week, now), now)


def test_clock_two_days_behind_does_nothing_twice_and_goes_on_when_it_is_right(settings: Settings) -> None:
    assert [ingest(settings, MONDAY), digest(settings, MONDAY)] == ["worked", "worked"]
    behind = MONDAY - 2 * DAY
    late = ingest(settings, behind)
    assert isinstance(late, Skipped)
    assert "that of 2026-08-17T06 is done" in late.reason
    assert digest(settings, behind) == "worked"  # the week before had no issue yet
    again = MONDAY + HOUR
    assert ingest(settings, again) == "worked"
    assert isinstance(digest(settings, again), Skipped)
    assert digest(settings, MONDAY + 7 * DAY) == "worked"


def test_clock_that_was_ahead_stops_no_later_hour_once_a_run_is_forced(settings: Settings) -> None:
    assert ingest(settings, MONDAY + 365 * DAY) == "worked"
    waits = ingest(settings, MONDAY)
    assert isinstance(waits, Skipped)
    assert waits.reason.endswith("If the clock was ahead then, `watchfloor ingest --force` begins anew.")
    assert run(settings, "ingest", moment_key(MONDAY), MONDAY, force=True) == "worked"
    assert [ingest(settings, MONDAY + hours * HOUR) for hours in (1, 2)] == ["worked", "worked"]


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2021-01-03T23:59", "2020-W52"),
        ("2021-01-04T00:00", "2020-W53"),
        ("2021-01-11T06:00", "2021-W01"),
        ("2027-01-04T06:00", "2026-W53"),
        ("2027-01-11T06:00", "2027-W01"),
        ("2026-01-05T06:00", "2026-W01"),
    ],
)
def test_the_issue_at_the_turn_of_the_year_is_that_of_the_iso_week(now: str, week: str) -> None:
    last = Week.last_complete(at(now))
    assert (str(last), week_key(last, at(now))) == (week, week)
    assert Week.parse(week) == last


@pytest.mark.parametrize(("first", "after"), [("2020-W53", "2021-W01"), ("2026-W53", "2027-W01")])
def test_weeks_of_two_years_follow_each_other_in_every_list(first: str, after: str) -> None:
    assert str(Week.parse(first).before(-1)) == after
    assert chart_weeks(Week.parse(after))[-2:] == [first, after]
    assert sorted(chart_weeks(Week.parse(after))) == chart_weeks(Week.parse(after))


@pytest.mark.parametrize("week", ["2021-W01", "2027-W02"])
def test_baseline_goes_over_the_turn_of_the_year(con: duckdb.DuckDBPyConnection, week: str) -> None:
    tested = Week.parse(week)
    watch(con, "wire", "post", since=tested.before(10), until=tested)
    panel = read_panel(con, tested, tested.end + 7 * HOUR)
    assert list(panel.compared) == [tested.before(back) for back in range(9, -1, -1)]
    assert any("W53" in str(one) for one in panel.compared)


def test_sql_and_python_name_the_same_week_on_every_day_around_new_year(
    con: duckdb.DuckDBPyConnection,
) -> None:
    days = [
        at(f"{year}-12-25") + timedelta(days=number) for year in range(2015, 2035) for number in range(14)
    ]
    named = [
        con.execute("SELECT week_of($day::TIMESTAMP)", {"day": day.replace(tzinfo=None)}).fetchall()[0][0]
        for day in days
    ]
    assert named == [str(Week.containing(day)) for day in days]


@pytest.mark.slow
def test_issue_of_week_53_has_its_name_and_only_its_days(settings: Settings) -> None:
    week = Week.parse("2020-W53")
    days = [week.start - HOUR, week.start, at("2021-01-01T12:00"), week.end - HOUR, week.end]
    with open_warehouse(settings.warehouse_path) as con:
        place_surely(con, *(article(f"Rule of {day:%d %B}", published=day, seen=day) for day in days))
    report = write_issue(settings, week, week.end + 6 * HOUR)
    assert report.files.html.name == "2020-W53.html"
    assert report.digest.corpus.articles == 3


ZONES = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Pacific/Apia": ("2026-01-01", "2026-07-01"),
}


@pytest.mark.parametrize("zone", ZONES)
def test_digest_is_due_once_a_week_at_six_by_the_clock_on_the_wall(zone: str) -> None:
    for changed in ZONES[zone]:
        hours = [at(changed) - 8 * DAY + number * HOUR for number in range(16 * 24)]
        due = sorted({next_digest(now, zone) for now in hours})
        local = [moment.astimezone(ZoneInfo(zone)) for moment in due]
        assert {(one.weekday(), one.hour, one.minute) for one in local} == {(0, 6, 0)}
        assert {(after.date() - before.date()).days for before, after in pairwise(local)} == {7}
        assert all(next_digest(now, zone) > now for now in hours)


def test_a_week_has_168_hours_and_seven_days_in_every_time_zone() -> None:
    """Weeks, days and hours are those of UTC: no hour is missing or comes twice, whatever the setting."""
    for changes in ZONES.values():
        for changed in changes:
            week = Week.containing(at(changed))
            moments = [week.start + number * HOUR for number in range(168)]
            assert week.end == moments[-1] + HOUR
            assert len({hour_key(moment) for moment in moments}) == 168
            assert len({day_key(moment) for moment in moments}) == 7
            assert sorted(map(hour_key, moments)) == list(map(hour_key, moments))


def test_another_time_zone_moves_when_a_digest_is_due_and_not_what_is_done(settings: Settings) -> None:
    ingest(settings, MONDAY)
    assert digest(settings, MONDAY) == "worked"
    assert (
        next_digest(MONDAY, "Asia/Tokyo")
        < next_digest(MONDAY, "UTC")
        < next_digest(MONDAY, "America/New_York") + 7 * DAY
    )
    assert isinstance(digest(settings, MONDAY + 4 * HOUR), Skipped)


@pytest.mark.parametrize("stated", ["2016-12-31T23:59:60Z", "Sat, 31 Dec 2016 23:59:60 GMT"])
def test_leap_second_is_the_second_after_it(stated: str) -> None:
    assert read_date(stated) == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("1970-01-01T00:00:00Z", DateStatus.UNPARSABLE),
        ("0001-01-01T00:00:00+05:00", DateStatus.UNPARSABLE),
        ("-2026-08-12T00:00:00Z", DateStatus.UNPARSABLE),
        ("99999-01-01T00:00:00Z", DateStatus.UNPARSABLE),
        ("9999-12-31T23:59:60Z", DateStatus.UNPARSABLE),
        ("9999-12-31T00:00:00Z", DateStatus.FUTURE),
    ],
)
def test_date_at_the_end_of_the_calendar_never_counts_as_news(stated: str, status: DateStatus) -> None:
    assert judge_date(stated, read_date(stated), MONDAY)[1] == status
    assert at("1970-01-01") < EARLIEST


@pytest.mark.parametrize(
    "words",
    ["--now 9999-12-31T00:00 status", "--now 0001-01-01 trends", "--now 9999-12-31T23:59-05:00 digest"]
    + [f"digest --week {week}" for week in ("0001-W01", "0000-W01", "9999-W52", "2021-W53")],
)
def test_moment_or_week_that_cannot_be_computed_with_is_a_usage_error(tmp_path: Path, words: str) -> None:
    done = CliRunner().invoke(app, ["--home", str(tmp_path), *words.split()])
    assert (done.exit_code, done.stderr.startswith("watchfloor: --")) == (2, True), done.output
