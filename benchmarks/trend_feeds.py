"""Simulated weeks in which feeds are added or lost, one floods or all are out, for `trend_power.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from simulation import a_week, as_series

from reports.trends.comparison import Comparison, compare_all, without_rises_of_one
from reports.trends.exact_tests import Counts
from reports.trends.one_publisher import maker_of
from reports.trends.panel import MISSED_WEEKS, Panel, choose_panel
from reports.week import Week

FEEDS, ADDED, LOST = 14, 7, 3
BASELINE, ISSUES = 12, 4
# Before the event; the panel looks back further than the baseline to know which feeds are expected.
BEFORE = BASELINE + MISSED_WEEKS
# The share of stories that one feed tells alone; the others are counted for one of those that tell them.
ALONE = 0.5
_FIRST = Week(date(2026, 1, 5))


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """What happens in the first tested week.

    `watched` says whether a feed is watched in a week (0 is that of the event); `told` which part of the
    event's week is told by all feeds; `flood` how many more stories of the first desk one feed alone has in
    it, and `is_for_good` in the weeks after it too.
    """

    name: str
    watched: Callable[[int, int], bool] = lambda feed, _week: feed < FEEDS
    told: float = 1.0
    flood: int = 0
    is_for_good: bool = False


FEED_EVENTS = (
    FeedEvent("nothing"),
    FeedEvent("7 feeds added to 14", lambda feed, week: feed < FEEDS or week >= 0),
    FeedEvent("7 feeds added four weeks before", lambda feed, week: feed < FEEDS or week >= -4),
    FeedEvent("3 of 14 feeds lost", lambda feed, week: feed < (FEEDS - LOST if week >= 0 else FEEDS)),
    FeedEvent("20 stories of a desk more from one feed", flood=20),
    FeedEvent("40 stories of a desk more from one feed", flood=40),
    FeedEvent("9 stories more from one feed for good", flood=9, is_for_good=True),
    FeedEvent("out for a day: a seventh untold, watched", told=6 / 7),
    FeedEvent("out for three days, untold, watched", told=4 / 7),
    FeedEvent("out for three days, not watched", lambda feed, week: feed < FEEDS and week != 0, told=4 / 7),
)


def event_issues(number: int, growth: float, seed: int) -> list[list[Comparison]]:
    """Every comparison of each issue from the event on; the first desk, of nine stories, grows with it."""
    event = FEED_EVENTS[number]
    random = np.random.default_rng(seed)
    means, spread = a_week(random, "1.5")
    means[0] = 9
    weeks = range(-BEFORE, ISSUES)
    watched = np.array([[event.watched(feed, week) for week in weeks] for feed in range(FEEDS + ADDED)])
    told = np.repeat(means[:, None], len(weeks), axis=1)
    told[0, BEFORE:] *= growth
    told[:, BEFORE] *= event.told
    # A clump is of the week: all feeds tell of it.
    clump = (spread - 1)[:, None]
    happened = random.gamma(told / clump, clump)
    counts = random.poisson(happened / FEEDS, (FEEDS + ADDED, *happened.shape))
    alone = random.binomial(counts, ALONE)
    flooded = slice(BEFORE, None if event.is_for_good else BEFORE + 1)
    for of_feed in (counts, alone):
        of_feed[0, 0, flooded] += event.flood
    names = [_FIRST.before(-number) for number in range(len(weeks))]
    return [
        _compared(
            counts,
            alone,
            choose_panel(
                {
                    week: frozenset(str(feed) for feed in np.flatnonzero(watched[:, place]))
                    for place, week in enumerate(names[: BEFORE + issue + 1])
                }
            ),
            names,
        )
        for issue in range(ISSUES)
    ]


def _compared(counts: Counts, alone: Counts, panel: Panel, names: list[Week]) -> list[Comparison]:
    places = [names.index(week) for week in panel.compared]
    feeds = sorted(map(int, panel.feeds))
    of_panel = counts[feeds][:, :, places].sum(axis=0)
    compared = compare_all(
        [
            replace(
                one,
                panel_up=panel.coverage,
                longest_span=panel.longest_span,
                is_forming=panel.is_forming,
            )
            for one in as_series(of_panel[:, :-1], of_panel[:, -1])
        ]
    )
    made_by = {
        one.series.name: maker_of(one, {str(feed): alone[feed, row, places].tolist() for feed in feeds})
        for row, one in enumerate(compared)
        if one.is_called_rise
    }
    return without_rises_of_one(compared, {name: maker for name, maker in made_by.items() if maker})
