"""Exact tests of a span's count or share against a baseline of weeks, allowing for overdispersion. Pure.

A count k of a span of s weeks against a total b of a baseline of s m weeks: given n = k + b, k is
Binomial(n, 1/(m + 1)) if both are Poisson with one mean a week (Przyborowski and Wilenski 1940). News is
clumped: counts with a variance of `dispersion` times their mean are negative binomial, and k given n is then
beta-binomial with parameters r and m r, where r is the mean a span over (dispersion - 1). With a ratio of
span to baseline the first is ratio times r. No normal approximation anywhere. The tails are mid-p (Lancaster
1961): of the outcome itself half counts, so that the error of many small counts together is the stated one.

The dispersion is estimated from many series together: eight weeks of one say little about it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats
from scipy.optimize import elementwise

from warehouse.rounding import six_digits

CONFIDENCE = 0.95
# Below it the beta-binomial is the binomial to more digits than are printed, and its
# parameters grow too large to compute.
LEAST_DISPERSION = 1.001
_WIDEST = np.log(1e9)
# Of the bounds of an interval, as a share of them: far finer than the six digits that are kept, so that it
# does not matter after which step a search ends, which the last bit may decide.
PRECISION = 1e-9
# A p-value is one less a sum of terms whose logarithms are right to 1e-13: its error is of that size, however
# small it is.
LEAST_P = 1e-9

Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]


def tails(k: Counts, b: Counts, spans: float, dispersions: Floats) -> tuple[Floats, Floats]:
    """Returns the mid-p of so many or more, and of so few or fewer, of each k given k + b.

    The baseline of b is `spans` times as long as the span of k. `dispersions` has a row for each count and a
    column for each of equally likely values, all at least 1; p is the mean over them.
    """
    return _tails(k, b, spans, dispersions, np.ones(len(k)))


def kept_p(p: float) -> float:
    """A p-value as it is kept and judged: to six digits, in steps of `LEAST_P` and never below it."""
    return six_digits(round(max(p, LEAST_P), 9))


def ratio_interval(k: Counts, b: Counts, spans: float, dispersions: Floats) -> tuple[Floats, Floats]:
    """Returns bounds of the ratio of the span's mean to the baseline's, at the given confidence.

    At a bound the tail is half of what the confidence leaves. 0 below for k = 0; infinite above for b = 0.
    Arguments as of `tails`.
    """
    low, high = np.zeros(len(k)), np.full(len(k), np.inf)
    tail = (1 - CONFIDENCE) / 2

    def missing(log_ratio: Floats, which: Floats, k: Floats, b: Floats, *columns: Floats) -> Floats:
        found = _tails(k.astype(int), b.astype(int), spans, np.stack(columns, axis=-1), np.exp(log_ratio))
        return np.where(which == 0, *found) - tail

    for which, bounds, some in ((0, low, k > 0), (1, high, b > 0)):
        if some.any():
            args = (np.full(some.sum(), which), k[some], b[some], *dispersions[some].T)
            within = (np.full(some.sum(), -_WIDEST), np.full(some.sum(), _WIDEST))
            bounds[some] = np.exp(
                elementwise.find_root(missing, within, args=args, tolerances={"xatol": PRECISION}).x
            )
    return low, high


def _tails(k: Counts, b: Counts, spans: float, dispersions: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """Returns the mid-p of both tails, given k + b, if a span of now is `ratio` times one of the baseline."""
    shape = dispersions.shape
    each = np.repeat(np.arange(len(k)), shape[1])
    at_least, at_most = _tails_of_each(k[each], b[each], spans, dispersions.ravel(), ratio[each])
    half = (at_least + at_most - 1) / 2  # of the probability of k itself
    return (at_least - half).reshape(shape).mean(axis=1), (at_most - half).reshape(shape).mean(axis=1)


def _tails_of_each(
    k: Counts, b: Counts, spans: float, dispersion: Floats, ratio: Floats
) -> tuple[Floats, Floats]:
    share = ratio / (spans + ratio)
    at_least = np.where(k > 0, special.betainc(np.maximum(k, 1), b + 1, share), 1.0)
    at_most = np.where(b > 0, special.betaincc(k + 1, np.maximum(b, 1), share), 1.0)
    clumped = (dispersion > LEAST_DISPERSION) & (k + b > 0)
    if clumped.any():
        n = (k + b)[clumped]
        r = n / (spans + ratio[clumped]) / (dispersion[clumped] - 1)
        at_least[clumped], at_most[clumped] = _beta_binomial_tails(
            k[clumped], n, ratio[clumped] * r, spans * r
        )
    return at_least, at_most


def _beta_binomial_tails(k: Counts, n: Counts, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Returns P(X >= k) and P(X <= k) of beta-binomial counts in one array; scipy sums them one by one."""
    ends = np.cumsum(k + 1)
    owner = np.repeat(np.arange(len(k)), k + 1)
    x = np.arange(ends[-1]) - (ends - k - 1)[owner]
    rest = n[owner] - x
    log_p = (
        special.betaln(x + a[owner], rest + b[owner])
        - special.betaln(a, b)[owner]
        - special.betaln(x + 1, rest + 1)
        - np.log(n + 1.0)[owner]
    )
    p = np.exp(log_p)
    at_most, own = np.minimum(np.add.reduceat(p, ends - k - 1), 1.0), p[ends - 1]
    return np.maximum(1 - (at_most - own), own), at_most


