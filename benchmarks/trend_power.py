"""How often trends err and what they find, on simulated weeks of clumped counts, beside two other methods.

    python benchmarks/trend_power.py [--runs 400] [--peer-runs 200]

150 series of which one changes, with baselines of 8, 12 and 26 weeks: the share of runs in which it is called
risen by the issues after the change. Then the share of null weeks in which anything is said to have risen or
fallen, for several dispersions (variance over mean) and for weeks that take over a part of the week before;
and null weeks in which feeds are added or lost, one floods, or all are out. No interval is computed: no
verdict depends on one. The peers are those of `trend_peers.py`. Farrington's limit is set so that it calls as
many null weeks of the same family falsely as we do, in which power compares.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from trend_peers import WEEKS as FORMER_WEEKS
from trend_peers import farrington_p, former_directions

sys.path.append(
    str(Path(__file__).resolve().parents[1] / "tests")
)  # the makers of simulated weeks are the tests'

from simulation import DESKS, DISPERSIONS, TOPICS, a_week, as_series, carried_on, clumped
from trend_feeds import FEED_EVENTS, event_issues

from reports.trends import comparison
from reports.trends.comparison import MOST_BASELINE, Comparison, compare_all, is_measurable
from reports.trends.exact_tests import Counts, Floats
from warehouse.store.trend_tests import Verdict

BASELINES = (8, 12, 26)
CHANGED = {Verdict.RISEN, Verdict.FALLEN}
NEVER = 99
CARRIED = 0.3


@dataclass(frozen=True, slots=True)
class Change:
    """A series (row), its mean before, its growth in each week since, and issues to report."""

    name: str
    row: int
    mean: float
    growth: tuple[float, ...]
    issues: tuple[int, ...]


CHANGES = (
    Change("desk 9 to 18 a week", 0, 9.0, (2.0,) * 4, (1, 2, 4)),
    Change("desk climbing 15 % a week from 9", 0, 9.0, tuple(1.15**week for week in range(1, 9)), (4, 6, 8)),
    Change("topic of mean 4 tripling", DESKS, 4.0, (3.0,) * 4, (1, 2, 4)),
)


@dataclass(frozen=True, slots=True)
class NullWeek:
    """Which families a null week calls, ours and the former method's; and its counts of desks and topics."""

    ours: frozenset[str]
    rises: frozenset[str]
    former: frozenset[str]
    counts: Counts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=400, help="simulated runs a figure")
    parser.add_argument("--peer-runs", type=int, default=200, help="of those for the slow peer; 0: none")
    options = parser.parse_args()
    with ProcessPoolExecutor(os.cpu_count(), initializer=without_intervals) as pool:
        print_power(pool, options.runs, options.peer_runs)
        print_null_weeks(pool, options.runs)
        print_feed_events(pool, options.runs)


def without_intervals() -> None:
    comparison.ratio_interval = lambda k, *_: (np.zeros(len(k)), np.full(len(k), np.inf))
    comparison.odds_interval = lambda *_: (0.0, None)


def print_power(pool: ProcessPoolExecutor, runs: int, peer_runs: int) -> None:
    print(f"called risen by that issue after the change, of {runs} runs at dispersion 1.5")
    for baseline in BASELINES:
        null = list(pool.map(partial(null_week, "1.5", baseline, 0.0), range(2 * runs), chunksize=10))
        limits = farrington_limits(null, peer_runs)
        for change in CHANGES:
            found = list(pool.map(partial(issues_of, change, baseline), range(runs), chunksize=10))
            ours, former = (np.array(part) for part in zip(*((one[0], one[1]) for one in found), strict=True))
            print(f"  {change.name}, baseline of {baseline} weeks")
            print(f"    ours       {_by_issue(ours, change)}")
            print(f"    former     {_by_issue(former, change)}")
            if limits:
                p = farrington_p(np.stack([one[2] for one in found[:peer_runs]]), len(change.growth))
                first = _first(p <= limits[change.row >= DESKS])
                print(f"    Farrington {_by_issue(first, change)}", flush=True)


def farrington_limits(null: Sequence[NullWeek], peer_runs: int) -> tuple[float, float] | None:
    """Returns the limits of p at which it calls a rise of any desk, of any topic as often as we do."""
    weeks = null[:peer_runs]
    p = farrington_p(np.concatenate([one.counts for one in weeks]), 1) if weeks else None
    if p is None:
        print("  no Farrington: needs R with the package surveillance, and --peer-runs above 0")
        return None
    p = p.reshape(len(weeks), DESKS + TOPICS)
    limits = []
    for kind, columns in (("desk", p[:, :DESKS]), ("topic", p[:, DESKS:])):
        rate = np.mean([kind in one.rises for one in null])
        limits.append(float(np.quantile(columns.min(axis=1), rate)))
        print(
            f"  null weeks in which we say that a {kind} rose: {rate:.1%}; Farrington at p {limits[-1]:.4f}"
        )
    return limits[0], limits[1]


