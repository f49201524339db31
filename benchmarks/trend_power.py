"""Counts how often the trend ledger errs, and what it finds, on simulated weeks of clumped counts.

    python benchmarks/trend_power.py [--weeks 1000]

First the share of null weeks in which any series is said to have risen or fallen, for several dispersions
(variance over mean). Then how often a series of mean ten that doubles, and one that grows threefold, is said
to have risen (or possibly risen, in brackets), by how many series of the week are tested with it. No interval
is computed: no verdict depends on one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.append(
    str(Path(__file__).resolve().parents[1] / "tests")
)  # the makers of simulated weeks are the tests'

from simulation import DESKS, DISPERSIONS, a_week, as_series, clumped

from reports.trends import comparison
from warehouse.store.trend_tests import Verdict

RISEN, POSSIBLY = {Verdict.RISEN}, {Verdict.RISEN, Verdict.POSSIBLY_RISEN}
WITH_OTHERS = (0, 2, 50, None)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weeks", type=int, default=1_000, help="simulated weeks a figure")
    weeks = parser.parse_args().weeks
    comparison.ratio_interval = lambda k, *_: (np.zeros(len(k)), np.full(len(k), np.inf))
    print(f"null weeks of {weeks} that print a change, by dispersion")
    for dispersion in DISPERSIONS:
        print(
            f"  {dispersion:24} {np.mean([prints_a_change(week, dispersion) for week in range(weeks)]):6.1%}",
            flush=True,
        )
    print(
        "a series of mean ten is found risen (or possibly), by dispersion, growth and series tested with it"
    )
    for dispersion in ("1", "1.5", "2"):
        for growth in (2, 3):
            found = [finds(weeks // 4, dispersion, growth, others) for others in WITH_OTHERS]
            print(f"  {dispersion:5} x {growth}  " + "   ".join(found), flush=True)


def prints_a_change(seed: int, dispersion: str) -> bool:
    random = np.random.default_rng(seed)
    means, spread = a_week(random, dispersion)
    said = comparison.compare_all(
        as_series(clumped(random, eight(means), eight(spread)), clumped(random, means, spread))
    )
    return any(one.verdict in (Verdict.RISEN, Verdict.FALLEN) for one in said)


def finds(weeks: int, dispersion: str, growth: int, others: int | None) -> str:
    """How often the first topic is found when it grows, among so many other series or all of a week."""
    verdicts = []
    for seed in range(weeks):
        random = np.random.default_rng(seed)
        means, spread = a_week(random, dispersion)
        means[DESKS] = 10
        baselines = clumped(random, eight(means), eight(spread))
        means[DESKS] = 10 * growth
        series = as_series(baselines, clumped(random, means, spread))
        rest = series[:DESKS] + series[DESKS + 1 :]
        verdicts.append(
            comparison.compare_all([series[DESKS], *(rest if others is None else rest[:others])])[0].verdict
        )
    among = "all" if others is None else others
    return (
        f"{among}: {np.mean([one in RISEN for one in verdicts]):4.0%} "
        f"({np.mean([one in POSSIBLY for one in verdicts]):4.0%})"
    )


def eight(values: np.ndarray) -> np.ndarray:
    """The same for each of eight weeks."""
    return np.repeat(values[:, None], 8, axis=1)


if __name__ == "__main__":
    main()