def share_tails(
    acts: int, out_of: int, before: int, before_out_of: int, dispersion: float
) -> tuple[float, float]:
    """Returns the p-values of Fisher's exact test that acts are more, and less, frequent than before.

    Given the margins, as the test of counts is given n. For weekly shares that vary more than chance all four
    numbers are divided by the dispersion first (Rao and Scott 1992), and cut to whole ones.
    """
    table = _table(acts, out_of, before, before_out_of, dispersion)
    more, less = (float(stats.fisher_exact(table, alternative=side).pvalue) for side in ("greater", "less"))
    return more, less


def odds_interval(
    acts: int, out_of: int, before: int, before_out_of: int, dispersion: float
) -> tuple[float, float | None]:
    """Returns the exact conditional interval of the odds ratio; its upper bound is None if there is none."""
    table = _table(acts, out_of, before, before_out_of, dispersion)
    if not (table.sum(axis=0).all() and table.sum(axis=1).all()):
        return 0.0, None
    interval = stats.contingency.odds_ratio(table).confidence_interval(CONFIDENCE)
    return float(interval.low), None if np.isinf(interval.high) else float(interval.high)


def _table(acts: int, out_of: int, before: int, before_out_of: int, dispersion: float) -> Counts:
    cells = (acts, out_of - acts), (before, before_out_of - before)
    return np.floor(np.array(cells) / dispersion).astype(np.int64)


# Below a story a week, variance over mean is mostly 0 or 1 and says nothing of clumping.
LEAST_MEAN = 1.0
# The weights of the line depend on the line: it is fitted so often.
FITS = 3
# How much more dispersion a story more a week may bring: the standard deviation of what is expected of it.
SLOPE_DEVIATION = 0.05
# Fewer series do not show how much they differ from one another.
LEAST_SERIES = 10
LEAST_WEEKS = 8  # fewer do not show how much a week is like the one before
LEAST_PRIOR, MOST_PRIOR = 4.0, 100.0
# Each series' dispersion is known only roughly; so many equally likely values represent it.
LIKELY_VALUES = 8


