"""Dates read as stated and judged honestly: none is invented, and none unusable is kept without its mark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes import at
from hypothesis import given
from hypothesis import strategies as st

from sources.dates import ARCHIVE_AGE, EARLIEST, FUTURE_TOLERANCE, judge_date, parse_date
from sources.model import DateStatus

SEEN = at("2026-08-12T12:00")
MOMENTS = st.datetimes(timezones=st.just(UTC))
DATE_LIKE = st.text() | st.text(st.sampled_from("0123456789-+:/, TZGMTJanWedUTC."), max_size=40)


@pytest.mark.parametrize(
    "stated",
    [
        "2026-08-12T09:30:00Z",
        "2026-08-12T11:30:00+02:00",
        "2026-08-12 09:30",
        "20260812T0930Z",
        "Wed, 12 Aug 2026 09:30:00 GMT",
        "12 Aug 2026 05:30 EDT",
        "Wed, 12 Aug 2026 09:30:00 -0000",
        " 2026-08-12T09:30:00Z\n",
    ],
)
def test_date_in_either_standard_is_read_as_utc(stated: str) -> None:
    assert parse_date(stated) == at("2026-08-12T09:30")


@pytest.mark.parametrize(
    "stated",
    ["", " ", "yesterday", "12/08/2026", "2026-13-01", "1700000000", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00", "Wed, 99 Aug 2026 09:30:00 GMT", "\ud800", "2026-08-12T09:30:00+99:99"],
)  # fmt: skip
def test_unreadable_date_is_none(stated: str) -> None:
    assert parse_date(stated) is None


@given(DATE_LIKE)
def test_any_text_is_a_moment_in_utc_or_none(stated: str) -> None:
    moment = parse_date(stated)
    assert moment is None or moment.utcoffset() == timedelta(0)


@given(MOMENTS)
def test_iso_date_is_read_back_exactly(moment: datetime) -> None:
    assert parse_date(moment.isoformat()) == moment


@given(st.none() | st.just("") | st.text(" \t\n\u00a0"), st.none() | MOMENTS)
def test_missing_date_never_has_a_moment(stated: str | None, moment: datetime | None) -> None:
    assert judge_date(stated, moment, SEEN) == (None, DateStatus.MISSING)


@given(st.text(min_size=1).filter(str.strip), st.none() | MOMENTS)
def test_only_the_stated_moment_is_ever_kept(stated: str, moment: datetime | None) -> None:
    kept, status = judge_date(stated, moment, SEEN)
    assert kept in (None, moment)
    assert (kept is None) == (status is DateStatus.UNPARSABLE)


@given(MOMENTS)
def test_date_is_ok_only_within_a_year_before_and_a_day_after_it_was_seen(moment: datetime) -> None:
    _, status = judge_date("stated", moment, SEEN)
    assert (status is DateStatus.OK) == (SEEN - ARCHIVE_AGE <= moment <= SEEN + FUTURE_TOLERANCE)


def test_date_that_could_not_be_read_is_marked_and_not_replaced_by_now() -> None:
    assert judge_date("yesterday", None, SEEN) == (None, DateStatus.UNPARSABLE)


@pytest.mark.parametrize("moment", [at("1970-01-01"), at("0001-01-01"), EARLIEST - timedelta(seconds=1)])
def test_date_before_the_web_means_a_computer_had_none(moment: datetime) -> None:
    assert judge_date("stated", moment, SEEN) == (None, DateStatus.UNPARSABLE)


def test_lead_of_a_time_zone_is_forgiven() -> None:
    assert judge_date("stated", SEEN + timedelta(hours=14), SEEN)[1] is DateStatus.OK


def test_date_in_the_future_is_kept_and_marked() -> None:
    moment = SEEN + timedelta(days=2)
    assert judge_date("stated", moment, SEEN) == (moment, DateStatus.FUTURE)


def test_date_out_of_an_archive_is_kept_and_marked() -> None:
    moment = SEEN - timedelta(days=366)
    assert judge_date("stated", moment, SEEN) == (moment, DateStatus.TOO_OLD)
