"""Has a series changed? This week, the last two and the last four against what came before. Pure.

Every series of a week is judged together with the others: each family of series has a share of the stated
error, in which a series has the more the more stories it has. `benchmarks/trend_power.py` simulates how
often a week without any change prints one, and what is found; decision 50 has the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reports.trends.exact_tests import (
    kept_p,
    lag_correlation,
    likely_dispersions,
    odds_interval,
    of_span,
    ratio_interval,
    share_dispersion,
    share_tails,
    tails,
)
from warehouse.rounding import six_digits
from warehouse.store.trend_tests import Verdict

LEAST_BASELINE, MOST_BASELINE = 8, 26
# Weeks up to the tested one that are compared with those before them.
SPANS = (1, 2, 4)
# The least p over several spans, times this, is a p of all of them: they overlap, so it is fewer than their
# number. Simulated at means of 1 to 30, dispersions of 1 to 2 and baselines of 8 to 26 weeks: 1.5 on average
# and 2.0 at worst for two spans, 2.2 and 2.8 for three; the error of whole weeks stays below the stated one.
CORRECTION = {1: 1.0, 2: 1.8, 3: 2.5}
# A missed rise costs the reader more than a missed fall: so much of each error is for rises.
RISES = 0.7
# The error of a week is shared: desks are what the digest is about, and do not pay for a hundred entities.
FAMILY_SHARES = {"desk": 0.5, "topic": 0.35, "act_share": 0.05, "theme": 0.05, "entity": 0.05}
# q up to which a change is called measured; above it up to the second bound, possible.
RISEN_Q = 0.10
POSSIBLY_Q = 0.25
# A change of a series of two stories a week is hardly ever found, whatever its share of the error; of large
# series no one needs more than another.
FULL_WEIGHT = 8
MIN_PUBLISHERS = 2
MIN_PANEL_UP = 0.70
# The panel cannot speak for a series of which it tells less.
LEAST_TOLD = 0.2
# With fewer stories in all weeks no test can reject, even if all fell into one. The list of entities is open,
# so of those only what has a story a week is tested. Both look at the sum alone, which each test takes as
# given, so they choose no winners.
LEAST_STORIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Stories of the panel in each compared week in order, the tested week last.

    For a share, `panel` are those that report an act and `panel_out_of` all of them; for a count the latter
    is empty. `publishers` are the panel's publisher families in each of these weeks, `days` how many of
    its days were watched, `told` is the share of the series that the panel told in the last four of them,
    `panel_up` that of the baseline's feeds that were watched in the tested week; `longest_span` is how
    many weeks up to it were all watched. `is_forming`: too few weeks were watched; `is_mixed`:
    some articles are filed by another model or other rules; `is_over`: all the week was collected.
    """

    name: str
    kind: str
    desk: str | None
    panel: tuple[int, ...]
    panel_out_of: tuple[int, ...] = ()
    publishers: tuple[int, ...]
    days: tuple[int, ...]
    told: float = 1.0
    panel_up: float = 1.0
    longest_span: int = max(SPANS)
    is_forming: bool = False
    is_mixed: bool = False
    is_over: bool = True

    @property
    def spans(self) -> tuple[int, ...]:
        """The spans that leave a baseline, and always one week."""
        most = min(self.longest_span, len(self.panel) - LEAST_BASELINE)
        return tuple(span for span in SPANS if span == 1 or span <= most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A span of weeks against its baseline, both counted on the panel.

    `span` is the one of least p, `ratio` its mean week over that of the baseline, with an exact 95 %
    interval; for a share the ratio of the odds. `level` is the same of the tested week alone. Against an
    empty baseline there is no ratio and no upper bound: both are None. `p` is that of all spans together,
    `error_share` the part of the week's error that the series may use and `q` p over it: at most RISEN_Q if
    a change is called. `tested` is how many series shared the error: 0 if this one had no part in it.
    `direction` is 1 for more than before, -1 for less; `likely` are equally likely dispersions of the span,
    empty for a share. `made_by` is the publisher family without which the rise would not have been called.
    """

    series: Series
    span: int
    direction: int
    ratio: float | None
    low: float
    high: float | None
    level: float | None
    level_low: float
    level_high: float | None
    dispersion: float
    likely: tuple[float, ...]
    p: float
    q: float
    error_share: float
    tested: int
    verdict: Verdict
    made_by: str | None = None

    @property
    def is_called_rise(self) -> bool:
        """Whether more stories than before are called, at least as possible; first stories are not."""
        return self.verdict in (Verdict.RISEN, Verdict.POSSIBLY_RISEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """The test of one span; a direction is 1 for more than before, -1 for less."""

    span: int
    direction: int
    ratio: float | None
    low: float
    high: float | None
    p: float
    likely: tuple[float, ...] = ()


def compare_all(all_series: Sequence[Series]) -> list[Comparison]:
    """Returns each series with its verdict; at q up to RISEN_Q fewer weeks than that err at all."""
    measures, dispersions = _measure_all(all_series)
    best = [_best(of_one) for of_one in measures]
    tested = [
        number for number, one in enumerate(all_series) if untestable(one) is None and is_measurable(one)
    ]
    shares, q = _shared_error([all_series[row] for row in tested], [best[row][1] for row in tested])
    found = {row: (share, one) for row, share, one in zip(tested, shares, q, strict=True)}
    return [
        _compared(
            one,
            best[row],
            measures[row][0],
            dispersions[row],
            found.get(row, (0.0, 1.0)),
            len(tested) if row in found else 0,
        )
        for row, one in enumerate(all_series)
    ]


def without_rises_of_one(compared: Sequence[Comparison], made_by: Mapping[str, str]) -> list[Comparison]:
    """Returns the comparisons without the rises (names of series) that one publisher family (value) makes.

    Such a desk leaves its topics nothing of the error, so they are judged again.
    """
    if not made_by:
        return list(compared)
    judged = [
        replace(one, verdict=Verdict.NO_MEASURABLE_CHANGE, made_by=made_by[one.series.name])
        if one.series.name in made_by
        else one
        for one in compared
    ]
    tested = [row for row, one in enumerate(judged) if one.tested]
    shares, q = _shared_error(
        [judged[row].series for row in tested],
        [1.0 if judged[row].made_by else judged[row].p for row in tested],
    )
    for row, share, of_row in zip(tested, shares, q, strict=True):
        if not judged[row].made_by:
            judged[row] = _judged_again(judged[row], share, of_row)
    return judged


def _judged_again(one: Comparison, share: float, q: float) -> Comparison:
    verdict = _judge(one.series, one.span, one.direction, q)
    return replace(one, error_share=six_digits(share), q=q, verdict=verdict)


def untestable(one: Series) -> Verdict | None:
    """Returns the verdict if the week has no baseline or was not watched enough; None if it can be tested."""
    if one.is_forming:
        return Verdict.BASELINE_FORMING
    if one.is_mixed or not one.is_over or one.panel_up < MIN_PANEL_UP or one.told < LEAST_TOLD:
        return Verdict.WITHHELD
    return None


def is_measurable(one: Series) -> bool:
    """Whether the series has so many stories in all weeks that a change could ever be measured."""
    return sum(one.panel) >= (len(one.panel) if one.kind == "entity" else LEAST_STORIES)


def _best(measures: Sequence[_Measure]) -> tuple[_Measure, float]:
    """The span of least p, and the p of all spans together."""
    best = min(measures, key=lambda one: (one.p, one.span))
    return best, kept_p(min(1.0, best.p * CORRECTION[len(measures)]))


def _shared_error(tested: Sequence[Series], p: Sequence[float]) -> tuple[list[float], list[float]]:
    """Returns of each tested series its share of the error, and p over it.

    In a family a series has the more the more stories it has, up to FULL_WEIGHT a week (p-value weighting,
    Genovese, Roeder and Wasserman 2006); each test takes their sum as given, so no winners are chosen.

    A desk that has changed leaves its share to its topics (a graphical procedure, Bretz et al. 2009): they
    have both from the level on at which the desk is called, so that the error of a week stays the same.
    """
    topics = Counter(one.desk for one in tested if one.kind == "topic")
    weights = [min(sum(one.panel) / len(one.panel), FULL_WEIGHT) for one in tested]
    of_family: dict[str, float] = dict.fromkeys(FAMILY_SHARES, 0.0)
    for one, weight in zip(tested, weights, strict=True):
        of_family[one.kind] += weight
    shares = [
        FAMILY_SHARES[one.kind] * weight / of_family[one.kind]
        for one, weight in zip(tested, weights, strict=True)
    ]
    q = [six_digits(min(1.0, one / share)) for one, share in zip(p, shares, strict=True)]
    of_desk = {one.desk: (shares[row], q[row]) for row, one in enumerate(tested) if one.kind == "desk"}
    for row, one in enumerate(tested):
        if one.kind == "topic" and one.desk in of_desk:
            left, called = of_desk[one.desk]
            both = shares[row] + left / topics[one.desk]
            if (with_both := six_digits(max(called, p[row] / both))) < q[row]:
                shares[row], q[row] = both, with_both
    return shares, q


def _compared(
    series: Series,
    best: tuple[_Measure, float],
    week: _Measure,
    dispersion: float,
    error: tuple[float, float],
    tested: int,
) -> Comparison:
    (measure, p), (share, q) = best, error
    return Comparison(
        series=series,
        span=measure.span,
        direction=measure.direction,
        ratio=measure.ratio,
        low=measure.low,
        high=measure.high,
        level=week.ratio,
        level_low=week.low,
        level_high=week.high,
        dispersion=dispersion,
        likely=measure.likely,
        p=p,
        q=q,
        error_share=six_digits(share),
        tested=tested,
        verdict=untestable(series) or _judge(series, measure.span, measure.direction, q),
    )


def _judge(series: Series, span: int, direction: int, q: float) -> Verdict:
    is_more = direction > 0
    if q > POSSIBLY_Q or not direction:
        return Verdict.NO_MEASURABLE_CHANGE
    if is_more and max(series.publishers[-span:]) < MIN_PUBLISHERS:
        return Verdict.NO_MEASURABLE_CHANGE
    if not sum(series.panel[:-span]):
        return Verdict.FIRST_SEEN
    if q <= RISEN_Q:
        return Verdict.RISEN if is_more else Verdict.FALLEN
    return Verdict.POSSIBLY_RISEN if is_more else Verdict.POSSIBLY_FALLEN


def _measure_all(all_series: Sequence[Series]) -> tuple[list[list[_Measure]], list[float]]:
    """The tests of each series, a span each, shortest first; and the dispersion of each series."""
    measures: list[list[_Measure]] = [[] for _ in all_series]
    dispersions = [1.0] * len(all_series)
    for of_shares in (False, True):
        rows = [row for row, one in enumerate(all_series) if bool(one.panel_out_of) == of_shares]
        if not rows:
            continue
        several = [all_series[row] for row in rows]
        measured, varied = (_shares if of_shares else _counts)(several)
        for place, row in enumerate(rows):
            measures[row], dispersions[row] = measured[place], varied[place]
    return measures, dispersions


def _counts(several: Sequence[Series]) -> tuple[list[list[_Measure]], list[float]]:
    """The exact test of each count, given how much series of its size vary from week to week."""
    counts = np.array([one.panel for one in several], np.int64)
    spans, days = several[0].spans, several[0].days
    before = counts[:, : -max(spans)]
    dispersion, likely = likely_dispersions(before)
    correlation = lag_correlation(before)
    measured: list[list[_Measure]] = [[] for _ in several]
    for span in spans:
        k, b = counts[:, -span:].sum(axis=1), counts[:, :-span].sum(axis=1)
        spans_before = baseline_in_spans(days, span)
        of_weeks = of_span(likely, correlation, span)
        more, less = tails(k, b, spans_before, of_weeks)
        low, high = ratio_interval(k, b, spans_before, of_weeks)
        halfway = days[-1] * (k / max(sum(days[-span:]), 1) + b / max(sum(days[:-span]), 1)) / 2
        for row, one in enumerate(measured):
            ratio = k[row] * spans_before / b[row] if b[row] else None
            direction = _sign(k[row] * spans_before - b[row])
            one.append(
                _Measure(
                    span=span,
                    direction=direction,
                    ratio=None if ratio is None else six_digits(ratio),
                    low=six_digits(low[row]),
                    high=six_digits(high[row]) if b[row] else None,
                    p=_while_it_lasts(
                        _weighted(more[row], less[row]), direction, _sign(counts[row, -1] - halfway[row])
                    ),
                    likely=tuple(map(float, of_weeks[row])),
                )
            )
    return measured, [six_digits(one) for one in dispersion]


def baseline_in_spans(days: Sequence[int], span: int) -> float:
    """Returns how many times as long as the span the weeks before it are, by the days that were watched."""
    return max(sum(days[:-span]), 1) / max(sum(days[-span:]), 1)


def _shares(several: Sequence[Series]) -> tuple[list[list[_Measure]], list[float]]:
    """Fisher's exact test of each share, given how much the shares vary from week to week."""
    spans = several[0].spans
    acts, out_of = (
        np.array(part, np.int64)
        for part in ([one.panel for one in several], [one.panel_out_of for one in several])
    )
    dispersion = six_digits(share_dispersion(acts[:, : -max(spans)], out_of[:, : -max(spans)]))
    measured: list[list[_Measure]] = [[] for _ in several]
    for span in spans:
        for row, one in enumerate(measured):
            table = (
                int(acts[row, -span:].sum()),
                int(out_of[row, -span:].sum()),
                int(acts[row, :-span].sum()),
                int(out_of[row, :-span].sum()),
            )
            low, high = odds_interval(*table, dispersion)
            more, less = share_tails(*table, dispersion)
            direction = _direction(*table)
            one.append(
                _Measure(
                    span=span,
                    direction=direction,
                    ratio=_odds_ratio(*table),
                    low=six_digits(low),
                    high=None if high is None else six_digits(high),
                    p=_while_it_lasts(
                        _weighted(more, less), direction, one[0].direction if one else direction
                    ),
                )
            )
    return measured, [dispersion] * len(several)


def _weighted(more: float, less: float) -> float:
    return float(min(1.0, more / RISES, less / (1 - RISES)))


def _while_it_lasts(p: float, direction: int, week: int) -> float:
    """The p of a span: 1 if its last week is nearer to the level before, as the change is over then."""
    return p if week == direction else 1.0


def _odds_ratio(acts: int, out_of: int, before: int, before_out_of: int) -> float | None:
    """How many times the odds of an act are those of before; None if that would divide by nothing."""
    below = (out_of - acts) * before
    return six_digits(acts * (before_out_of - before) / below) if below else None


def _direction(acts: int, out_of: int, before: int, before_out_of: int) -> int:
    """How the share has moved; the share of nothing moves nowhere."""
    return _sign(acts * before_out_of - before * out_of)


def _sign(number: float) -> int:
    return int(number > 0) - int(number < 0)
