"""Parses publication dates and checks their plausibility.

A date is read as stated or is None: an unknown zone, an impossible day or 12/08/2026 (August or December?) is
never completed by a guess. A time without any zone is read as UTC. Decision 43 says why no library does this.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sources.feeds.month_names import MONTH_NAMES
from sources.model import DateStatus

# Publishers often state local time as UTC: a lead of up to a day is a wrong zone, not a planned article.
FUTURE_TOLERANCE = timedelta(days=1)
# Feeds contain recent articles; one published a year before it was first seen comes from an archive.
ARCHIVE_AGE = timedelta(days=365)
# 1970 and year 1 stand for a missing date; feeds are younger.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
MAX_DATE_CHARS = 100
MAX_OFFSET, MIN_OFFSET = timedelta(hours=14), timedelta(hours=-12)

# The usual spellings: RSS as "Wed, 12 Aug 2026 07:30:00 GMT", Atom as "2026-08-12T07:30:00+02:00".
_RFC822 = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?(\d{1,2}) +"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:(?:r?uary|ch|il|[ey]|ust|t|t?ember|ober)\.?)? +"
    r"(\d{4}) +(\d\d?):(\d\d)(?::(\d\d))? +(?:([+-])(\d\d):?(\d\d)|([a-z]{1,3}))",
    re.ASCII,
)
_ISO8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:t(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:z|([+-])(\d\d):(\d\d))?)?", re.ASCII
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# The zones that RFC 822 names, in hours.
_ZONES = {
    "gmt": 0, "utc": 0, "ut": 0, "z": 0, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7,
    "pdt": -7, "pst": -8,
}  # fmt: skip
# Names beyond RFC 822, in minutes. Of a name with several meanings: the one of RFC 822 (CST is not China's),
# else that of the most readers (IST is India's, BST Britain's). Names without a clear one
# (SST, ECT) are unknown.
_OTHER_ZONES = {
    "bst": 60, "wet": 0, "west": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120,
    "eet": 120,
    "eest": 180, "msk": 180, "msd": 240, "trt": 180, "ist": 330, "pkt": 300, "npt": 345, "irst": 210,
    "gst": 240,
    "uzt": 300, "ict": 420, "wib": 420, "wita": 480, "wit": 540, "sgt": 480, "myt": 480, "hkt": 480,
    "pht": 480,
    "awst": 480, "jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720,
    "nzdt": 780,
    "sast": 120, "cat": 120, "eat": 180, "wat": 60, "brt": -180, "brst": -120, "art": -180, "clt": -240,
    "clst": -180,
    "cot": -300, "pet": -300, "vet": -240, "ast": -240, "adt": -180, "nst": -210, "ndt": -150, "akst": -540,
    "akdt": -480, "hst": -600, "hdt": -540, "idt": 180, "chst": 600,
}  # fmt: skip
# "ET" is standard or daylight time, by the date.
_PLACES = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}

_MORNING = "上午|午前|凌晨|오전"
_AFTERNOON = "下午|午後|오후"
_CLOCK = re.compile(
    rf"(?:(?P<am>{_MORNING})|(?P<pm>{_AFTERNOON}))?\s?(?<![\d+:-])"
    r"(?P<hour>\d{1,2})(?:[:h]|\s?(?:時|时|点|點|시)\s?)(?P<minute>\d\d)"
    r"(?:(?::|\s?(?:分|분)\s?)(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?(?!\d)\s?(?:秒|초|分|분)?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?"
)
_DOTTED_CLOCK = re.compile(
    r"\b(?:kl|klo|kello|um|ore|alle)\.?\s+(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?!\.?\d)"
)
_HOUR = re.compile(r"(?<![\d+:.-])(?P<hour>\d{1,2})\s?(?P<half>[ap])\.?m\b\.?")
_COMPACT = re.compile(
    r"(?P<date>\d{4}-?\d\d-?\d\d)[t ]?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?"
    r"(?:[.,](?P<fraction>\d{1,9}))?(?!\d)"
)
_WORD = r"([^\W\d_]{3,})\.?"
_ORDINAL = r"(?:st|nd|rd|th|er|º|ª|\.)?"
_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)\s?[日일.]?", re.ASCII
)
_DIGITS_ALONE = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")
_DAY_MONTH_YEAR = re.compile(
    rf"(?<!\d)(\d{{1,2}}){_ORDINAL}[\s,-]*(?:de |of |den )?\s*{_WORD},?[\s-]*"
    rf"(?:de |del |of )?(\d{{4}}|'?\d\d)(?!\d)"
)
_MONTH_DAY_YEAR = re.compile(rf"{_WORD}\s*(\d{{1,2}}){_ORDINAL},?\s+(\d{{4}})(?!\d)")
_YEAR_MONTH_DAY = re.compile(rf"(?<!\d)(\d{{4}})[\s.-]+{_WORD}[\s.-]+(\d{{1,2}})(?!\d)\.?")
_WEEK = re.compile(r"(?<!\d)(\d{4})-?w(\d\d)-?([1-7])(?!\d)")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?!\d)\.?")
_OFFSET = re.compile(
    r"(?:(?:gmt|utc|ut)\s?)?([+-])\s?(?!0\d\d(?!\d))(\d{1,2})(?::?(\d\d)(?::?00)?)?(?![\d:])"
)
_EARLIEST_SHORT_YEAR = 20  # 2020; an article of 2019 is too old to count whichever way it is read
_SHORT_OFFSET = re.compile(r"([+-])([1-9])(\d\d)(?!\d)")
_ISO_BEFORE = re.compile(r"\d{4}-?\d\d-?\d\d[t ]?$")
_ZONE_NAME = re.compile(r"[a-z][a-z_]*(?:/[a-z0-9_+-]+)*")
# Words beside a date or after a time that say nothing more.
_DATE_FILLERS = frozenset(
    "t at on um kl klo kello à a las los alle ore o om den de el la le as às в г года год r".split()
)
_TIME_FILLERS = frozenset("uhr h hrs hours uur ore г года год ч".split())
_FILLERS = "|".join(sorted(_DATE_FILLERS | _TIME_FILLERS))
_STRANGER = re.compile(rf"(?!\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|{_FILLERS})\b)\b[^\W\d_]")
_WEEKDAY_IN_SIGNS = re.compile(r"(?:星期|周|週)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일")
_COMMENT = re.compile(r"\(([^()]*)\)")


def read_common_date(stated: str) -> datetime | None:
    """Returns the UTC time in whole seconds of a date in one of the two usual spellings; None for any
    other.
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
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    ahead = -distance if sign == "-" else distance
    if int(minutes) > 59 or not MIN_OFFSET <= ahead <= MAX_OFFSET:
        raise ValueError("no zone is so far from UTC")
    return ahead


