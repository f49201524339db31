"""A section a desk: its news, the lead first, the chart of its thirteen weeks, and its trend sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.digest.charts import WeeklyChart
from reports.digest.context import IssueContext
from reports.digest.items import Item
from reports.digest.phrases import called, count, interval, moved, on_panel, times, weeks_before
from reports.digest.sections.coverage_notes import Coverage
from reports.trends.drivers import CALLED, surest_first
from reports.trends.exact_tests import CONFIDENCE, tails
from reports.trends.panel import HISTORY_WEEKS
from reports.week import Week
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.store.trend_tests import TrendTest, Verdict

MOVED_TOPICS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSection:
    """A desk's week: a lead if there is one, a few more stories, and the counts against the weeks before.

    `items` are printed as news, the lead first if `has_lead`. `single` are further sure stories, less
    important, of which only the headline is printed, `unsure` counted stories whose desk is uncertain.
    `trend` is the trend test of the number of stories, `acts` that of the share of them that report
    something done (a rule, a contract, enforcement), `topics` those of its topics that moved, two at most.
    """

    desk: str
    name: str
    has_lead: bool
    items: tuple[Item, ...]
    single: tuple[Item, ...]
    unsure: tuple[Item, ...]
    stories: int
    new_stories: int
    trend: TrendTest
    acts: TrendTest
    topics: tuple[TrendTest, ...] = ()

    @property
    def lead(self) -> Item | None:
        """The story of the week, if there is one."""
        return self.items[0] if self.has_lead else None

    @property
    def explained(self) -> tuple[TrendTest, ...]:
        """The trends of which is said what drives them: that of the desk, or if it has none its topics'."""
        return (self.trend,) if self.trend.verdict in CALLED else self.topics


def build(context: IssueContext) -> tuple[DeskSection, ...]:
    """Returns the sections in the order of the desks."""
    tests = {(test.kind, test.key): test for test in context.trend_tests}
    return tuple(
        DeskSection(
            desk=choice.desk,
            name=load_taxonomy().desks[choice.desk].name,
            has_lead=choice.lead is not None,
            items=context.items[choice.desk],
            single=tuple(map(context.headline_item, choice.single)),
            unsure=tuple(map(context.headline_item, choice.unsure)),
            stories=len(context.stories[choice.desk]),
            new_stories=context.new_stories(choice.desk),
            trend=tests["desk", choice.desk],
            acts=tests["act_share", choice.desk],
            topics=moved_topics(context.trend_tests, choice.desk),
        )
        for choice in context.selection.choices
    )


def moved_topics(tests: Sequence[TrendTest], desk: str) -> tuple[TrendTest, ...]:
    """The topics of a desk that moved, at most two, the surest first."""
    topics = [test for test in tests if (test.kind, test.desk) == ("topic", desk)]
    return surest_first(topics)[:MOVED_TOPICS]


def acts_and_talk(section: DeskSection) -> str:
    """Returns the share of the desk's stories that report an act, against the weeks before, or "".

    The counts are of all feeds; a change is told by the odds of an act, on the panel.
    """
    acts = section.acts
    if not acts.out_of:
        return ""
    line = (
        f"Acts against talk: {acts.stories} of {count(acts.out_of, 'story', 'stories')} this week "
        f"{'reports' if acts.out_of == 1 else 'report'} "
        "something done (a rule, an order, a contract)"
    )
    if acts.baseline and sum(acts.baseline_out_of):
        before = weeks_before(acts.baseline_weeks, acts.span_weeks)
        line += f", {sum(acts.baseline)} of {sum(acts.baseline_out_of)} in {before}"
    return f"{line}{_verdict_on_acts(acts)}. [{acts.test_id}]"


def _verdict_on_acts(acts: TrendTest) -> str:
    match acts.verdict:
        case Verdict.NO_MEASURABLE_CHANGE:
            return "; no measurable change"
        case Verdict.RISEN | Verdict.FALLEN | Verdict.POSSIBLY_RISEN | Verdict.POSSIBLY_FALLEN:
            word = moved(acts)
            odds = f"{times(acts)} the odds of an act before{interval(acts)}"
            panel = f" {on_panel(acts)}" if on_panel(acts) else ""
            return f"; {word[0].lower()}{word[1:].removesuffix(',')}: {odds}{panel}, q = {acts.q:.2g}"
    return ""


def empty_section(section: DeskSection) -> str:
    """What is printed if the desk has no news."""
    if section.unsure:
        return "Only stories of low confidence this week; they are listed below."
    return (
        "Only minor stories this week; the appendix lists them." if section.stories else "No story this week."
    )


def chart_weeks(week: Week) -> list[str]:
    """The thirteen weeks of the charts, oldest first."""
    return [str(week.before(number)) for number in reversed(range(HISTORY_WEEKS))]


def chart_of(section: DeskSection, week: Week, coverage: Coverage) -> WeeklyChart:
    """The chart of the desk's trend."""
    trend = section.trend
    baseline = () if trend.verdict is Verdict.BASELINE_FORMING else trend.panel_baseline
    return WeeklyChart(
        name=section.name,
        weeks=tuple(chart_weeks(week)),
        stories=trend.history,
        panel=tuple(stories or 0 for stories in trend.panel_history),
        level=sum(baseline) / len(baseline) if baseline else None,
        band=unremarkable(baseline, trend.dispersion) if baseline else None,
        compared=min(len(trend.baseline_weeks) + len(trend.span_weeks), HISTORY_WEEKS),
        span=len(trend.span_weeks),
        called=called(trend),
        down=frozenset(coverage.weeks_down),
        marks=tuple((str(Week.containing(moment)), what) for moment, what in coverage.breaks),
    )


def unremarkable(baseline: Sequence[int], dispersion: float) -> tuple[float, float]:
    """Returns the fewest and the most stories of a week that the exact test alone does not reject at 5 %."""
    most = 4 * sum(baseline) // len(baseline) + round(20 * dispersion)
    counts = np.arange(most + 1)
    totals, dispersions = np.full_like(counts, sum(baseline)), np.full((most + 1, 1), dispersion)
    more, less = tails(counts, totals, len(baseline), dispersions)
    inside = counts[np.minimum(more, less) >= (1 - CONFIDENCE) / 2].tolist()
    return float(inside[0]), float(inside[-1])
