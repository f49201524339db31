"""2,000 instants stated in 40 forms are read back exactly: no form is silently another time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sources.feeds.publication_dates import read_date

FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
RUSSIAN = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
PORTUGUESE = "jan fev mar abr mai jun jul ago set out nov dez".split()

# strftime of the local time, with {fr}, {ru}, {de}, {pt} for the month's name; then the zone it is local to.
FORMS = [
    ("%a, %d %b %Y %H:%M:%S GMT", 0), ("%a, %d %b %Y %H:%M:%S +0000", 0), ("%A, %d %B %Y %H:%M:%S UT", 0),
    ("%a, %d %b %Y %H:%M:%S EST", -5), ("%d %b %y %H:%M:%S PDT", -7), ("%a, %d %b %Y %H:%M:%S BST", 1),
    ("%a, %d %b %Y %H:%M:%S CEST", 2), ("%a, %d %b %Y %H:%M:%S CET", 1), ("%a, %d %b %Y %H:%M:%S JST", 9),
    ("%a, %d %b %Y %H:%M:%S MSK", 3), ("%a, %d %b %Y %H:%M:%S HKT", 8), ("%a, %d %b %Y %H:%M:%S IST", 5.5),
    ("%a, %d %b %Y %H:%M:%S AEDT", 11), ("%a, %d %b %Y %H:%M:%S Asia/Tokyo", 9),
    ("%a, %d %b %Y %H:%M:%S America/New_York", "America/New_York"), ("%a, %d %b %Y %H:%M:%S ET",
    "America/New_York"),
    ("%a, %d %b %Y %H:%M:%S GMT+9", 9), ("%a, %d %b %Y %H:%M:%S UTC+02:00", 2), ("%a, %d %b %Y %H:%M:%S -03",
    -3),
    ("%a, %d %b %Y %H:%M:%S +5:30", 5.5), ("%a, %d %b %Y %H:%M:%S+05:30", 5.5),
    ("%a, %d %b %Y %H:%M:%S +0200 (CEST)", 2), ("%a %b %d %H:%M:%S %Y", 0), ("%a %b %d %H:%M:%S EDT %Y", -4),
    ("%a %b %d %Y %H:%M:%S GMT+0100 (Central European Standard Time)", 1),
    ("%Y-%m-%dT%H:%M:%SZ", 0), ("%Y-%m-%dT%H:%M:%S+02:00", 2), ("%Y-%m-%dT%H:%M:%S.123-0700", -7),
    ("%Y-%m-%d %H:%M:%S UTC", 0), ("%Y-%m-%d %H:%M:%S \u221204:00", -4), ("%Y%m%dT%H%M%SZ", 0),
    ("%Y%m%d%H%M%S", 0), ("%d.%m.%Y %H:%M:%S MEZ", 1), ("%Y/%m/%d %H:%M:%S +0900", 9),
    ("%B %d, %Y %I:%M:%S %p", 0), ("%Y-%m-%d %I:%M:%S %p CST", -6), ("%d {fr} %Y %H:%M:%S +0200", 2),
    ("%d {ru} %Y г. %H:%M:%S MSK", 3), ("%d. {de} %Y, %H:%M:%S MESZ", 2), ("Qua, %d {pt} %Y %H:%M:%S -0300",
    -3),
]  # fmt: skip


@pytest.mark.parametrize(("form", "zone"), FORMS)
def test_stated_instant_is_read_back(form: str, zone: float | str) -> None:
    chance = random.Random(form)
    for _ in range(50):
        instant = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(30 * 365 * 86_400))
        local = (
            instant.astimezone(ZoneInfo(zone)) if isinstance(zone, str) else instant + timedelta(hours=zone)
        )
        if isinstance(zone, str) and local.fold:
            continue  # an hour that clocks show twice
        names = {"fr": FRENCH, "ru": RUSSIAN, "de": GERMAN, "pt": PORTUGUESE}
        stated = local.strftime(
            form.format(**{code: months[local.month - 1] for code, months in names.items()})
        )
        assert read_date(stated) == instant, stated


@pytest.mark.parametrize(
    "stated",
    ["Wed, 12 Aug 2026 09:00:00 XYZ", "Wed, 12 Aug 2026 09:00:00 A", "2026-02-30T09:00:00Z",
    "12/08/2026 09:00",
     "12 listopada 2026 09:00", "Wed, 12 Aug 2026 25:00:00 GMT", "12 Aug 2026 09:00 GMT CEST", "12 Aug",
     "2026-08"],
)  # fmt: skip
def test_what_is_not_understood_wholly_is_not_read(stated: str) -> None:
    assert read_date(stated) is None