def read_date(stated: str) -> datetime | None:
    """Returns the UTC time of a feed's date in whole seconds, or None."""
    if stated.lstrip().startswith("-"):  # a year before Christ (ISO 8601), not that year after
        return None
    moment = read_common_date(stated) or parse_date(stated)
    return moment.replace(microsecond=0) if moment else None


def first_date(*stated: str) -> tuple[str, datetime | None]:
    """Returns the first of the stated dates that is usable, parsed; else the first that is stated, and
    None.
    """
    for text in stated:
        moment = read_date(text) if text.strip() else None
        if moment is not None and moment >= EARLIEST:
            return text, moment
    first = next((text for text in stated if text.strip()), "")
    return first, read_date(first) if first else None


def parse_date(stated: str) -> datetime | None:
    """Returns the aware UTC time of a date in any spelling that states it fully; None for any other.

    A missing time is midnight, a missing zone UTC.
    """
    if len(stated) > MAX_DATE_CHARS:
        return None
    try:
        return _Date(_folded(stated)).moment()
    except (ValueError, OverflowError):
        return None


def _folded(stated: str) -> str:
    """Returns the text in lower case without accents, with plain digits, blanks and minus signs."""
    text = unicodedata.normalize("NFKC", stated).casefold()
    if not text.isascii():
        text = re.sub("[\u2010-\u2015\u2212]", "-", text).replace("\u2019", "'")
        text = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
        text = unicodedata.normalize("NFC", text).replace("ı", "i")  # I in Turkish: KASIM, Kasım
    return " ".join(text.split())


