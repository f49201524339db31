"""What the chart of a desk shows: its thirteen weeks, and the range in which the last would be no measurable change."""

from __future__ import annotations

from collections.abc import Sequence

from reports.charts import WeeklyChart
from reports.model import Section
from reports.trends import BASELINE_WEEKS, Verdict, ratio_interval


def chart_of(section: Section, weeks: Sequence[str]) -> WeeklyChart:
    """The chart of the desk's trend."""
    trend = section.trend
    return WeeklyChart(
        name=section.name,
        weeks=weeks,
        stories=trend.series.stories,
        panel=trend.series.panel,
        band=None if trend.verdict is Verdict.BASELINE_FORMING else unremarkable(trend.baseline, trend.dispersion),
        band_weeks=BASELINE_WEEKS + 1,
    )


def unremarkable(baseline: Sequence[int], dispersion: float) -> tuple[float, float]:
    """The fewest and the most stories of a week whose ratio to the baseline has 1 inside its 95 % interval."""
    weeks, total = len(baseline), sum(baseline)
    inside = [
        count
        for count in range(4 * total // weeks + round(20 * dispersion) + 1)
        if _holds_one(*ratio_interval(count / dispersion, total / dispersion, weeks))
    ]
    return float(inside[0]), float(inside[-1])


def _holds_one(low: float, high: float | None) -> bool:
    return low <= 1 and (high is None or high >= 1)
