"""Dates are parsed as stated; unusable ones are marked, and none is invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes import at
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.feeds.publication_dates import (
    ARCHIVE_AGE,
    EARLIEST,
    FUTURE_TOLERANCE,
    judge_date,
    parse_date,
    read_common_date,
    read_date,
)
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


DAYS = st.sampled_from(["", "Mon, ", "thu ", "Sunday, ", "Foo, "])
MONTHS = st.sampled_from(["Jan", "feb", "March", "SEPT", "Dec", "Mai"])
ZONES = st.sampled_from(
    ["GMT", "UTC", "Z", "EST", "PDT", "CEST", "a", "+0200", "-05:30", "+2", "+9999", "GMT+2", "", " GMT"]
)
CLOCKS = st.builds(
    "{}:{}{}".format,
    st.integers(0, 25),
    st.sampled_from(["00", "59", "61", "7"]),
    st.sampled_from(["", ":30", ":60"]),
)
RSS_DATES = st.builds(
    "{}{} {} {} {} {}".format,
    DAYS,
    st.integers(0, 32),
    MONTHS,
    st.sampled_from([26, 99, 2026, 1]),
    CLOCKS,
    ZONES,
)
ATOM_DATES = st.builds(
    "{}-{:02}-{:02}{}{}".format, st.sampled_from(["2026", "0000", "1969", "26"]), st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["", "T07:30:00", "t7:30", "T24:00:00", " 07:30:00", "T07:30:00.125", "T07:30:61"]),
    st.sampled_from(["", "Z", "z", "+02:00", "-05:30", "+0200", "+99:99"]),
)  # fmt: skip


@settings(max_examples=600)
@given(RSS_DATES | ATOM_DATES | st.text(max_size=12))
def test_common_spelling_is_read_as_feedparser_reads_it_or_left_to_it(stated: str) -> None:
    moment = read_common_date(stated)
    assert moment is None or moment == read_date(stated)


@pytest.mark.parametrize(
    ("stated", "moment"),
    [
        ("Wed, 12 Aug 2026 07:30:00 GMT", "2026-08-12T07:30"),
        ("Wednesday, 12 August 2026 03:30 EDT", "2026-08-12T07:30"),
        ("2026-08-12T09:30:00.5+02:00", "2026-08-12T07:30"),
        ("2026-08-12", "2026-08-12"),
    ],
)
def test_the_spellings_of_nearly_all_feeds_are_common(stated: str, moment: str) -> None:
    assert read_common_date(stated) == at(moment)


@pytest.mark.parametrize(
    ("stated", "moment"),
    [
        ("12 Aug 26 07:30 GMT", "2026-08-12T07:30"),
        ("Τετ, 12 Αυγ 2026 07:30:00 GMT", "2026-08-12T07:30"),
        ("Wed Aug 12 07:30:00 2026", "2026-08-12T07:30"),
        ("2026/8/12 07:30", "2026-08-12T07:30"),
        ("2026.08.12", "2026-08-12"),
    ],
)
def test_rare_spelling_is_read(stated: str, moment: str) -> None:
    assert read_date(stated) == at(moment)


@pytest.mark.parametrize(
    "stated", ["2026", "2026-08", "--08", "yesterday", "August 2026", "12 xyz 2026", "2026-02-30"]
)
def test_date_that_is_not_stated_fully_is_not_filled_in(stated: str) -> None:
    assert read_date(stated) is None
