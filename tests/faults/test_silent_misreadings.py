"""Dates and encodings are read right or marked: nothing is silently something else.

`make fuzz` runs these for 100,000 cases.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from fakes import at
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_forms import MONTHS, date_fault, encoding_fault
from sources.feeds.encodings import in_utf8
from sources.feeds.publication_dates import read_date

SEEDS = st.integers(0, 2**32)
# Names that clocks of several places show; the one of RFC 822 or of the most readers counts.
OF_SEVERAL_PLACES = {"CST", "CDT", "IST", "PST"}


@settings(max_examples=50)
@given(SEEDS)
def test_date_in_any_form_is_the_stated_instant_or_none(seed: int) -> None:
    dice = random.Random(seed)
    assert [fault for _ in range(40) if (fault := date_fault(dice)[1])] == []


@settings(max_examples=100)
@given(SEEDS)
def test_title_in_any_damaged_encoding_is_right_or_marked(seed: int) -> None:
    assert encoding_fault(random.Random(seed)) is None


@pytest.mark.parametrize("month", range(1, 13))
def test_months_are_read_in_every_language_or_in_none(month: int) -> None:
    for language, names in MONTHS.items():
        name = names.split()[month - 1]
        for stated in (name, name.upper(), name.title()):
            assert read_date(f"12 {stated} 2026 10:00") in (None, at(f"2026-{month:02}-12T10:00")), (
                language,
                stated,
            )


def test_zones_of_the_world_are_read_by_their_names() -> None:
    for place in sorted(available_timezones()):
        for month in (1, 7):
            instant = datetime(2026, month, 13, 9, 30, tzinfo=UTC)
            local = instant.astimezone(ZoneInfo(place))
            stated = local.strftime("%a, %d %b %Y %H:%M:%S ")
            assert read_date(stated + place) in (None, instant) or "/" not in place, place
            if (local.tzname() or "") not in OF_SEVERAL_PLACES:
                assert read_date(stated + (local.tzname() or "")) in (None, instant), place


@pytest.mark.parametrize(
    "stated",
    [
        "03/04/2026",
        "26/07/25 10:00",
        "26.07.25",
        "26-07-25",
        "12 Aug 2026 08:00 - 10:00",
        "12 Aug 2026 08:00-10:00",
        "2026-08-12T10:00:00Z+02:00",
        "12 Aug 2026 10:00 +020",
        "EST 12 Aug 2026 10:00",
        "10:00 XYZ 12 Aug 2026",
        "3:30 μ.μ. 12 Αυγούστου 2026",
        "2026年8月12日 晚上12:30",
        "-2026-08-12",
        "12 Aug 2026 10:00 -13:00",
    ],
)
def test_date_of_two_readings_is_not_read(stated: str) -> None:
    assert read_date(stated) is None


@pytest.mark.parametrize(
    ("stated", "minute"),
    [
        ("2026-08-12T08:00-10:00", "18:00"),
        ("12 Aug 2026 08:00 -10:00", "18:00"),
        ("12.08.26 10:00", "10:00"),
        ("Wed, 12 Aug 2026 08:00:00-03:00", "11:00"),
        ("12 AĞUSTOS 2026 10:00", "10:00"),
        ("08/12/2026 10:00", None),
        ("12 Aug 2026 10:00 IDT", "07:00"),
        ("13/08/2026 10:00", None),
    ],
)
def test_date_of_one_reading_is_read(stated: str, minute: str | None) -> None:
    expected = {"08/12/2026 10:00": None, "13/08/2026 10:00": at("2026-08-13T10:00")}
    assert read_date(stated) == (at(f"2026-08-12T{minute}") if minute else expected[stated])


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("iso2022_jp", "輸出規制の強化"),
        ("iso2022_kr", "반도체규제강화"),
        ("hz", "出口管制与半导体"),
        ("euc_jp", "輸出規制の強化"),
        ("gb18030", "出口管制与半导体"),
        ("cp932", "輸出規制の強化"),
    ],
)
def test_bad_byte_costs_one_character_and_not_the_rest_of_the_line(codec: str, text: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{codec.replace("_", "-")}"?>'
    body = f"{declaration}<a>{text}</a>\n".encode(codec)
    end = body.index(b"</a>") - 5  # the last character and its shift
    for place in range(end - 6, end):
        read = in_utf8(body[:place] + b"\xff" + body[place + 1 :], "").decode()
        assert [char in read for char in text].count(False) <= 1, read
        assert read.startswith("<a>" + text[0]) and read.endswith(text[-1] + "</a>\n"), read


@pytest.mark.parametrize(
    ("language", "codec", "text"),
    [
        ("pl", "cp1250", "Żegluga i cła"),
        ("cs", "iso8859-2", "Příliš žluťoučký"),
        ("ru", "koi8-r", "Новые правила"),
        ("ru", "cp1251", "Новые правила"),
        ("tr", "cp1254", "İhracat kısıtlaması"),
        ("de", "cp1252", "Größe – für"),
        ("ja", "euc_jp", "輸出規制の強化"),
        ("zh-tw", "big5", "出口管制與半導體"),
        ("zh", "hz", "出口管制"),
    ],
)
def test_feed_without_label_is_in_the_usual_encoding_of_its_language(
    language: str, codec: str, text: str
) -> None:
    body = f"<rss><language>{language}</language><a>{text}</a></rss>".encode(codec)
    assert text in in_utf8(body, "").decode()
