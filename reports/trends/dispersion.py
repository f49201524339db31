"""How much more than chance weekly counts vary, estimated from many series together: eight weeks of one say little. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from reports.trends.exact_tests import Counts, Floats

# Below a story a week, variance over mean is mostly 0 or 1 and says nothing of clumping.
LEAST_MEAN = 1.0
# For a kind with few series, the mean of all series weighs as much as so many series of its own.
BORROWED_SERIES = 5.0
# Fewer series do not show how much they differ from one another.
LEAST_SERIES = 10
LEAST_PRIOR, MOST_PRIOR = 4.0, 100.0
# Each series' dispersion is known only roughly; so many equally likely values represent it.
LIKELY_VALUES = 8


def likely_dispersions(baselines: Counts, kinds: Sequence[str]) -> tuple[Floats, Floats]:
    """The dispersion of each series (row of weekly counts), and a row of equally likely values of it, all at least 1.

    Empirical Bayes as for sample variances (Smyth 2004, limma): the series' own variance over mean, with as many degrees
    of freedom as its weeks less one, is drawn towards the mean of its kind, the more strongly the less the series differ
    from one another. What remains unknown of it is a scaled inverse chi-square, of which the quantiles are returned.
    """
    freedom = baselines.shape[1] - 1
    if freedom < 1:
        return np.ones(len(baselines)), np.ones((len(baselines), 1))
    means = baselines.mean(axis=1)
    own = np.divide(baselines.var(axis=1, ddof=1), means, out=np.ones(len(means)), where=means > 0)
    telling = means >= LEAST_MEAN
    of_kind = _means_of_kinds(own, telling, np.array(kinds))
    prior = _prior_freedom((own / of_kind)[telling], freedom)
    weight = np.where(means > 0, freedom, 0.0)
    centre = (prior * of_kind + weight * own) / (prior + weight)
    quantiles = (np.arange(LIKELY_VALUES) + 0.5) / LIKELY_VALUES
    known = prior + weight[:, None]
    likely = np.maximum(1.0, centre[:, None] * known / stats.chi2.ppf(quantiles, known))
    return np.maximum(1.0, centre), likely


def _means_of_kinds(own: Floats, telling: np.ndarray, kinds: np.ndarray) -> Floats:
    """The mean dispersion of each series' kind."""
    overall = own[telling].mean() if telling.any() else 1.0
    of_kind = np.empty(len(own))
    for kind in np.unique(kinds):
        members = kinds == kind
        measured = own[members & telling]
        of_kind[members] = (measured.sum() + BORROWED_SERIES * overall) / (len(measured) + BORROWED_SERIES)
    return np.maximum(of_kind, 0.5)


def _prior_freedom(relative: Floats, freedom: int) -> float:
    """Degrees of freedom that the mean of a kind is worth, from how much the dispersions scatter around it.

    They are F-distributed with `freedom` and the number sought, whose squared coefficient of variation is
    2 (d + freedom - 2) / (freedom (d - 4)); solved for d.
    """
    if len(relative) < LEAST_SERIES:
        return float(freedom)
    scatter = float(relative.var() / relative.mean() ** 2)
    excess = freedom * scatter - 2
    if excess <= 0:
        return MOST_PRIOR
    return float(np.clip((4 * freedom * scatter + 2 * (freedom - 2)) / excess, LEAST_PRIOR, MOST_PRIOR))


def share_dispersion(acts: Counts, out_of: Counts) -> float:
    """How much more than chance the weekly shares of several series vary: Pearson's statistic over its degrees of freedom, at least 1.

    Both arrays have a row a series and a column a week; weeks without any story are ignored.
    """
    totals = out_of.sum(axis=1, keepdims=True)
    share = np.divide(acts.sum(axis=1, keepdims=True), totals, out=np.zeros(totals.shape), where=totals > 0)
    variance = out_of * share * (1 - share)
    telling = variance > 0
    statistic = ((acts - out_of * share)[telling] ** 2 / variance[telling]).sum()
    freedom = int(telling.sum() - telling.any(axis=1).sum())
    return max(1.0, float(statistic / freedom)) if freedom > 0 else 1.0
