"""The weekly history of a desk, topic, theme or entity: its bars as small SVGs, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from reports.digest.phrases import called
from reports.site.contents import Contents, SeriesId
from reports.trends.trend_ledger import CUT_OFF_SLACK
from reports.week import Week
from warehouse.store.trend_tests import TrendTest, Verdict

# With fewer stories in all its weeks a series has no history worth a chart.
LEAST_STORIES = 3
# Bars of a short history are no wider than if there were so many; the small charts show so many weeks.
FEWEST_BARS, SMALL_WEEKS = 26, 26
# So many weeks are listed at once, the others behind a click.
LATEST = 5
# The bars fill this height of the drawing; marks of called weeks are above and below them.
_HEIGHT, _MARK = 100, 7
_FELL = (Verdict.FALLEN, Verdict.POSSIBLY_FALLEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWeek:
    """One week of a series: its stories, whether any feed was watched, and the latest test on record.

    `is_over`: the whole week was collected; the last week of a site may not be.
    """

    week: str
    stories: int
    is_watched: bool
    is_over: bool
    test: TrendTest | None

    @property
    def called(self) -> str:
        """What the test calls the week, in words; empty if nothing."""
        return called(self.test) if self.test else ""


def history_of(contents: Contents, series: SeriesId) -> tuple[HistoryWeek, ...]:
    """Returns every week from the first story of the series to the last one collected, oldest first."""
    stories = contents.weekly.get(series, {})
    if sum(stories.values()) < LEAST_STORIES or contents.last_seen_at is None:
        return ()
    last = Week.containing(contents.last_seen_at)
    running = "" if contents.last_seen_at >= last.end - CUT_OFF_SLACK else str(last)
    tests = contents.trend_tests.get(series, {})
    return tuple(
        HistoryWeek(
            week=week,
            stories=stories.get(week, 0),
            is_watched=week in contents.watched_weeks or week in stories,
            is_over=week != running,
            test=tests.get(week),
        )
        for week in _weeks(min(stories), str(last))
    )


@lru_cache(maxsize=4096)
def _weeks(first: str, last: str) -> tuple[str, ...]:
    """The weeks from first to last; many series begin in the same one."""
    weeks = [Week.parse(first)]
    while str(weeks[-1]) < last:
        weeks.append(weeks[-1].before(-1))
    return tuple(map(str, weeks))


def told(history: Sequence[HistoryWeek]) -> list[HistoryWeek]:
    """The weeks with a story or a test on record, newest first."""
    return [week for week in reversed(history) if week.stories or week.test]


def last_whole(history: Sequence[HistoryWeek]) -> HistoryWeek | None:
    """The last week that is over."""
    return next((week for week in reversed(history) if week.is_over), None)


def most_stories(histories: Iterable[Sequence[HistoryWeek]]) -> int:
    """The most stories of one week in the part of the histories that small charts show."""
    return max((week.stories for one in histories for week in one[-SMALL_WEEKS:]), default=0)


def legend(history: Sequence[HistoryWeek]) -> str:
    """What the marks of the chart mean, those that it has."""
    verdicts = {week.test.verdict in _FELL for week in history if week.called and week.test}
    marks = [
        (False in verdicts, " A mark above: called risen, or first seen."),
        (True in verdicts, " A mark below: called fallen."),
        (any(not week.is_watched for week in history), " Shaded: no feed was watched."),
        (any(not week.is_over for week in history), " Light: the week is not over."),
    ]
    return "".join(text for is_there, text in marks if is_there)


def bars(history: Sequence[HistoryWeek], name: str, top: int | None = None) -> Markup:
    """The history as an SVG of bars, `top` stories being full height; without `top` the most there are.

    The drawing has no text and is stretched to the width of its place, so that it reads at any width.
    """
    most = max(top or max((week.stories for week in history), default=0), 1)
    drawn: dict[str, list[str]] = {"unwatched": [], "all": [], "running": [], "rose": [], "fell": []}
    empty = max(FEWEST_BARS - len(history), 0)
    for place, week in enumerate(history, start=empty):
        if not week.is_watched:
            drawn["unwatched"].append(_box(place, 0, _HEIGHT, 1.0))
        if week.stories:
            high = max(_HEIGHT * week.stories // most, 1)
            drawn["all" if week.is_over else "running"].append(_box(place, _HEIGHT - high, high))
        if week.called and week.test:
            fell = week.test.verdict in _FELL
            high = _HEIGHT + 3 if fell else _HEIGHT - _HEIGHT * week.stories // most - _MARK - 3
            drawn["fell" if fell else "rose"].append(_box(place, high, _MARK))
    paths = "".join(f'<path class="{kind}" d="{"".join(d)}"/>' for kind, d in drawn.items() if d)
    view = f"0 {-_MARK - 3} {len(history) + empty} {_HEIGHT + 2 * (_MARK + 3)}"
    return Markup(
        '<svg class="bars" viewBox="{}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(view, _in_words(history, name), Markup(paths))  # noqa: S704 - numbers and our own words


def _box(place: int, top: int, height: int, width: float = 0.8) -> str:
    return f"M{place + (1 - width) / 2:g} {top}h{width:g}v{height}h-{width:g}z"


def _in_words(history: Sequence[HistoryWeek], name: str) -> str:
    if not history:
        return f"{name}: no story"
    most = max(history, key=lambda week: week.stories)
    said = [f"{week.week} {week.called}" for week in history if week.called]
    weeks = f"{name}: stories a week, {history[0].week} to {history[-1].week}"
    return "; ".join([weeks, f"most {most.stories} in {most.week}", *said])
