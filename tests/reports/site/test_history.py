"""The weeks of a series as bars: which are watched, over and called, and on which scale they are drawn."""

from __future__ import annotations

import re

from fakes import WEEK, trend_test

from reports.site.history import HistoryWeek, bars, last_whole, legend, most_stories, told

RISEN = trend_test(5, 4, 6, 5, 5, 4, 6, 5, 30)
FALLEN = trend_test(25, 24, 26, 25, 25, 24, 26, 25, 0)


def week(back: int, stories: int, **more: object) -> HistoryWeek:
    values: dict[str, object] = {"is_watched": True, "is_over": True, "test": None} | more
    return HistoryWeek(week=str(WEEK.before(back)), stories=stories, **values)  # type: ignore[arg-type]


def test_heights_follow_the_shared_scale() -> None:
    own = bars([week(1, 2), week(0, 4)], "Cyber")
    shared = bars([week(1, 2), week(0, 4)], "Cyber", 8)
    assert re.findall(r"v(\d+)", own) == ["50", "100"]
    assert re.findall(r"v(\d+)", shared) == ["25", "50"]


def test_called_weeks_are_marked_above_or_below_and_named() -> None:
    drawn = bars([week(1, 0, test=FALLEN), week(0, 30, test=RISEN)], "Cyber")
    assert 'class="fell"' in drawn
    assert 'class="rose"' in drawn
    assert "2026-W32 fallen; 2026-W33 risen" in drawn
    assert "called fallen" in legend([week(1, 0, test=FALLEN)])
    assert legend([week(1, 3)]) == ""


def test_unwatched_and_unfinished_weeks_look_different_and_are_explained() -> None:
    history = [week(2, 0, is_watched=False), week(1, 3), week(0, 1, is_over=False)]
    drawn = bars(history, "<b>")
    assert {'class="unwatched"', 'class="running"', 'class="all"'} <= set(re.findall(r'class="\w+"', drawn))
    assert "<b>" not in drawn
    assert legend(history) == " Shaded: no feed was watched. Light: the week is not over."
    assert last_whole(history) == history[1]


def test_weeks_without_story_and_test_are_drawn_but_not_listed() -> None:
    history = [week(2, 1), week(1, 0), week(0, 0, test=FALLEN)]
    assert told(history) == [history[2], history[0]]
    assert most_stories([history, [week(0, 7)]]) == 7
    assert most_stories([]) == 0