def print_null_weeks(pool: ProcessPoolExecutor, runs: int) -> None:
    weeks = 2 * runs
    print(f"null weeks of {weeks} in which anything is called: ours (desks, topics), former")
    cases = [(dispersion, 0.0) for dispersion in DISPERSIONS] + [("1.5", CARRIED)]
    for dispersion, carried in cases:
        name = f"{dispersion}, weeks correlated by {carried}" if carried else dispersion
        for baseline in BASELINES:
            null = list(
                pool.map(partial(null_week, dispersion, baseline, carried), range(weeks), chunksize=10)
            )
            ours, former = (
                np.mean([bool(said) for said in part])
                for part in ([one.ours for one in null], [one.former for one in null])
            )
            desks, topics = (np.mean([kind in one.ours for one in null]) for kind in ("desk", "topic"))
            print(
                f"  {name:32} baseline {baseline:2}: {ours:6.1%} ({desks:.1%}, {topics:.1%})  {former:6.1%}",
                flush=True,
            )


def print_feed_events(pool: ProcessPoolExecutor, runs: int) -> None:
    print(
        f"null weeks of {runs} runs, four issues each from the event on: anything called, desks mute; called"
    )
    print("in each issue; the same with a desk that doubles at the event: called by the 2nd, 4th issue")
    for number, event in enumerate(FEED_EVENTS):
        null = list(pool.map(partial(event_issues, number, 1.0), range(runs), chunksize=10))
        doubled = list(pool.map(partial(event_issues, number, 2.0), range(runs), chunksize=10))
        called = np.array([[any(one.verdict in CHANGED for one in issue) for issue in run] for run in null])
        mute = np.array([[_is_mute(issue[0]) for issue in run] for run in null])
        first = _first(np.array([[issue[0].verdict is Verdict.RISEN for issue in run] for run in doubled]))
        print(
            f"  {event.name:44} {called.mean():6.1%} {mute.mean():6.1%}   "
            f"{' '.join(f'{one:.1%}' for one in called.mean(axis=0))}   "
            f"{(first <= 2).mean():.0%} {(first <= 4).mean():.0%}",
            flush=True,
        )


def _is_mute(one: Comparison) -> bool:
    return one.verdict in (Verdict.BASELINE_FORMING, Verdict.WITHHELD)


def issues_of(change: Change, baseline: int, seed: int) -> tuple[int, int, Counts]:
    """The issue in which the change is called, ours and the former method's, and the counts of its series."""
    random = np.random.default_rng(seed)
    means, spread = a_week(random, "1.5")
    means[change.row] = change.mean
    over_weeks = np.repeat(means[:, None], baseline + len(change.growth), axis=1)
    over_weeks[change.row, baseline:] *= change.growth
    counts = clumped(random, over_weeks, np.repeat(spread[:, None], over_weeks.shape[1], axis=1))
    ours, former = NEVER, NEVER
    for issue in range(1, len(change.growth) + 1):
        known = counts[:, : baseline + issue][:, -1 - MOST_BASELINE :]
        if ours == NEVER and compared(known)[change.row].verdict is Verdict.RISEN:
            ours = issue
        if former == NEVER and former_directions(known)[change.row] > 0:
            former = issue
    return ours, former, counts[change.row]


def null_week(dispersion: str, baseline: int, carried: float, seed: int) -> NullWeek:
    random = np.random.default_rng(seed)
    means, spread = a_week(random, dispersion)
    if carried:
        counts = carried_on(random, means, spread, baseline + 1, carried)
    else:
        counts = clumped(random, over(means, baseline + 1), over(spread, baseline + 1))
    all_series = as_series(counts[:, :-1], counts[:, -1])
    # Of the entities only those are series that can be tested, as in the ledger.
    kept = [row for row, one in enumerate(all_series) if one.kind != "entity" or is_measurable(one)]
    said = compare_all([all_series[row] for row in kept])
    changed = [one for one in said if one.verdict in CHANGED]
    former = former_directions(counts[kept, -1 - FORMER_WEEKS :])
    return NullWeek(
        ours=frozenset(one.series.kind for one in changed),
        rises=frozenset(one.series.kind for one in changed if one.verdict is Verdict.RISEN),
        former=frozenset(one.series.kind for one, sign in zip(said, former, strict=True) if sign),
        counts=counts[: DESKS + TOPICS],
    )


def compared(counts: Counts) -> list[Comparison]:
    return compare_all(as_series(counts[:, :-1], counts[:, -1]))


def over(values: Floats, weeks: int) -> Floats:
    """The same for each of so many weeks."""
    return np.repeat(values[:, None], weeks, axis=1)


def _first(called: Counts) -> Counts:
    """The number of the first true column of each row, from 1; NEVER if there is none."""
    return np.where(called.any(axis=1), called.argmax(axis=1) + 1, NEVER)


def _by_issue(first: Counts, change: Change) -> str:
    return "   ".join(f"{issue}: {np.mean(first <= issue):4.0%}" for issue in change.issues)


if __name__ == "__main__":
    main()
