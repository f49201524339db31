"""Which weeks and feeds may be compared: the panel, outages, gaps, method changes. Counts no stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

import duckdb

from reports.trends.comparison import BASELINE_WEEKS, MIN_PANEL_UP
from reports.week import Week
from warehouse.queries import weekly_series
from warehouse.store.config_changes import breaks_by

HISTORY_WEEKS = 13
# A feed is expected in a week if it was watched in half of so many weeks before; one
# removed from the list soon is not.
MISSED_WEEKS = 4
# So many feeds added at once make another source list: a third of those watched so far, and at least five.
ADDED_SHARE, ADDED_FEEDS = 1 / 3, 5
# A run that is one day late is not a gap; the usual pause is the median of the last so many.
LATE_PAUSES, USUAL_PAUSES = 2, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A time (aware UTC) across which nothing is compared, and the change: model, rule or source list."""

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

    `history` are the thirteen weeks up to it, `baseline` the latest eight of them before it that can be
    compared (fewer while it forms), both oldest first; `compared` names the baseline's weeks and, last, its
    own. `steady` feeds were watched in all of the baseline, `feeds`, the panel proper, in the week too;
    `coverage` is their share of the steady ones: 1 if there is no steady feed. `breaks` and `gaps` are
    those of the history, in order.
    """

    week: Week
    history: tuple[WeekWatch, ...]
    baseline: tuple[Week, ...]
    compared: tuple[str, ...]
    steady: frozenset[str]
    feeds: frozenset[str]
    coverage: float
    breaks: tuple[Break, ...]
    gaps: tuple[Gap, ...]

    @property
    def weeks_down(self) -> tuple[Week, ...]:
        """The weeks of the history in which too few feeds were watched."""
        return tuple(one.week for one in self.history if one.is_down)


def read_panel(con: duckdb.DuckDBPyConnection, week: Week, as_of: datetime) -> Panel:
    """The panel of a week as known at `as_of`."""
    weeks = [week.before(number) for number in reversed(range(HISTORY_WEEKS + MISSED_WEEKS))]
    watched = weekly_series.feeds_watched(con, list(map(str, weeks)), as_of)
    runs = weekly_series.run_days(con, weeks[MISSED_WEEKS].start, week.end, as_of)
    return choose_panel(
        {one: watched[str(one)] for one in weeks},
        breaks=[Break(moment=moment, what=what) for moment, what in breaks_by(con, as_of)],
        gaps=find_gaps(runs, min(as_of, week.end).date()),
    )


def choose_panel(
    watched: Mapping[Week, frozenset[str]], *, breaks: Sequence[Break] = (), gaps: Sequence[Gap] = ()
) -> Panel:
    """Returns the panel of the last of the consecutive `weeks` from the feeds watched in each week."""
    weeks = list(watched)
    week = weeks[-1]
    history = [_watch(watched, weeks[: number + 1]) for number in range(MISSED_WEEKS, len(weeks))]
    known = [
        one for one in (*breaks, *_list_breaks(watched)) if history[0].week.start <= one.moment < week.end
    ]
    since = max((one.moment for one in known), default=history[0].week.start)
    usable = [
        one.week
        for one in history[:-1]
        if one.share is not None and not one.is_down and one.week.start >= since
    ]
    baseline = tuple(usable[-BASELINE_WEEKS:])
    steady = frozenset.intersection(*(watched[one] for one in baseline)) if baseline else frozenset()
    return Panel(
        week=week,
        history=tuple(history),
        baseline=baseline,
        compared=tuple(map(str, (*baseline, week))),
        steady=steady,
        feeds=steady & watched[week],
        coverage=len(steady & watched[week]) / len(steady) if steady else float(bool(watched[week])),
        breaks=tuple(sorted(known, key=lambda one: (one.moment, one.what))),
        gaps=tuple(gap for gap in gaps if gap.last >= history[0].week.monday),
    )


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
