"""Explains verdicts: in one clause for the ledger, and step by step for an analyst. Decides nothing.

`explain_test` explains one trend test step by step, `counting_query` counts it again.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.trends.comparison import (
    BASELINE_WEEKS,
    MIN_PANEL_UP,
    MIN_PUBLISHERS,
    POSSIBLY_Q,
    RISEN_Q,
    Comparison,
    is_measurable,
)
from reports.trends.panel import Panel
from reports.week import Week
from warehouse.store.trend_tests import TrendTest, Verdict


def reason_of(one: Comparison, panel: Panel) -> str:
    """The clause that explains the verdict: what it rests on, or what is missing for a stronger one."""
    match one.verdict:
        case Verdict.BASELINE_FORMING:
            return _forming(panel)
        case Verdict.WITHHELD:
            return _withheld(one, panel)
        case Verdict.FIRST_SEEN:
            return f"no story in the {BASELINE_WEEKS} weeks before, q = {one.q:.2g}"
        case Verdict.RISEN | Verdict.FALLEN:
            return (
                f"q = {one.q:.2g} among {one.tested} series, and the panel alone confirms it (p = "
                f"{one.panel_p:.2g})"
            )
        case Verdict.POSSIBLY_RISEN | Verdict.POSSIBLY_FALLEN:
            return _possibly(one)
    return _unchanged(one)


def _forming(panel: Panel) -> str:
    formed = f"{len(panel.baseline)} of {BASELINE_WEEKS} weeks to compare with"
    return "; ".join([formed, *(one.what for one in panel.breaks[-1:]), *_gaps(panel)])


def _withheld(one: Comparison, panel: Panel) -> str:
    if not one.series.is_over:
        return "; ".join(["the data end before the week does", *_gaps(panel)])
    if one.series.panel_up < panel.coverage:
        lost = (
            f"the feeds with {1 - one.series.panel_up:.0%} of the baseline's stories were not watched this "
            "week"
        )
    else:
        lost = (
            f"{one.series.panel_up:.0%} of the baseline's feeds were watched this week, fewer than "
            f"{MIN_PANEL_UP:.0%}"
        )
    return "; ".join([lost, *_gaps(panel)])


def _gaps(panel: Panel) -> list[str]:
    return [str(gap) for gap in panel.gaps]


def _possibly(one: Comparison) -> str:
    if one.q > RISEN_Q:
        return f"q = {one.q:.2g} among {one.tested} series, above {RISEN_Q}"
    return f"the panel alone is less sure (p = {one.panel_p:.2g}), or the interval touches 1"


def _unchanged(one: Comparison) -> str:
    if not is_measurable(one.series):
        return (
            f"{sum(one.series.stories)} stories in {len(one.series.stories)} weeks are too few to measure a "
            "change"
        )
    if one.q > POSSIBLY_Q:
        return f"q = {one.q:.2g} among {one.tested} series, above {POSSIBLY_Q}"
    if (one.ratio is None or one.ratio > 1) and one.series.publishers < MIN_PUBLISHERS:
        return "only one publisher family reports it"
    return (
        f"the panel of feeds watched throughout does not confirm it: {one.series.panel[-1]} stories, "
        f"{', '.join(map(str, one.series.panel[:-1]))} in the weeks before"
    )


def explain_test(test: TrendTest, panel: Panel) -> list[str]:
    """Returns the steps from the counts to the verdict, a sentence or two each."""
    steps = [_counted(test), *_compared(test, panel)]
    if test.tested:
        steps += [_varies(test), _tested(test), _corrected(test), _borne_out(test)]
    return [*steps, f"Verdict: {test.verdict.value.replace('_', ' ')}, because {test.reason}."]


def counting_query(test: TrendTest) -> str:
    """Returns the SQL that gives every count of the test: the week's, the baseline's and the panel's."""
    weeks = ", ".join(f"'{week}'" for week in (*test.baseline_weeks, test.week))
    kinds = "('desk', 'act_share')" if test.kind == "act_share" else f"('{test.kind}')"
    return (
        f"SELECT kind, week, stories, publishers, panel_stories\n"
        f"FROM trend_counts([{weeks}], TIMESTAMP '{test.as_of:%Y-%m-%d %H:%M:%S.%f}')\n"
        f"WHERE kind IN {kinds} AND key = '{test.key}' ORDER BY kind, week;"
    )


