"""What drives the trends that an issue calls: topics, names, and the stories most widely told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation
from reports.digest.phrases import count
from reports.trends.drivers import CALLED, Part, excess, main_parts
from warehouse.queries import trend_drivers
from warehouse.queries.trend_drivers import DriverCount, Wanted
from warehouse.store.trend_tests import TrendTest

MOST_STORIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """What moved the series of the trend test `test_id`.

    `excess` is how many stories of the panel the span has more than usual, negative if fewer; `parts` are
    those that account for most of it, `stories` the most widely told of a rise: of its parts if it has any.
    A thread is named once: `of_thread` has how many stories of each one's thread are among those of the rise;
    it is empty, as in issues before threads, if each stands for itself.
    """

    test_id: str
    excess: float
    parts: tuple[Part, ...]
    stories: tuple[Citation, ...]
    of_thread: tuple[int, ...] = ()

    @property
    def told(self) -> tuple[tuple[Citation, str], ...]:
        """The stories, each with ` (3 stories)` to print behind it, or nothing if it is one."""
        numbers = self.of_thread or (1,) * len(self.stories)
        return tuple(
            (source, "" if number == 1 else f" ({count(number, 'story', 'stories')})")
            for source, number in zip(self.stories, numbers, strict=True)
        )


def read_drivers(context: IssueContext, printed: Sequence[TrendTest]) -> tuple[Drivers, ...]:
    """Returns what drives the printed trends that are called, in their order; reads nothing if none is."""
    called = [test for test in printed if test.verdict in CALLED]
    if not called:
        return ()
    con, panel, as_of = context.con, context.panel, context.as_of
    weeks = [str(week) for week in panel.compared]
    counts: defaultdict[str, list[DriverCount]] = defaultdict(list)
    for one in trend_drivers.driver_counts(con, {test.series for test in called}, weeks, panel.feeds, as_of):
        counts[one.of_series].append(one)
    parts = {test.series: main_parts(test, counts[test.series]) for test in called}
    wanted = [
        Wanted(
            of_series=test.series,
            since=test.span_weeks[0],
            parts=tuple(part.series for part in parts[test.series]),
        )
        for test in called
        if excess(test) > 0
    ]
    leading = trend_drivers.leading_stories(con, wanted, weeks, panel.feeds, as_of, MOST_STORIES)
    represented = context.represented
    articles = {one.story_id: represented.get(one.story_id, one.article_id) for one in leading}
    cited = context.citations(sorted(set(articles.values())))
    return tuple(
        Drivers(
            test_id=test.test_id,
            excess=excess(test),
            parts=parts[test.series],
            stories=tuple(cited[articles[one.story_id]] for one in leading if one.of_series == test.series),
            of_thread=_of_thread([one.of_thread for one in leading if one.of_series == test.series]),
        )
        for test in called
    )


def _of_thread(numbers: Sequence[int]) -> tuple[int, ...]:
    return tuple(numbers) if any(number > 1 for number in numbers) else ()


def driven_by(drivers: Drivers) -> str:
    """What accounts for most of the change, with its numbers; empty if no one thing does."""
    if not drivers.parts:
        return ""
    return f"Driven by {'; '.join(_part(one, drivers.excess) for one in drivers.parts)}."


def _part(part: Part, more: float) -> str:
    usual = f"{part.usual:.1f}" if part.usual else "none"
    share = f"{part.share:.0%}" if part.share < 1 else "all"
    return (
        f"{part.name} ({count(part.stories, 'story', 'stories')}, usually {usual}; {share} of the "
        f"{'rise' if more > 0 else 'fall'})"
    )
