"""What the chart of a desk shows: its thirteen weeks, and the range in which the last would be no measurable change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.digest.charts import WeeklyChart
from reports.digest.digest import Coverage, Section
from reports.trends.comparison import BASELINE_WEEKS
from reports.trends.exact_tests import CONFIDENCE, two_sided_p
from reports.week import Week
from warehouse.store.trend_tests import Verdict


def chart_of(section: Section, weeks: Sequence[str], coverage: Coverage) -> WeeklyChart:
    """The chart of the desk's trend."""
    trend = section.trend
    forming = trend.verdict is Verdict.BASELINE_FORMING
    return WeeklyChart(
        name=section.name,
        weeks=tuple(weeks),
        stories=trend.history,
        panel=tuple(told or 0 for told in trend.panel_history),
        band=None if forming else unremarkable(trend.baseline, trend.dispersion),
        band_weeks=BASELINE_WEEKS + 1,
        down=frozenset(coverage.weeks_down),
        breaks=frozenset(str(Week.containing(moment)) for moment, _ in coverage.breaks),
    )


def unremarkable(baseline: Sequence[int], dispersion: float) -> tuple[float, float]:
    """The fewest and the most stories of a week that the exact test, taken alone, does not tell from the baseline at 5 %."""
    most = 4 * sum(baseline) // len(baseline) + round(20 * dispersion)
    counts = np.arange(most + 1)
    totals, dispersions = np.full_like(counts, sum(baseline)), np.full((most + 1, 1), dispersion)
    inside = counts[two_sided_p(counts, totals, len(baseline), dispersions) >= 1 - CONFIDENCE]
    return float(inside[0]), float(inside[-1])
