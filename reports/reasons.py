"""Why a comparison has the verdict that it has, in one clause for the ledger. Decides nothing."""

from __future__ import annotations

from reports.panel import Panel
from reports.trends import (
    BASELINE_WEEKS,
    MIN_PANEL_UP,
    MIN_PUBLISHERS,
    POSSIBLY_Q,
    RISEN_Q,
    Comparison,
    is_measurable,
)
from warehouse.claims import Verdict


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
                f"q = {one.q:.2g} among {one.tested} series, and the panel alone bears it out (p = {one.panel_p:.2g})"
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
        lost = f"the feeds that told {1 - one.series.panel_up:.0%} of the baseline's stories were not watched this week"
    else:
        lost = (
            f"{one.series.panel_up:.0%} of the baseline's feeds were watched this week, fewer than {MIN_PANEL_UP:.0%}"
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
        return f"{sum(one.series.stories)} stories in {len(one.series.stories)} weeks are too few to measure a change"
    if one.q > POSSIBLY_Q:
        return f"q = {one.q:.2g} among {one.tested} series, above {POSSIBLY_Q}"
    if (one.ratio is None or one.ratio > 1) and one.series.publishers < MIN_PUBLISHERS:
        return "one publisher family alone tells it"
    return (
        f"the panel of feeds watched throughout does not bear it out: {one.series.panel[-1]} stories, "
        f"{', '.join(map(str, one.series.panel[:-1]))} in the weeks before"
    )
