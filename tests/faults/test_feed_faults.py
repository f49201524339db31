"""Faults that users of feed readers have reported, each as a small feed and what is right.

A new report becomes a file in `inputs` and a line here: titles, then addresses or dates where they matter.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import at

from sources.feeds.expat_reader import read_with_expat
from sources.feeds.feedparser_reader import read_with_feedparser
from sources.feeds.json_sources import is_json
from sources.feeds.parse import parse_feed
from sources.model import ParsedFeed, Source

INPUTS = Path(__file__).parent / "inputs"
SITE = "https://gazette.example"
SOURCE = Source(
    id="gazette",
    name="Gazette",
    publisher="Gazette",
    url=f"{SITE}/feed",
    kind="news",
    region="INT",
    language="en",
)

TITLES = {
    "utf8_with_one_bad_byte.xml": ["Zölle für Geräte", "Pr\ufffdfung folgt"],
    "shift_jis_with_windows_signs.xml": ["半導体①の規制㈱"],
    "latin2_label_over_utf8.xml": ["Żegluga i cła"],
    "notices_on_one_page.xml": ["Notice a", "Notice b", "Notice c"],
    "neither_link_nor_guid.xml": ["One", "Two"],
    "bare_ampersands.xml": ["R&D at H&M; M&A too"],
    "invisible_characters.xml": ["Exports of chips"],
    "angle_brackets_in_text.xml": ["Use <b> or <dialogue>", "If x<y then <turnover> falls"],
}
ADDRESSES = {
    "notices_on_one_page.xml": ["/notices"] * 3,
    "home_page_as_link.xml": ["/n/a", "/n/b"],
    "guid_is_a_number.xml": [None],
    "link_is_empty.xml": ["/one"],
    "link_counts_clicks.xml": ["/one"],
    "document_in_languages.xml": ["/en", "/u.pdf"],
    "audio_without_page.xml": ["/1.mp3"],
}
DATES = {
    # IST is India's; XQT is no zone, so the date is unparsable.
    "zones_by_name.xml": ["01:00", "02:00", "04:30", "08:00", "01:00", None],
    "dates_in_other_forms.xml": ["10:30", "13:05", "10:00", "08:00", None, "14:15"],
    "published_is_no_date.xml": ["10:00"],
}


def parse(name: str) -> ParsedFeed:
    return parse_feed((INPUTS / name).read_bytes(), "", SOURCE, at("2026-08-12T12:00"))


@pytest.mark.parametrize("name", TITLES)
def test_titles_are_those_of_the_feed(name: str) -> None:
    assert [article.title for article in parse(name).articles] == TITLES[name]


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses_are_those_of_the_articles(name: str) -> None:
    expected = [SITE + path if path else None for path in ADDRESSES[name]]
    assert [article.url for article in parse(name).articles] == expected


@pytest.mark.parametrize("name", DATES)
def test_dates_are_as_stated_or_unparsable(name: str) -> None:
    expected = [at(f"2026-08-11T{time}") if time else None for time in DATES[name]]
    assert [article.published_at for article in parse(name).articles] == expected


def test_plain_text_of_a_json_feed_is_kept() -> None:
    assert parse("text_of_json_feed.json").articles[0].summary == "a <i> tag and 1<y"


@pytest.mark.parametrize("path", sorted(INPUTS.glob("*.xml")), ids=lambda path: path.stem)
def test_both_readers_agree_or_the_fast_one_declines(path: Path) -> None:
    body = path.read_bytes()
    assert not is_json(body)
    assert read_with_expat(body, "") in (None, read_with_feedparser(body, ""))