class _Date:
    """The parts of one date; the methods raise ValueError for anything that is not understood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ahead: timedelta | None = None
        self.zone: tzinfo | None = None

    def moment(self) -> datetime:
        clock = _COMPACT.match(self.text)
        if clock:
            year, month, day = self._date_in(clock["date"], "")
            self._read_zone(self.text[clock.end() :])
        elif clock := _CLOCK.search(self.text) or _DOTTED_CLOCK.search(self.text) or _HOUR.search(self.text):
            before, after = self.text[: clock.start()].strip(), self.text[clock.end() :]
            if not clock.groupdict().get("second") and _is_span(before, clock[0], after):
                raise ValueError("a span of time")
            rest = self._read_zone(after, until_date=True)
            year, month, day = self._date_in(before, rest)
        else:
            year, month, day = self._date_in(self.text, "", zone_follows=True)
        local = datetime(year, month, day) + _time(clock)  # noqa: DTZ001
        if self.zone is not None:
            return local.replace(tzinfo=self.zone).astimezone(UTC)
        return (local - (self.ahead or timedelta())).replace(tzinfo=UTC)

    def _read_zone(self, text: str, *, until_date: bool = False) -> str:
        """Reads the zone at the start of the text; returns the rest, which must be empty or a date."""
        while text := text.lstrip(" ,;."):
            if text[0].isdigit() and until_date:
                return text
            if found := _COMMENT.match(text):
                if not self._has_zone():
                    self._read_zone(found[1])
            elif found := _SHORT_OFFSET.match(text) or _OFFSET.match(text):
                self._set(_ahead(found[1], found[2], found[3] or "0"))
            elif (found := _ZONE_NAME.match(text)) and self._is_zone(found[0]):
                self._set_name(found[0])
            elif found := re.match(r"[^\W\d]+\.?", text):
                if found[0].rstrip(".") not in _TIME_FILLERS:
                    if until_date and any(map(str.isdigit, text)):
                        return text
                    raise ValueError("an unknown zone")
            else:
                raise ValueError("neither a zone nor a date")
            text = text[found.end() :]
        return ""

    def _has_zone(self) -> bool:
        return self.ahead is not None or self.zone is not None

    def _is_zone(self, name: str) -> bool:
        return name in _ZONES or name in _OTHER_ZONES or name in _PLACES or ("/" in name and name in _iana())

    def _set_name(self, name: str) -> None:
        if name in _ZONES:
            self._set(timedelta(hours=_ZONES[name]))
        elif name in _OTHER_ZONES:
            self._set(timedelta(minutes=_OTHER_ZONES[name]))
        elif self._has_zone():
            raise ValueError("two zones")
        else:
            self.zone = ZoneInfo(_PLACES.get(name) or _iana()[name])

    def _set(self, ahead: timedelta) -> None:
        if self.zone is not None or (self.ahead is not None and self.ahead != ahead):
            raise ValueError("two zones")
        self.ahead = ahead

    def _date_in(self, before: str, after: str, *, zone_follows: bool = False) -> tuple[int, int, int]:
        """Returns year, month and day of the text before the time, or of that after it."""
        text = f"{before} {after}".strip()
        start, end, date = _find_date(text)
        if _STRANGER.search(text[len(before) : start]):
            raise ValueError("an unknown word between time and date: a zone, or a half of the day")
        rest = text[end:]
        if zone_follows:
            self._read_zone(rest)
        else:
            rest = _WEEKDAY_IN_SIGNS.sub("", _COMMENT.sub("", rest))
            for word in re.findall(r"\w+", rest):
                if word not in _DATE_FILLERS:
                    raise ValueError("more than a date")
        lead = text[:start]
        if any(map(str.isdigit, lead)):
            raise ValueError("more than a date")
        for word in re.findall(r"[a-z]+", lead):
            if (word in _ZONES or word in _OTHER_ZONES) and not self._has_zone():
                raise ValueError("a zone in an unusual place")
        if lead.startswith("-"):
            raise ValueError("a year before our era")
        return date


def _find_date(text: str) -> tuple[int, int, tuple[int, int, int]]:
    """Returns where the date in the text starts and ends, and its year, month and day."""
    if found := _YEAR_FIRST.search(text) or _DIGITS_ALONE.search(text):
        return *found.span(), (int(found[1]), int(found[2]), int(found[3]))
    if found := _WEEK.search(text):
        day = datetime.fromisocalendar(int(found[1]), int(found[2]), int(found[3]))
        return *found.span(), (day.year, day.month, day.day)
    for pattern, (year, month, date) in (
        (_DAY_MONTH_YEAR, (3, 2, 1)), (_MONTH_DAY_YEAR, (3, 1, 2)), (_YEAR_MONTH_DAY, (1, 2, 3)),
    ):  # fmt: skip
        found = pattern.search(text)
        if found and (number := _month(found[month])):
            return *found.span(), (_year(found[year]), number, int(found[date]))
    if found := _NUMBERS.search(text):
        first, second = int(found[1]), int(found[3])
        if len(found[4]) == 2 and _EARLIEST_SHORT_YEAR <= first != int(found[4]) <= 31 and second <= 12:
            raise ValueError("26/07/25: the day first, or the year as in Korea and Japan")
        if (
            found[2] == "." or first > 12 or first == second
        ):  # dots: the day comes first wherever they are used
            return *found.span(), (_year(found[4]), second, first)
        if second > 12:
            return *found.span(), (_year(found[4]), first, second)
    raise ValueError("no date")


def _month(name: str) -> int:
    """Returns the number of a month by its name; 0 if unknown."""
    return MONTH_NAMES.get(name, 0)


def _year(stated: str) -> int:
    """Returns the year, of two digits by the rule of RFC 5322, section 4.3."""
    digits = stated.lstrip("'")
    return int(digits) if len(digits) > 2 else int(digits) + (2000 if int(digits) < 50 else 1900)


def _is_span(before: str, time: str, after: str) -> bool:
    """Returns whether after a time of hours and minutes stands the time until which something lasts:
    `08:00 - 10:00`, or `08:00-10:00` except after an ISO date.
    """
    if re.match(r"-\d?\d:\d\d", after) and not time.endswith(" "):
        return not _ISO_BEFORE.search(before)
    return bool(re.match(r"\s?-\s\d", after))


def _time(clock: re.Match[str] | None) -> timedelta:
    if clock is None:
        return timedelta()
    part = clock.groupdict()
    hour, minute, second = (
        int(part["hour"]),
        int(part["minute"] if part.get("minute") else 0),
        int(part.get("second") or 0),
    )
    afternoon = bool(part.get("pm")) or part.get("half") == "p"
    morning = bool(part.get("am")) or part.get("half") == "a"
    if morning and hour > 12:
        raise ValueError("an hour after noon in the morning")
    if (morning and hour == 12) or (afternoon and hour < 12):
        hour = hour - 12 if morning else hour + 12
    # 24:00 ends a day (ISO 8601); second 60 is a leap second, which Unix time takes for the next second.
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("no time of day")
    fraction = (part.get("fraction") or "").ljust(6, "0")[:6]
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=int(fraction))


@cache
def _iana() -> dict[str, str]:
    """Returns the names of the time zone database by their lower case."""
    return {name.casefold(): name for name in available_timezones()}


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