def ratio_line(test: TrendTest) -> str:
    """The ratio with its interval: `1.6 [1.1-2.3]`; against nothing only the lower bound."""
    if test.ratio is None or test.high is None:
        return f"at least {test.low:.1f}"
    return f"{test.ratio:.1f} [{test.low:.1f}-{test.high:.1f}]"


def _counted(test: TrendTest) -> str:
    counted = (
        f"{test.stories:,} stories"
        if test.out_of is None
        else f"{test.stories:,} of {test.out_of:,} stories report an act"
    )
    return (
        f"Counted: {counted} in {test.week}, of {test.publishers:,} publisher families, as known at "
        f"{test.as_of:%Y-%m-%d %H:%M} UTC. A story counts in each week in which an article of it was "
        "published."
    )


def _compared(test: TrendTest, panel: Panel) -> list[str]:
    before = _by_week(test.baseline_weeks, test.baseline, test.baseline_out_of)
    steps = [f"Compared with: {before or 'nothing yet'}."]
    between = {panel.week.before(number) for number in range(1, BASELINE_WEEKS + 1)} - set(panel.baseline)
    if left_out := sorted(between):
        steps.append(f"Left out: {', '.join(map(str, left_out))}, because {_why_left_out(panel, left_out)}.")
    steps += [f"Gap: {gap}." for gap in panel.gaps]
    return steps


def _why_left_out(panel: Panel, left_out: Sequence[Week]) -> str:
    broken = [one.what for one in panel.breaks if one.moment > left_out[0].start]
    return "; ".join(
        [
            *broken,
            f"nothing is compared across such a break, nor with a week in which fewer than "
            f"{MIN_PANEL_UP:.0%} of the feeds were watched",
        ]
    )


def _varies(test: TrendTest) -> str:
    return (
        f"Dispersion: from week to week such series vary {test.dispersion:.2f} times as much as chance alone "
        "would have it, judged from its own weeks and from those of its kind."
    )


def _tested(test: TrendTest) -> str:
    if test.kind == "act_share":
        return (
            "Test: Fisher's exact test of acts against other stories, this week against the baseline, gives "
            f"p = {test.p:.3g}. The odds of an act are {ratio_line(test)} times those before (95 % interval)."
        )
    total = test.stories + sum(test.baseline)
    return (
        f"Test: were all weeks alike, this one would have {total / (len(test.baseline) + 1):.1f} of the "
        f"{total:,} stories; that it is as far from that as {test.stories:,}, either way, has p = "
        f"{test.p:.3g} (beta-binomial, exact). Ratio to the mean week before: {ratio_line(test)} (95 % "
        "interval)."
    )


def _corrected(test: TrendTest) -> str:
    return (
        f"Correction: {test.tested} series were tested together, so p becomes q = {test.q:.3g}: of changes "
        "called at that bar, this share would be chance (Benjamini-Hochberg)."
    )


def _borne_out(test: TrendTest) -> str:
    panel = _by_week(test.baseline_weeks, test.panel_baseline, test.panel_baseline_out_of)
    this = (
        f"{test.panel_stories}"
        if test.panel_out_of is None
        else f"{test.panel_stories} of {test.panel_out_of}"
    )
    return (
        f"Panel: the feeds watched in all these weeks have {this} this week, and before {panel}: p = "
        f"{test.panel_p:.3g}. {test.coverage:.0%} of what the baseline's feeds publish was watched this week."
    )


def _by_week(weeks: Sequence[str], stories: Sequence[int], out_of: Sequence[int]) -> str:
    if out_of:
        return ", ".join(f"{week[5:]} {k} of {n}" for week, k, n in zip(weeks, stories, out_of, strict=True))
    return ", ".join(f"{week[5:]} {k}" for week, k in zip(weeks, stories, strict=True))


def is_worth_a_line(test: TrendTest) -> bool:
    """Returns whether a table of the week shows it: a desk, or a series with a story in the nine weeks."""
    return test.kind == "desk" or test.stories + sum(test.baseline) > 0 or test.verdict is Verdict.FIRST_SEEN
