"""Is this week different from the eight before? Every series of a week compared and judged together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from reports.trends.exact_tests import (
    CONFIDENCE,
    kept_p,
    likely_dispersions,
    odds_interval,
    ratio_interval,
    share_dispersion,
    share_test,
    two_sided_p,
)
from warehouse.rounding import six_digits
from warehouse.store.trend_tests import Verdict

BASELINE_WEEKS = 8
# q up to which a change is called measured; above it up to the second bound, possible.
RISEN_Q = 0.10
POSSIBLY_Q = 0.25
# The interval is where the test does not reject: it excludes 1 just when p is not above this.
EXCLUDES_ONE_P = 1 - CONFIDENCE
MIN_PUBLISHERS = 2
MIN_PANEL_UP = 0.70
# With fewer stories in the nine weeks no test can reject, even if all fell into one week. The list of
# entities is open, so of those only what has a story a week is tested. Both look at the sum alone, which each
# test takes as given, so they choose no winners.
LEAST_STORIES = 3
LEAST_ENTITY_STORIES = BASELINE_WEEKS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Stories per week in order, the tested week last; `panel` counts only feeds watched in all the weeks.

    For a share, `stories` are those that report an act, `out_of` all of them and `panel_out_of` the
    panel's; for a count both are empty. `panel_up` is the share of the baseline's feeds that were
    watched in the week, `watched_weeks` how many weeks before it can be compared, and `is_over`
    whether all the week was collected.
    """

    name: str
    kind: str
    stories: tuple[int, ...]
    panel: tuple[int, ...]
    out_of: tuple[int, ...] = ()
    panel_out_of: tuple[int, ...] = ()
    publishers: int
    watched_weeks: int
    panel_up: float
    is_over: bool = True

    @property
    def baseline(self) -> tuple[int, ...]:
        """The weeks compared with."""
        return self.stories[-1 - BASELINE_WEEKS : -1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One week against its baseline. `ratio` is the week over the mean baseline week, with an exact interval.

    For a share it is the ratio of the odds. Against an empty baseline there is no ratio and no upper bound:
    both are None. `tested` is how many series shared the adjustment of `q`: 0 if this one had no part in it.
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
    tested: int
    panel_ratio: float | None
    panel_p: float
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """The test results of one series before the verdict; a direction is 1 for more than before, else -1."""

    direction: int
    ratio: float | None
    low: float
    high: float | None
    dispersion: float
    p: float
    panel_direction: int
    panel_ratio: float | None
    panel_p: float


def compare_all(all_series: Sequence[Series]) -> list[Comparison]:
    """Returns each series with its verdict, at a Benjamini-Hochberg false-discovery rate over all tested."""
    counts = [number for number, one in enumerate(all_series) if not one.out_of]
    shares = [number for number, one in enumerate(all_series) if one.out_of]
    measures = dict(zip(counts, _measure_counts([all_series[number] for number in counts]), strict=True))
    measures |= zip(shares, _measure_shares([all_series[number] for number in shares]), strict=True)
    tested = [
        number for number, one in enumerate(all_series) if untestable(one) is None and is_measurable(one)
    ]
    adjusted = stats.false_discovery_control([measures[number].p for number in tested])
    q_of = dict(zip(tested, map(six_digits, adjusted.tolist()), strict=True))
    return [
        _compared(one, measures[number], q_of.get(number, 1.0), len(tested) if number in q_of else 0)
        for number, one in enumerate(all_series)
    ]


def untestable(one: Series) -> Verdict | None:
    """Returns the verdict if the week has no baseline or was not watched enough; None if it can be tested."""
    if one.watched_weeks < BASELINE_WEEKS:
        return Verdict.BASELINE_FORMING
    if one.panel_up < MIN_PANEL_UP or not one.is_over:
        return Verdict.WITHHELD
    return None


def is_measurable(one: Series) -> bool:
    """Whether the series has so many stories in the nine weeks that a change could ever be measured."""
    return sum(one.stories[-1 - BASELINE_WEEKS :]) >= (
        LEAST_ENTITY_STORIES if one.kind == "entity" else LEAST_STORIES
    )


def _compared(series: Series, measure: _Measure, q: float, tested: int) -> Comparison:
    return Comparison(
        series=series,
        week_count=series.stories[-1],
        baseline=series.baseline,
        ratio=measure.ratio,
        low=measure.low,
        high=measure.high,
        dispersion=measure.dispersion,
        p=measure.p,
        q=q,
        tested=tested,
        panel_ratio=measure.panel_ratio,
        panel_p=measure.panel_p,
        verdict=untestable(series) or _judge(series, measure, q),
    )


def _judge(series: Series, measure: _Measure, q: float) -> Verdict:
    """The verdict for an adjusted p-value: a change only if interval, publishers and panel all confirm it."""
    is_more = measure.direction > 0
    if max(q, measure.panel_p) > POSSIBLY_Q or not measure.direction == measure.panel_direction != 0:
        return Verdict.NO_MEASURABLE_CHANGE
    if is_more and series.publishers < MIN_PUBLISHERS:
        return Verdict.NO_MEASURABLE_CHANGE
    if not sum(series.baseline):
        return Verdict.FIRST_SEEN
    # The panel must change as surely as the whole: its sign alone is a coin's toss, which a
    # feed added since could decide.
    if q <= RISEN_Q and max(measure.p, measure.panel_p) <= EXCLUDES_ONE_P:
        return Verdict.RISEN if is_more else Verdict.FALLEN
    return Verdict.POSSIBLY_RISEN if is_more else Verdict.POSSIBLY_FALLEN


def _measure_counts(several: Sequence[Series]) -> list[_Measure]:
    """The exact test of each count, given how much its kind of series varies from week to week."""
    if not several:
        return []
    weeks = max(min(BASELINE_WEEKS, min(len(one.baseline) for one in several)), 1)
    rows = np.array(
        [[0] * (weeks - len(one.baseline)) + list(one.baseline[-weeks:]) for one in several], np.int64
    )
    dispersion, likely = likely_dispersions(rows, [one.kind for one in several])
    k, b = np.array([one.stories[-1] for one in several]), rows.sum(axis=1)
    panel_k = np.array([one.panel[-1] for one in several])
    panel_b = np.array([sum(one.panel[-1 - weeks : -1]) for one in several])
    p, panel_p = two_sided_p(k, b, weeks, likely), two_sided_p(panel_k, panel_b, weeks, likely)
    low, high = ratio_interval(k, b, weeks, likely)
    return [
        _Measure(
            direction=_sign(k[row] * weeks - b[row]),
            ratio=six_digits(k[row] * weeks / b[row]) if b[row] else None,
            low=six_digits(low[row]),
            high=six_digits(high[row]) if b[row] else None,
            dispersion=six_digits(dispersion[row]),
            p=kept_p(p[row]),
            panel_direction=_sign(panel_k[row] * weeks - panel_b[row]),
            panel_ratio=six_digits(panel_k[row] * weeks / panel_b[row]) if panel_b[row] else None,
            panel_p=kept_p(panel_p[row]),
        )
        for row in range(len(several))
    ]


def _measure_shares(several: Sequence[Series]) -> list[_Measure]:
    """Fisher's exact test of each share, given how much the shares vary from week to week."""
    if not several:
        return []
    acts, out_of = (
        np.array([part[-1 - BASELINE_WEEKS : -1] for part in parts], np.int64)
        for parts in ([one.stories for one in several], [one.out_of for one in several])
    )
    dispersion = six_digits(share_dispersion(acts, out_of))  # before counts are divided by it and cut
    measures = []
    for one in several:
        whole, panel = _two_by_two(one.stories, one.out_of), _two_by_two(one.panel, one.panel_out_of)
        low, high = odds_interval(*whole, dispersion)
        measures.append(
            _Measure(
                direction=_direction(*whole),
                ratio=_odds_ratio(*whole),
                low=six_digits(low),
                high=None if high is None else six_digits(high),
                dispersion=dispersion,
                p=kept_p(share_test(*whole, dispersion)),
                panel_direction=_direction(*panel),
                panel_ratio=_odds_ratio(*panel),
                panel_p=kept_p(share_test(*panel, dispersion)),
            )
        )
    return measures


def _two_by_two(acts: Sequence[int], out_of: Sequence[int]) -> tuple[int, int, int, int]:
    baseline = slice(-1 - BASELINE_WEEKS, -1)
    return acts[-1], out_of[-1], sum(acts[baseline]), sum(out_of[baseline])


def _odds_ratio(acts: int, out_of: int, before: int, before_out_of: int) -> float | None:
    """How many times the odds of an act are those of before; None if that would divide by nothing."""
    below = (out_of - acts) * before
    return six_digits(acts * (before_out_of - before) / below) if below else None


def _direction(acts: int, out_of: int, before: int, before_out_of: int) -> int:
    """How the share has moved; the share of nothing moves nowhere."""
    return _sign(acts * before_out_of - before * out_of)


def _sign(number: int) -> int:
    return int(number > 0) - int(number < 0)
