"""Whether a called rise stands without the publisher family that adds most to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import WEEK, series, trend

from reports.trends.comparison import Comparison, compare_all, without_rises_of_one
from reports.trends.explain_trend import reason_of
from reports.trends.one_publisher import maker_of
from reports.trends.panel import choose_panel
from warehouse.store.trend_tests import Verdict

USUAL = (5, 4, 6, 5, 5, 4, 6, 5)


def test_family_that_tells_the_excess_alone_makes_the_rise() -> None:
    risen = trend(*USUAL, 20)
    assert risen.is_called_rise
    assert maker_of(risen, {"wire": [0] * 8 + [15], "post": [1] * 9}) == "wire"
    assert maker_of(risen, {"wire": [0] * 8 + [8], "post": [0] * 8 + [7]}) is None


def test_family_that_has_always_told_much_makes_no_rise_of_the_others() -> None:
    assert maker_of(trend(*USUAL, 20), {"wire": [4] * 8 + [5]}) is None
    assert maker_of(trend(*USUAL, 20), {"wire": [4] * 8 + [3]}) is None


def test_rise_of_stories_that_several_tell_stands() -> None:
    assert maker_of(trend(*USUAL, 20), {}) is None


def test_weeks_count_by_the_days_that_were_watched() -> None:
    one = trend(*USUAL, 14)
    outage = replace(one, series=replace(one.series, days=(7,) * 8 + (4,)))
    alone = {"wire": [0] * 8 + [6]}
    assert maker_of(one, alone) == "wire"
    assert maker_of(outage, alone) is None


def test_desk_whose_rise_falls_leaves_its_topics_nothing_of_the_error() -> None:
    desk = replace(series(*[9] * 8, 30), name="desk:regulation")
    topics = [
        replace(series(*[3] * 8, stories), name=f"topic:{number}", kind="topic")
        for number, stories in enumerate((9, *[3] * 7))
    ]
    before = compare_all([desk, *topics])
    after = without_rises_of_one(before, {"desk:regulation": "wire"})
    assert said(before)[:2] == [Verdict.RISEN, Verdict.RISEN]
    assert said(after)[:2] == [Verdict.NO_MEASURABLE_CHANGE, Verdict.POSSIBLY_RISEN]
    assert (after[0].made_by, after[0].q, after[1].made_by) == ("wire", before[0].q, None)
    assert after[1].error_share < before[1].error_share
    assert without_rises_of_one(before, {}) == before


@pytest.mark.parametrize(
    ("name", "printed"), [("Lloyd's List", "Lloyd's List"), ("[x](http://a.b)\n# *y*", "x http a.b y")]
)
def test_reason_names_the_family_without_markup(name: str, printed: str) -> None:
    one = replace(trend(*USUAL, 5), made_by=name)
    assert reason_of(one, choose_panel({WEEK: frozenset()})) == (
        f"one publisher family alone ({printed}) makes the rise"
    )


def said(compared: list[Comparison]) -> list[Verdict]:
    return [one.verdict for one in compared]
