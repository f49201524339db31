"""Explains verdicts: in one clause for the ledger, and step by step for an analyst. Decides nothing.

`explain_test` explains one trend test step by step, `counting_query` counts it again.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.trends.comparison import (
    LEAST_BASELINE,
    LEAST_TOLD,
    MIN_PANEL_UP,
    MIN_PUBLISHERS,
    POSSIBLY_Q,
    RISEN_Q,
    SPANS,
    Comparison,
    baseline_in_spans,
    is_measurable,
)
from reports.trends.one_publisher import MOST_P_OF_REST
from reports.trends.panel import DAYS, Panel
from reports.week import Week
from warehouse.store.trend_tests import TrendTest, Verdict

# Of a publisher's name so many characters are printed.
MOST_OF_NAME = 60


def reason_of(one: Comparison, panel: Panel) -> str:
    """The clause that explains the verdict: what it rests on, or what is missing for a stronger one."""
    match one.verdict:
        case Verdict.BASELINE_FORMING:
            return _forming(panel)
        case Verdict.WITHHELD:
            return _withheld(one, panel)
        case Verdict.FIRST_SEEN:
            return f"no story in the {len(one.series.panel) - one.span} weeks before, q = {one.q:.2g}"
        case Verdict.RISEN | Verdict.FALLEN:
            return f"q = {one.q:.2g}, at most {RISEN_Q}"
        case Verdict.POSSIBLY_RISEN | Verdict.POSSIBLY_FALLEN:
            return f"q = {one.q:.2g}, above {RISEN_Q}"
    return _unchanged(one)


def _forming(panel: Panel) -> str:
    weeks = panel.weeks_watched
    formed = f"{weeks} of {LEAST_BASELINE} weeks to compare with, {LEAST_BASELINE - weeks} more to go"
    return "; ".join([formed, *_gaps(panel)])


def _withheld(one: Comparison, panel: Panel) -> str:
    series = one.series
    if series.is_mixed:
        lost = "some of the articles compared are filed by an older model or rules: run `watchfloor enrich`"
    elif not series.is_over:
        lost = "the data end before the week does"
    elif series.panel_up >= MIN_PANEL_UP:
        lost = (
            f"the feeds watched throughout tell {series.told:.0%} of its stories of the last "
            f"{max(SPANS)} weeks, fewer than {LEAST_TOLD:.0%}"
        )
    elif series.panel_up < panel.coverage:
        lost = (
            f"the feeds with {1 - series.panel_up:.0%} of the baseline's stories were not watched this week"
        )
    else:
        lost = (
            f"{series.panel_up:.0%} of the baseline's feeds were watched this week, fewer than "
            f"{MIN_PANEL_UP:.0%}"
        )
    return "; ".join([lost, *_gaps(panel)])


def _gaps(panel: Panel) -> list[str]:
    return [str(gap) for gap in panel.gaps]


def _unchanged(one: Comparison) -> str:
    if not is_measurable(one.series):
        stories, weeks = sum(one.series.panel), len(one.series.panel)
        return f"{stories} stories in {weeks} weeks are too few to measure a change"
    if one.made_by:
        return f"one publisher family alone ({_named(one.made_by)}) makes the rise"
    if one.q > POSSIBLY_Q:
        return f"q = {one.q:.2g}, above {POSSIBLY_Q}"
    return f"fewer than {MIN_PUBLISHERS} publisher families report it"


def _named(family: str) -> str:
    """The name without markup and control characters: that of a credited outlet comes from a feed."""
    kept = "".join(one if one.isalnum() or one in ".'&-" else " " for one in family)
    return " ".join(kept.split())[:MOST_OF_NAME]


def explain_test(test: TrendTest, panel: Panel) -> list[str]:
    """Returns the steps from the counts to the verdict, a sentence or two each."""
    steps = [_counted(test), _counted_on(test), *_compared(test, panel)]
    if test.tested:
        steps += [_varies(test), _tested(test), _shared(test)]
    if test.verdict in (Verdict.RISEN, Verdict.POSSIBLY_RISEN) and test.kind != "act_share":
        steps.append(
            "Publishers: the rise stands without any one publisher family. What the family that adds most "
            f"tells alone more than before was taken away: p of the rest is at most {MOST_P_OF_REST}."
        )
    return [*steps, f"Verdict: {test.verdict.value.replace('_', ' ')}, because {test.reason}."]


def counting_query(test: TrendTest) -> str:
    """Returns the SQL that gives every count of the test: the week's, the baseline's and the panel's."""
    weeks = ", ".join(f"'{week}'" for week in (*test.baseline_weeks, *test.span_weeks))
    kinds = "('desk', 'act_share')" if test.kind == "act_share" else f"('{test.kind}')"
    return (
        f"SELECT kind, week, stories, publishers, panel_stories\n"
        f"FROM trend_counts([{weeks}], TIMESTAMP '{test.as_of:%Y-%m-%d %H:%M:%S.%f}')\n"
        f"WHERE kind IN {kinds} AND key = '{test.key}' ORDER BY kind, week;"
    )


