"""Parses publication dates and checks their plausibility.

An unusable date is marked, never replaced by the present.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sources.model import DateStatus

# Publishers often state local time as UTC: a lead of up to a day is a wrong zone, not a planned article.
FUTURE_TOLERANCE = timedelta(days=1)
# Feeds contain recent articles; one published a year before it was first seen comes from an archive.
ARCHIVE_AGE = timedelta(days=365)
# 1970 and year 1 stand for a missing date; feeds are younger.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)

# The usual spellings: RSS as "Wed, 12 Aug 2026 07:30:00 GMT", Atom as "2026-08-12T07:30:00+02:00".
_RFC822 = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?(\d{1,2}) +(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)[a-z]* +"
    r"(\d{4}) +(\d\d?):(\d\d)(?::(\d\d))? +(?:([+-])(\d\d):?(\d\d)|([a-z]{1,3}))",
    re.ASCII,
)
_ISO8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:t(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:z|([+-])(\d\d):(\d\d))?)?", re.ASCII
)
_YEAR_FIRST = re.compile(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# The zones that RFC 822 names, in hours; feedparser reads them so.
_ZONES = {
    "gmt": 0, "utc": 0, "ut": 0, "z": 0, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7,
    "pdt": -7, "pst": -8,
}  # fmt: skip


def read_common_date(stated: str) -> datetime | None:
    """Returns the UTC time in whole seconds of a date in one of the two usual spellings, as feedparser reads
    it.

    None for any other spelling, which is left to feedparser.
    """
    lowered = stated.lower()
    try:
        if found := _RFC822.fullmatch(lowered):
            day, month, year, hour, minute, second, sign, ahead_h, ahead_min, zone = found.groups()
            if zone and zone not in _ZONES:
                return None
            date = (int(year), _MONTHS.index(month) + 1, int(day))
            moment = datetime(*date, int(hour), int(minute), int(second or 0))  # noqa: DTZ001
            ahead = _ahead(sign, ahead_h, ahead_min) if sign else timedelta(hours=_ZONES[zone])
        elif found := _ISO8601.fullmatch(lowered):
            year, month, day, hour, minute, second, sign, ahead_h, ahead_min = found.groups("0")
            moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second))  # noqa: DTZ001
            ahead = _ahead(sign, ahead_h, ahead_min)
        else:
            return None
        return (moment - ahead).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _ahead(sign: str, hours: str, minutes: str) -> timedelta:
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return -ahead if sign == "-" else ahead


def parse_date(stated: str) -> datetime | None:
    """Returns the aware UTC time of an ISO 8601 or RFC 5322 date, a missing zone read as UTC; None if it
    cannot be parsed.

    Also parses 2026/8/12 and 2026.08.12: with the year first they are unambiguous.
    """
    plain = _YEAR_FIRST.sub(lambda date: f"{date[1]}-{date[2]:0>2}-{date[3]:0>2}", stated.strip())
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(plain)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
    return None


def judge_date(
    stated: str | None, moment: datetime | None, seen_at: datetime
) -> tuple[datetime | None, DateStatus]:
    """Returns the date to store and its status, for `stated` parsed as `moment` in an entry first seen at
    `seen_at`.
    """
    if not stated or not stated.strip():
        return None, DateStatus.MISSING
    if moment is None or moment < EARLIEST:
        return None, DateStatus.UNPARSABLE
    if moment > seen_at + FUTURE_TOLERANCE:
        return moment, DateStatus.FUTURE
    if moment < seen_at - ARCHIVE_AGE:
        return moment, DateStatus.TOO_OLD
    return moment, DateStatus.OK
