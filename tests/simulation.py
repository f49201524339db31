"""Weeks of invented counts, clumped as news is, to see how often a verdict errs and what it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fakes import series

from reports.trends.comparison import Series
from reports.trends.exact_tests import Counts, Floats

DISPERSIONS = ("1", "1.5", "2", "of each its own", "larger for the larger")
DESKS, TOPICS, THEMES = 3, 32, 16


def clumped(random: np.random.Generator, means: Floats, dispersions: Floats) -> Counts:
    """Negative binomial counts with a variance of `dispersions` times their mean."""
    spread = np.maximum(dispersions - 1, 1e-9)
    return random.poisson(random.gamma(means / spread, spread))


def a_week(random: np.random.Generator, dispersion: str, entities: int = 60) -> tuple[Floats, Floats]:
    """Means and dispersions of the series of a week: few large ones, many small ones."""
    means = np.concatenate(
        [
            random.uniform(15, 60, DESKS),
            random.lognormal(np.log(3), 0.7, TOPICS),
            random.lognormal(np.log(5), 0.6, THEMES),
            random.lognormal(np.log(2.5), 0.7, entities),
        ]
    )
    match dispersion:
        case "of each its own":
            return means, 1 + random.gamma(1.5, 0.5, len(means))
        case "larger for the larger":
            return means, 1 + 0.05 * means
    return means, np.full(len(means), float(dispersion))


def as_series(baselines: Counts, weeks: Counts) -> list[Series]:
    kinds = ["desk"] * DESKS + ["topic"] * TOPICS + ["theme"] * THEMES
    kinds += ["entity"] * (len(weeks) - len(kinds))
    return [
        replace(series(*map(int, before), int(now)), kind=kind)
        for before, now, kind in zip(baselines, weeks, kinds, strict=True)
    ]
