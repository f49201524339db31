"""The chart of a desk: the same bytes, the page's colours, and words for those who do not see it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

from fakes import WEEK, section, trend_test

from reports.digest.charts import WeeklyChart, described, to_svg
from reports.digest.sections.coverage_notes import Coverage
from reports.digest.sections.desk_sections import chart_of, unremarkable

WEEKS = tuple(str(WEEK.before(back)) for back in reversed(range(13)))
CHART = WeeklyChart(
    name="Arms race <script>",
    weeks=WEEKS,
    stories=(None, None, 3, 5, 4, 6, 7, 0, 12, 3, 5, 6, 22),
    panel=(0, 0, 2, 3, 4, 6, 7, 0, 10, 3, 4, 6, 15),
    level=5.2,
    band=(1.0, 14.0),
    compared=9,
    span=2,
    called="risen over 2 weeks",
    down=frozenset({"2026-W28"}),
    marks=(("2026-W26", "45 feeds were added in 2026-W26"),),
)


def drawn(chart: WeeklyChart) -> str:
    return to_svg.__wrapped__(chart)


def test_same_values_give_the_same_bytes() -> None:
    assert drawn(CHART) == drawn(replace(CHART))


def test_colours_are_the_pages_own() -> None:
    svg = drawn(CHART)
    for colour in ("--ink", "--soft", "--bar", "--bar-soft", "--band", "--mark", "--line"):
        assert f"var({colour})" in svg
    assert re.findall(r"#0\d0\d0\d", svg) == []


def test_chart_is_one_element_that_two_of_a_page_do_not_share_ids() -> None:
    one, other = drawn(CHART), drawn(replace(CHART, name="Regulation"))
    ET.fromstring(one.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1))
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, other)]
    assert ids[0] & ids[1] == set()
    assert "<script" not in one


def test_every_week_has_its_number_and_an_unwatched_one_a_dash() -> None:
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", drawn(CHART))
    assert [text for text in shown if text.startswith("W")] == [week[5:] for week in WEEKS]
    others = [text for text in shown if not text.startswith("W")]
    assert others == [*"– – 3 5 4 6 7 0 12 3 5 6 22".split(), "risen over 2 weeks"]


def test_bracket_is_over_the_weeks_that_speak_and_only_if_something_is_called() -> None:
    quiet = replace(CHART, called="")
    assert "risen" not in drawn(quiet)
    inked = [drawn(chart).count("var(--ink)") for chart in (replace(quiet, span=4), quiet)]
    assert inked[0] == inked[1] + 2


def test_level_is_a_line_where_there_is_a_baseline() -> None:
    lines = [drawn(chart).count("var(--ink)") for chart in (CHART, replace(CHART, level=None))]
    assert lines[0] == lines[1] + 1


def test_words_say_what_the_chart_shows() -> None:
    said = described(CHART)
    assert "W21 not watched" in said
    assert "W33 22" in said
    assert "From 1 to 14 stories" in said
    assert "Feeds were down in 2026-W28" in said
    assert "The usual level is 5.2 a week" in said
    assert "2026-W32 to 2026-W33: risen over 2 weeks." in said
    assert "2026-W26: 45 feeds were added in 2026-W26." in said


def test_band_holds_what_is_no_measurable_change() -> None:
    low, high = unremarkable((5,) * 8, 1.0)
    assert low <= 5 <= high < 13  # from 13 on a mean of 5 is risen at 1 %, the known answers say
    assert unremarkable((0,) * 8, 1.0)[0] == 0
    assert unremarkable((5,) * 8, 2.0)[1] > high


def test_forming_baseline_has_no_band() -> None:
    coverage = Coverage(feeds=1, down=(), set_aside=(), languages=(), weeks_down=("2026-W28",))
    assert chart_of(section(trend=trend_test(*[5] * 9, watched=3)), WEEK, coverage).band is None
    chart = chart_of(section(trend=trend_test(*[5] * 9)), WEEK, coverage)
    assert chart.band is not None
    assert (chart.level, chart.span, chart.called) == (5.0, 1, "")
    assert chart.down == {"2026-W28"}
    assert chart.stories[:4] == (None,) * 4


def test_chart_has_what_the_test_calls_and_the_weeks_that_were_marked() -> None:
    coverage = Coverage(
        feeds=1,
        down=(),
        set_aside=(),
        languages=(),
        breaks=((WEEK.before(4).start, "5 feeds were added in 2026-W29"),),
    )
    risen = trend_test(5, 4, 6, 5, 5, 4, 6, 5, 30)
    chart = chart_of(section(trend=risen), WEEK, coverage)
    assert (chart.called, chart.span) == ("risen", 1)
    assert chart.marks == (("2026-W29", "5 feeds were added in 2026-W29"),)
