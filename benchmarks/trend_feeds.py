"""Simulated weeks in which feeds are added or lost, one floods or all are out, for `trend_power.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from simulation import a_week, as_series

from reports.trends.comparison import Comparison, compare_all
from reports.trends.exact_tests import Counts
from reports.trends.panel import MISSED_WEEKS, Panel, choose_panel
from reports.week import Week

FEEDS, ADDED, LOST = 14, 7, 3
BASELINE, ISSUES = 12, 4
# Before the event; the panel looks back further than the baseline to know which feeds are expected.
BEFORE = BASELINE + MISSED_WEEKS
FLOOD = 20
_FIRST = Week(date(2026, 1, 5))


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """What happens in the first tested week.

    `watched` says whether a feed is watched in a week (0 is that of the event); `told` which part of the
    event's week is told by all feeds; `flood` how many more stories of the first desk one feed has in it.
    """

    name: str
    watched: Callable[[int, int], bool] = lambda feed, _week: feed < FEEDS
    told: float = 1.0
    flood: int = 0


FEED_EVENTS = (
    FeedEvent("nothing"),
    FeedEvent("7 feeds added to 14", lambda feed, week: feed < FEEDS or week >= 0),
    FeedEvent("7 feeds added four weeks before", lambda feed, week: feed < FEEDS or week >= -4),
    FeedEvent("3 of 14 feeds lost", lambda feed, week: feed < (FEEDS - LOST if week >= 0 else FEEDS)),
    FeedEvent("20 stories of a desk more from one feed", flood=FLOOD),
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
    counts[0, 0, BEFORE] += event.flood
    names = [_FIRST.before(-number) for number in range(len(weeks))]
    return [
        _compared(
            counts,
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


def _compared(counts: Counts, panel: Panel, names: list[Week]) -> list[Comparison]:
    places = [names.index(week) for week in panel.compared]
    of_panel = counts[sorted(map(int, panel.feeds))][:, :, places].sum(axis=0)
    return compare_all(
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