def driving_query(test: TrendTest) -> str:
    """Returns the SQL that counts the topics and entities of the series' stories by week, on its panel."""
    weeks = ", ".join(f"'{week}'" for week in (*test.baseline_weeks, *test.span_weeks))
    as_of = f"TIMESTAMP '{test.as_of:%Y-%m-%d %H:%M:%S.%f}'"
    return (
        f"SELECT kind, key, name, week, panel_stories\n"
        f"FROM driver_counts(['{test.series}'], [{weeks}],\n"
        f"    (SELECT list(source_id) FROM panel_feeds([{weeks}], {as_of}) WHERE in_panel), {as_of})\n"
        f"ORDER BY kind, key, week;"
    )


def ratio_line(ratio: float | None, low: float, high: float | None) -> str:
    """A ratio with its interval: `1.6 [1.1-2.3]`; against nothing only the lower bound."""
    if ratio is None or high is None:
        return f"at least {low:.1f}"
    return f"{ratio:.1f} [{low:.1f}-{high:.1f}]"


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


def _counted_on(test: TrendTest) -> str:
    week = (
        f"{test.panel_stories:,} stories"
        if test.panel_out_of is None
        else f"{test.panel_stories:,} of {test.panel_out_of:,} stories"
    )
    return (
        f"Panel: compared is what the {test.panel_feeds:,} feeds tell that were watched in all these weeks, "
        f"of {test.watched_feeds:,} watched in this one: {week}. {test.coverage:.0%} of what the baseline's "
        "feeds publish was watched this week."
    )


def _compared(test: TrendTest, panel: Panel) -> list[str]:
    before = _by_week(test.baseline_weeks, test.panel_baseline, test.panel_baseline_out_of)
    span = _by_week(test.span_weeks, test.panel_span, test.panel_span_out_of)
    steps = [f"Compared: {span}, with {before or 'nothing yet'} before."]
    first = Week.parse((*test.baseline_weeks, *test.span_weeks)[0])
    between = (panel.week.before(number) for number in range((panel.week.monday - first.monday).days // 7))
    if left_out := sorted(set(between) - set(panel.compared)):
        steps.append(
            f"Left out: {', '.join(map(str, left_out))}, in which fewer than {MIN_PANEL_UP:.0%} of the "
            "feeds were watched."
        )
    steps += [
        f"Shorter: feeds were watched on {days} days of {week}, so it counts as {days}/7 of a week."
        for week, days in zip(panel.compared, panel.days, strict=True)
        if days < DAYS
    ]
    return [*steps, *(f"Gap: {gap}." for gap in panel.gaps)]


def _varies(test: TrendTest) -> str:
    return (
        f"Dispersion: from week to week such series vary {test.dispersion:.2f} times as much as chance alone "
        "would have it, judged from its own weeks and from those of its size."
    )


def _tested(test: TrendTest) -> str:
    weeks = "week differs" if len(test.span_weeks) == 1 else f"{len(test.span_weeks)} weeks differ"
    spans = ", ".join(map(str, SPANS[:-1]))
    chosen = (
        f"Of the last {spans} and {SPANS[-1]} weeks, as far as {LEAST_BASELINE} are left before them, the "
        f"last {weeks} most."
    )
    interval = ratio_line(test.ratio, test.low, test.high)
    if test.kind == "act_share":
        return (
            f"Test: {chosen} The odds of an act are {interval} times those before (95 % interval, Fisher's "
            f"exact test); p = {test.p:.3g} for the spans together."
        )
    total = sum(test.panel_span) + sum(test.panel_baseline)
    expected = total / (baseline_in_spans(test.days_watched, len(test.span_weeks)) + 1)
    return (
        f"Test: {chosen} Were all weeks alike, they would have {expected:.1f} of the {total:,} stories; they "
        f"have {sum(test.panel_span):,}, {interval} times the mean before (95 % interval, beta-binomial, "
        f"mid-p); p = {test.p:.3g} for the spans together."
    )


def _shared(test: TrendTest) -> str:
    return (
        f"Error: {test.tested} series were tested, which share the error of the week; this one has "
        f"{test.error_share:.2%} of it, so p becomes q = {test.q:.3g}. Were nothing changed, fewer than one "
        f"week in ten would have any q up to {RISEN_Q}."
    )


def _by_week(weeks: Sequence[str], stories: Sequence[int], out_of: Sequence[int]) -> str:
    if out_of:
        return ", ".join(f"{week[5:]} {k} of {n}" for week, k, n in zip(weeks, stories, out_of, strict=True))
    return ", ".join(f"{week[5:]} {k}" for week, k in zip(weeks, stories, strict=True))


def is_worth_a_line(test: TrendTest) -> bool:
    """Returns whether a table of the week shows it: a desk, or a series with a story in its weeks."""
    counted = sum(test.span_stories) + sum(test.baseline)
    return test.kind == "desk" or counted > 0 or test.verdict is Verdict.FIRST_SEEN
