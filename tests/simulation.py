"""Weeks of invented counts, clumped as news is, to see how often a verdict errs and what it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fakes import series

from reports.trends.comparison import Series
from reports.trends.exact_tests import Counts, Floats

DISPERSIONS = ("1", "1.5", "2", "of each its own", "larger for the larger")
DESKS, TOPICS, THEMES, ENTITIES = 3, 32, 16, 99


def clumped(random: np.random.Generator, means: Floats, dispersions: Floats) -> Counts:
    """Negative binomial counts with a variance of `dispersions` times their mean."""
    spread = np.maximum(dispersions - 1, 1e-9)
    return random.poisson(random.gamma(means / spread, spread))


def carried_on(
    random: np.random.Generator, means: Floats, dispersions: Floats, weeks: int, carried: float
) -> Counts:
    """As `clumped`, a column a week, where each week takes over the share `carried` of the one before.

    So the correlation of a week with the one before is `carried`, with that before it the square of it. The
    share of each series' stories is beta-distributed, which leaves every week negative binomial (McKenzie
    1986). Dispersions must be above 1.
    """
    size = means / (dispersions - 1)
    counts = [clumped(random, means, dispersions)]
    while len(counts) < weeks:
        kept = random.binomial(counts[-1], random.beta(size * carried, size * (1 - carried)))
        counts.append(kept + clumped(random, means * (1 - carried), dispersions))
    return np.stack(counts, axis=1)


def a_week(random: np.random.Generator, dispersion: str, entities: int = ENTITIES) -> tuple[Floats, Floats]:
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
    """A row a series: the desks, then their topics in turn, themes, and entities for all that is left."""
    kinds = ["desk"] * DESKS + ["topic"] * TOPICS + ["theme"] * THEMES
    kinds += ["entity"] * (len(weeks) - len(kinds))
    return [
        replace(
            series(*map(int, before), int(now)),
            name=f"{kind} {number}",
            kind=kind,
            desk=f"desk {number % DESKS}" if kind in ("desk", "topic") else None,
        )
        for number, (before, now, kind) in enumerate(zip(baselines, weeks, kinds, strict=True))
    ]
