"""The step that shows the trend ledger of a week: counted anew, and set beside what was entered when its issue was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.settings import Settings
from flows.steps.looking import open_to_look
from reports.trends.panel import Panel, read_panel
from reports.trends.trend_ledger import cut_off, trend_tests_of
from reports.week import Week
from warehouse.queries.week_articles import watermark
from warehouse.store.trend_tests import TrendTest, read_trend_tests


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendReport:
    """The claims of a week as known at `as_of` (aware UTC), what they rest on, and those in the ledger with the same cut-off."""

    week: Week
    as_of: datetime
    panel: Panel
    claims: tuple[TrendTest, ...]
    entered: tuple[TrendTest, ...]


def trends(settings: Settings, week: Week, now: datetime) -> TrendReport:
    """The claims of `week` from all that was seen by `now`. Writes nothing."""
    with open_to_look(settings) as con:
        as_of = cut_off(watermark(con, now) or now, week, now)
        panel = read_panel(con, week, as_of)
        claims = trend_tests_of(con, panel, as_of, is_over=as_of >= week.end)
        entered = read_trend_tests(con, str(week), as_of)
    return TrendReport(week=week, as_of=as_of, panel=panel, claims=tuple(claims), entered=tuple(entered))
