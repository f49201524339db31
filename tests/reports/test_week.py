"""ISO weeks in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from fakes import at
from hypothesis import given
from hypothesis import strategies as st

from reports.week import Week


def test_week_runs_from_monday_to_monday() -> None:
    week = Week.parse("2026-W33")
    assert (week.start, week.end) == (at("2026-08-10"), at("2026-08-17"))
    assert str(week) == "2026-W33"


@pytest.mark.parametrize(
    ("written", "monday"),
    [("2026-W01", "2025-12-29"), ("2026-W53", "2026-12-28"), ("2025-W01", "2024-12-30")],
)
def test_years_turn_as_iso_8601_says(written: str, monday: str) -> None:
    assert Week.parse(written) == Week(date.fromisoformat(monday))
    assert str(Week.parse(written)) == written


@pytest.mark.parametrize(
    "written",
    ["", "2026", "2026-33", "W33", "2026-W3", "2026-W00", "2025-W53", "2026-W54", "2026-W33-1", "last"],
)
def test_what_is_no_week_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"[Ww]eek"):
        Week.parse(written)


def test_week_is_that_of_the_moment_in_utc_wherever_it_was_read() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert str(Week.containing(datetime(2026, 8, 10, 8, 59, tzinfo=tokyo))) == "2026-W32"
    assert str(Week.containing(datetime(2026, 8, 10, 9, 0, tzinfo=tokyo))) == "2026-W33"


def test_week_is_complete_from_the_second_it_ends() -> None:
    end = Week.parse("2026-W33").end
    assert str(Week.last_complete(end)) == "2026-W33"
    assert str(Week.last_complete(end - timedelta(seconds=1))) == "2026-W32"


def test_weeks_go_back_over_new_year() -> None:
    assert [str(Week.parse("2026-W02").before(number)) for number in range(3)] == [
        "2026-W02",
        "2026-W01",
        "2025-W52",
    ]
    assert Week.parse("2026-W33").before(-1).start == Week.parse("2026-W33").end


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware
def test_every_moment_lies_in_its_week_and_the_week_is_read_as_written(moment: datetime) -> None:
    week = Week.containing(moment)
    assert week.start <= moment < week.end
    assert Week.parse(str(week)) == week
    assert week.monday.weekday() == 0
