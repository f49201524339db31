"""The step that looks after the feeds: how each stands, read from the warehouse, or from the snapshot while that is written."""

from __future__ import annotations

from flows.settings import Settings
from flows.steps.looking import open_to_look
from warehouse.errors import WarehouseError
from warehouse.queries.feed_health import FeedDay, FeedStatus, feed_days, feed_statuses


def health(settings: Settings) -> list[FeedStatus]:
    """How every feed stands that was ever asked, those that need a person first."""
    with open_to_look(settings) as con:
        return feed_statuses(con)


def health_of(settings: Settings, source_id: str, days: int) -> list[FeedDay]:
    """The last `days` days of one feed, latest first; WarehouseError if it was never asked."""
    with open_to_look(settings) as con:
        found = feed_days(con, source_id, days)
    if not found:
        raise WarehouseError(source_id, "no such feed was ever asked. `watchfloor sources list` names the feeds.")
    return found
