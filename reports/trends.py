"""Is this week different from the eight before? Exact statistics on counts of stories. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy import stats

BASELINE_WEEKS = 8
CONFIDENCE = 0.95
# q up to which a change is called measured; above it up to the second bound, possible.
RISEN_Q = 0.10
POSSIBLY_Q = 0.25
MIN_PUBLISHERS = 2
MIN_PANEL_UP = 0.70


class Verdict(StrEnum):
    """What may be said of a series; the digest's trend sentence follows from it."""

    RISEN = "risen"
    FALLEN = "fallen"
    POSSIBLY_RISEN = "possibly_risen"
    POSSIBLY_FALLEN = "possibly_fallen"
    NO_MEASURABLE_CHANGE = "no_measurable_change"
    FIRST_SEEN = "first_seen"
    BASELINE_FORMING = "baseline_forming"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Stories a week, oldest first, the week in question last; `panel` counts only feeds watched through all the baseline.

    `panel_up` is the share of the feeds of the baseline that answered in the week; `watched_weeks` how many full weeks
    before it any feed was watched; `is_over` whether all the week was.
    """

    name: str
    stories: tuple[int, ...]
    panel: tuple[int, ...]
    publishers: int
    watched_weeks: int
    panel_up: float
    is_over: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One week against its baseline. `ratio` is this week over the baseline's mean week, with its exact 95 % interval.

    Against an empty baseline there is no ratio and no upper bound: both are None.
    """

    series: Series
    week_count: int
    baseline: tuple[int, ...]
    ratio: float | None
    low: float
    high: float | None
    dispersion: float
    p: float
    q: float
    verdict: Verdict


def compare_all(all_series: Sequence[Series]) -> list[Comparison]:
    """Each series compared and judged; the false-discovery rate is controlled over all that can be tested."""
    compared = [compare(series) for series in all_series]
    testable = [number for number, one in enumerate(compared) if _untestable(one) is None]
    adjusted = stats.false_discovery_control([compared[number].p for number in testable])
    q_of = dict(zip(testable, map(float, adjusted), strict=True))
    return [
        replace(one, q=q_of.get(number, 1.0), verdict=judge(one, q_of.get(number, 1.0)))
        for number, one in enumerate(compared)
    ]


def compare(series: Series) -> Comparison:
    """This week's count k against the total B of m baseline weeks: k given k+B is Binomial(k+B, 1/(m+1)).

    The exact conditional comparison of two Poisson counts (Przyborowski and Wilenski 1940). News is clumped, so counts
    are divided by the baseline's dispersion (variance over mean, at least 1) before testing; the binomial tail and the
    Clopper-Pearson interval extend to fractional counts by the beta distribution.
    """
    *before, count = series.stories
    baseline = tuple(before[-BASELINE_WEEKS:])
    weeks, total = max(len(baseline), 1), sum(baseline)
    dispersion = dispersion_of(baseline)
    k, b = count / dispersion, total / dispersion
    p = two_sided_p(k, b, weeks)
    low, high = ratio_interval(k, b, weeks)
    return Comparison(
        series=series,
        week_count=count,
        baseline=baseline,
        ratio=count * weeks / total if total else None,
        low=low,
        high=high,
        dispersion=dispersion,
        p=p,
        q=1.0,
        verdict=Verdict.NO_MEASURABLE_CHANGE,
    )


def judge(one: Comparison, q: float) -> Verdict:
    """What may be said, given the adjusted p-value: change only if interval, publishers and panel all bear it out."""
    untestable = _untestable(one)
    if untestable is not None:
        return untestable
    panel = compare(replace(one.series, stories=one.series.panel))
    direction = _direction(one)
    if max(q, panel.p) > POSSIBLY_Q or direction == 0 or _direction(panel) != direction:
        return Verdict.NO_MEASURABLE_CHANGE
    if direction > 0 and one.series.publishers < MIN_PUBLISHERS:
        return Verdict.NO_MEASURABLE_CHANGE
    if sum(one.baseline) == 0:
        return Verdict.FIRST_SEEN
    # The panel must change as surely as the whole: its sign alone is a coin's toss, which a feed added since could win.
    if q <= RISEN_Q and _excludes_one(one) and _excludes_one(panel):
        return Verdict.RISEN if direction > 0 else Verdict.FALLEN
    return Verdict.POSSIBLY_RISEN if direction > 0 else Verdict.POSSIBLY_FALLEN


def _untestable(one: Comparison) -> Verdict | None:
    if one.series.watched_weeks < BASELINE_WEEKS:
        return Verdict.BASELINE_FORMING
    if one.series.panel_up < MIN_PANEL_UP or not one.series.is_over:
        return Verdict.WITHHELD
    return None


def _direction(one: Comparison) -> int:
    """1 if the week has more than the mean of its baseline, -1 if less, 0 if as many."""
    more = one.week_count * len(one.baseline) - sum(one.baseline)
    return (more > 0) - (more < 0)


def _excludes_one(one: Comparison) -> bool:
    return one.low > 1 or (one.high is not None and one.high < 1)


def dispersion_of(baseline: Sequence[int]) -> float:
    """Variance over mean of the baseline weeks, at least 1 (a Poisson count)."""
    mean = float(np.mean(baseline)) if len(baseline) else 0.0
    return max(1.0, float(np.var(baseline, ddof=1)) / mean) if mean > 0 and len(baseline) > 1 else 1.0


def two_sided_p(k: float, b: float, weeks: int) -> float:
    """Twice the smaller tail of k given k + b, capped at 1; k and b may be fractional."""
    share = 1 / (weeks + 1)
    at_least = float(stats.beta.cdf(share, k, b + 1)) if k > 0 else 1.0
    at_most = float(stats.beta.sf(share, k + 1, b)) if b > 0 else 1.0
    return min(1.0, 2 * min(at_least, at_most))


def ratio_interval(k: float, b: float, weeks: int) -> tuple[float, float | None]:
    """Clopper-Pearson bounds of the share k of k + b, as bounds of the ratio of this week to a mean baseline week."""
    tail = (1 - CONFIDENCE) / 2
    low = float(stats.beta.ppf(tail, k, b + 1)) if k > 0 else 0.0
    high = float(stats.beta.isf(tail, k + 1, b)) if b > 0 else None
    return low / (1 - low) * weeks, None if high is None else high / (1 - high) * weeks
