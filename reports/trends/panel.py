"""Which weeks and feeds are compared: the panel, outages, gaps, changes of the list. Counts no stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

import duckdb

from reports.trends.comparison import LEAST_BASELINE, LEAST_TOLD, MIN_PANEL_UP, MOST_BASELINE, SPANS
from reports.week import Week
from warehouse.queries import weekly_series
from warehouse.store.config_changes import breaks_by

HISTORY_WEEKS = 13
DAYS = 7
# A feed is expected in a week if it was watched in half of so many weeks before; one
# removed from the list soon is not.
MISSED_WEEKS = 4
# So many feeds added in a week are marked in the charts: a tenth of those watched so far, and at least two.
ADDED_SHARE, ADDED_FEEDS = 0.1, 2
# If the panel of the shortest baseline tells less than LEAST_TOLD, as after a doubling of the list, it is
# narrowed to so many weeks before nothing is said.
NARROWEST_BASELINE = 4
# A run that is one day late is not a gap; the usual pause is the median of the last so many.
LATE_PAUSES, USUAL_PAUSES = 2, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A change of the model or of the list of feeds, and its time (aware UTC): a mark in the charts."""

    moment: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days, first to last, on which no feed was fetched although it was due."""

    first: date
    last: date

    def __str__(self) -> str:
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"no feed was asked on {days}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekWatch:
    """How completely a week was watched: the feeds that were, and those that should have been."""

    week: Week
    watched: frozenset[str]
    expected: frozenset[str]

    @property
    def share(self) -> float | None:
        """The share of the expected feeds that was watched; None if no feed was expected."""
        return len(self.watched) / len(self.expected) if self.expected else None

    @property
    def is_down(self) -> bool:
        """Whether too few feeds were watched to use the week's counts: an outage, shaded in the chart."""
        return self.share is not None and self.share < MIN_PANEL_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What a week can be compared with.

    `history` are the thirteen weeks up to it; in `weeks_watched` of the weeks before it enough feeds were
    watched; `compared` are the weeks that are compared, oldest first, itself last, and `days` on how many
    days of each feeds were watched. `steady` feeds were watched in all of those before it, `feeds`, the
    panel proper, in the week too; `watched` are all that were watched in the week. `coverage` is the
    panel's share of the steady ones: 1 if there is no steady feed. `is_mixed`: some articles of the
    compared weeks are not filed yet by the model of the rest. `breaks` and `gaps` are those of the history,
    in order.
    """

    week: Week
    history: tuple[WeekWatch, ...]
    weeks_watched: int
    compared: tuple[Week, ...]
    days: tuple[int, ...]
    steady: frozenset[str]
    feeds: frozenset[str]
    watched: frozenset[str]
    coverage: float
    is_mixed: bool
    breaks: tuple[Break, ...]
    gaps: tuple[Gap, ...]

    @property
    def is_forming(self) -> bool:
        """Whether too few weeks can be compared yet."""
        return self.weeks_watched < LEAST_BASELINE

    @property
    def longest_span(self) -> int:
        """How many weeks up to the tested one, itself included, were all watched."""
        unbroken = 0
        for back, week in enumerate(reversed(self.compared)):
            if week != self.week.before(back):
                break
            unbroken += 1
        return min(unbroken, max(SPANS))

    @property
    def weeks_down(self) -> tuple[Week, ...]:
        """The weeks of the history in which too few feeds were watched."""
        return tuple(one.week for one in self.history if one.is_down)


def read_panel(con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime) -> Panel:
    """The panel of a week as known at `as_of`."""
    weeks = [week.before(number) for number in reversed(range(MOST_BASELINE + 1 + MISSED_WEEKS))]
    watched = weekly_series.feeds_watched(con, list(map(str, weeks)), as_of)
    runs = weekly_series.run_days(con, week.before(HISTORY_WEEKS - 1).start, week.end, as_of)
    told_in = [str(week.before(number)) for number in range(1, max(SPANS) + 1)]
    panel = choose_panel(
        {one: watched[str(one)].feeds for one in weeks},
        told_by=weekly_series.feeds_of_stories(con, told_in, as_of),
        breaks=[Break(moment=moment, what=what) for moment, what in breaks_by(con, as_of)],
        gaps=find_gaps(runs, min(as_of, week.end).date()),
    )
    return replace(
        panel,
        days=tuple(watched[str(one)].days for one in panel.compared),
        is_mixed=weekly_series.is_filed_by_several(con, panel.compared[0].start, week.end, as_of),
    )


def choose_panel(
    watched: Mapping[Week, frozenset[str]],
    *,
    told_by: Sequence[frozenset[str]] = (),
    breaks: Sequence[Break] = (),
    gaps: Sequence[Gap] = (),
) -> Panel:
    """Returns the panel of the last of the consecutive weeks from the feeds watched in each of them.

    `told_by` are the feeds that told a story, of each story of the latest weeks before the last.
    """
    weeks = list(watched)
    week = weeks[-1]
    watches = [_watch(watched, weeks[: number + 1]) for number in range(MISSED_WEEKS, len(weeks))]
    usable = [one.week for one in watches[:-1] if one.share is not None and not one.is_down]
    baseline = _telling_baseline(usable, watched, told_by)
    steady = _watched_throughout(baseline, watched)
    history = watches[-HISTORY_WEEKS:]
    known = [
        one for one in (*breaks, *_list_breaks(watched)) if history[0].week.start <= one.moment < week.end
    ]
    return Panel(
        week=week,
        history=tuple(history),
        weeks_watched=len(usable),
        compared=(*baseline, week),
        days=(DAYS,) * (len(baseline) + 1),
        steady=steady,
        feeds=steady & watched[week],
        watched=watched[week],
        coverage=len(steady & watched[week]) / len(steady) if steady else float(bool(watched[week])),
        is_mixed=False,
        breaks=tuple(sorted(known, key=lambda one: (one.moment, one.what))),
        gaps=tuple(gap for gap in gaps if gap.last >= history[0].week.monday),
    )


def _telling_baseline(
    usable: Sequence[Week], watched: Mapping[Week, frozenset[str]], told_by: Sequence[frozenset[str]]
) -> Sequence[Week]:
    """The latest weeks that show a change best: more weeks are a surer level, but on fewer feeds.

    The variance of the ratio of two weeks to a baseline of m is as 1/2 + 1/m over the stories of the panel.
    """
    feeds_only = [frozenset((feed,)) for feed in (watched[usable[-1]] if usable else ())]
    stories = told_by or feeds_only

    def told(weeks: int) -> int:
        panel = _watched_throughout(usable[-weeks:], watched)
        return sum(not panel.isdisjoint(feeds) for feeds in stories)

    shortest = LEAST_BASELINE
    if len(usable) > LEAST_BASELINE and told(shortest) < LEAST_TOLD * len(stories):
        shortest = NARROWEST_BASELINE
    lengths = range(shortest, min(len(usable), MOST_BASELINE) + 1)
    best = max(lengths, key=lambda weeks: (told(weeks) / (1 / 2 + 1 / weeks), weeks), default=shortest)
    return usable[-best:]


def _watched_throughout(weeks: Sequence[Week], watched: Mapping[Week, frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*(watched[week] for week in weeks)) if weeks else frozenset()


def _watch(watched: Mapping[Week, frozenset[str]], until: Sequence[Week]) -> WeekWatch:
    *before, week = until[-1 - MISSED_WEEKS :]
    times = Counter(feed for earlier in before for feed in watched[earlier])
    missed = {feed for feed, weeks in times.items() if weeks * 2 >= MISSED_WEEKS}
    return WeekWatch(week=week, watched=watched[week], expected=watched[week] | missed)


def _list_breaks(watched: Mapping[Week, frozenset[str]]) -> list[Break]:
    """The weeks in which many feeds were watched for the first time; the very first feeds are not a break."""
    breaks, known = [], frozenset[str]()
    for week, feeds in watched.items():
        added = feeds - known
        if known and len(added) >= max(ADDED_FEEDS, ADDED_SHARE * len(known)):
            breaks.append(Break(moment=week.start, what=f"{len(added)} feeds were added in {week}"))
        known |= feeds
    return breaks


def find_gaps(runs: Sequence[date], until: date) -> list[Gap]:
    """Returns the gaps between days of runs, and up to `until`, more than twice as long as usual before them.

    `until` is the first day that need not have been watched. Days are in order.
    """
    day = timedelta(days=1)
    gaps, pauses = [], list[int]()
    for before, after in pairwise((*runs, max(until, runs[-1])) if runs else ()):
        pause = (after - before).days
        if pauses and pause > LATE_PAUSES * median(pauses[-USUAL_PAUSES:]):
            gaps.append(Gap(first=before + day, last=after - day))
        pauses.append(pause)
    return gaps
