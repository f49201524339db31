"""What became of the trends that last week's issue called."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import trend_test

from reports.digest.sections.week_changes import trend_line
from reports.trends.restatements import MOST_RESTATED, RestatedTrend, called_before, restated_trends
from reports.trends.trend_ledger import METHOD
from warehouse.store.trend_tests import TrendTest, Verdict

CALLED = replace(trend_test(*[5] * 8, 20), method=METHOD)


def now(verdict: Verdict, **changes: object) -> TrendTest:
    return replace(CALLED, verdict=verdict, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (Verdict.RISEN, Verdict.RISEN, "held"),
        (Verdict.RISEN, Verdict.POSSIBLY_RISEN, "weakened"),
        (Verdict.RISEN, Verdict.NO_MEASURABLE_CHANGE, "withdrawn"),
        (Verdict.RISEN, Verdict.WITHHELD, "withdrawn"),
        (Verdict.RISEN, Verdict.FALLEN, "withdrawn"),
        (Verdict.RISEN, Verdict.FIRST_SEEN, "held"),
        (Verdict.FALLEN, Verdict.FALLEN, "held"),
        (Verdict.POSSIBLY_FALLEN, Verdict.FALLEN, "confirmed"),
        (Verdict.POSSIBLY_FALLEN, Verdict.POSSIBLY_RISEN, "withdrawn"),
    ],
)
def test_outcome_follows_from_both_verdicts(before: Verdict, after: Verdict, outcome: str) -> None:
    assert RestatedTrend(before=now(before), now=now(after)).outcome == outcome


def test_desks_and_topics_that_were_called_are_looked_at_again() -> None:
    theme = replace(CALLED, kind="theme")
    quiet = now(Verdict.NO_MEASURABLE_CHANGE)
    of_another_method = replace(CALLED, method="ledger-2")
    assert called_before([CALLED, theme, quiet, of_another_method]) == [CALLED]


def test_what_was_possible_and_still_is_takes_no_line() -> None:
    possible = now(Verdict.POSSIBLY_RISEN)
    assert restated_trends([possible], [possible]) == ()
    (told,) = restated_trends([possible], [now(Verdict.RISEN)])
    assert trend_line(told).startswith(
        "W33's possible rise of Regulation is measured now: 4.0 times its usual"
    )


def test_three_lines_at_most_and_desks_first() -> None:
    topics = [replace(CALLED, kind="topic", key=f"t{number}", q=0.001 * number) for number in range(4)]
    told = restated_trends([*topics, CALLED], [*topics, CALLED])
    assert [one.now.key for one in told] == ["regulation", "t0", "t1"]
    assert len(told) == MOST_RESTATED


def test_line_says_what_is_counted_now() -> None:
    def line(again: TrendTest) -> str:
        return trend_line(RestatedTrend(before=CALLED, now=again))

    assert line(CALLED) == (
        f"W33's rise of Regulation held: 4.0 times its usual level (95 % interval {CALLED.low:.1f} to "
        f"{CALLED.high:.1f}), q = {CALLED.q:.2g}. [W33-k7q2ma]"
    )
    assert line(now(Verdict.NO_MEASURABLE_CHANGE, stories=11, q=0.4)) == (
        "W33's rise of Regulation was withdrawn: 11 stories, not 20, are now counted, q = 0.4. [W33-k7q2ma]"
    )
    assert line(now(Verdict.POSSIBLY_RISEN, q=0.2)) == (
        "W33's rise of Regulation was weakened to a possible one: the weeks before it are counted anew, "
        "q = 0.2. [W33-k7q2ma]"
    )
    assert "was withdrawn: half of the feeds were down." in line(
        now(Verdict.WITHHELD, reason="half of the feeds were down")
    )