def likely_dispersions(baselines: Counts) -> tuple[Floats, Floats]:
    """Returns the dispersion of each series (row of weekly counts) and a row of equally likely values of it.

    All are at least 1.

    Empirical Bayes as for sample variances (Smyth 2004, limma): the series' own variance over mean, with as
    many degrees of freedom as its weeks less one, is drawn towards what is expected at its mean, the more
    strongly the less the series differ from one another. What remains unknown of it is a scaled inverse
    chi-square, of which the quantiles are returned.
    """
    freedom = baselines.shape[1] - 1
    if freedom < 1:
        return np.ones(len(baselines)), np.ones((len(baselines), 1))
    means = baselines.mean(axis=1)
    own = np.divide(baselines.var(axis=1, ddof=1), means, out=np.ones(len(means)), where=means > 0)
    telling = means >= LEAST_MEAN
    expected = _expected(own, means, telling, freedom)
    prior = _prior_freedom((own / expected)[telling], freedom)
    weight = np.where(means > 0, freedom, 0.0)
    centre = (prior * expected + weight * own) / (prior + weight)
    quantiles = (np.arange(LIKELY_VALUES) + 0.5) / LIKELY_VALUES
    known = prior + weight[:, None]
    likely = np.maximum(1.0, centre[:, None] * known / stats.chi2.ppf(quantiles, known))
    return np.maximum(1.0, centre), likely


def lag_correlation(baselines: Counts) -> float:
    """Returns how much a week is like the one before, pooled over the series: 0 to 1.

    The mean of the lag-1 autocorrelations of those that tell, which is too low by one over the weeks.
    """
    weeks = baselines.shape[1]
    if weeks < LEAST_WEEKS:
        return 0.0
    moved = baselines - baselines.mean(axis=1, keepdims=True)
    squares = (moved**2).sum(axis=1)
    telling = (baselines.mean(axis=1) >= LEAST_MEAN) & (squares > 0)
    if not telling.any():
        return 0.0
    products = (moved[telling, 1:] * moved[telling, :-1]).sum(axis=1)
    return float(np.clip((products / squares[telling]).mean() + 1 / weeks, 0.0, 1.0))


def of_span(dispersions: Floats, correlation: float, span: int) -> Floats:
    """Returns the dispersions of the sum of so many weeks of which each is like the one before."""
    return dispersions * (1 + 2 * sum((1 - lag / span) * correlation**lag for lag in range(1, span)))


def _expected(own: Floats, means: Floats, telling: np.ndarray, freedom: int) -> Floats:
    """The dispersion of a series of such a mean: a line through those of all series, never falling.

    Large series vary more for their mean than small ones, as one event makes more stories there. A series
    that is smaller than all that tell of clumping is taken for the smallest of those.
    """
    fitted = np.ones(len(own))
    size = np.maximum(means, means[telling].min()) if telling.any() else means
    lines = np.column_stack([np.ones(len(own)), size])
    prior = [0.0, np.sqrt(2 / freedom) / SLOPE_DEVIATION]  # one more row: a few series tell no slope
    for _ in range(FITS):
        weight = telling / fitted  # the deviation of a variance over mean grows with it
        rows = np.vstack([lines * weight[:, None], prior])
        above, _ = optimize.nnls(rows, np.append((np.maximum(own, 0.5) - 0.5) * weight, 0.0))
        fitted = 0.5 + lines @ above
    return fitted


def _prior_freedom(relative: Floats, freedom: int) -> float:
    """Degrees of freedom that what is expected is worth, from how much the dispersions scatter around it.

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
    """Returns the dispersion of weekly shares: Pearson's statistic over its degrees of freedom, at least 1.

    Both arrays have a row a series and a column a week; weeks without any story are ignored.
    """
    totals = out_of.sum(axis=1, keepdims=True)
    share = np.divide(acts.sum(axis=1, keepdims=True), totals, out=np.zeros(totals.shape), where=totals > 0)
    variance = out_of * share * (1 - share)
    telling = variance > 0
    statistic = ((acts - out_of * share)[telling] ** 2 / variance[telling]).sum()
    freedom = int(telling.sum() - telling.any(axis=1).sum())
    return max(1.0, float(statistic / freedom)) if freedom > 0 else 1.0
