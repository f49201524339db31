"""The status: what runs, when each stage was last done, what is pending, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flows.settings import Settings
from warehouse.errors import WarehouseBusyError
from warehouse.queries.warehouse_status import WarehouseStatus, read_warehouse_status
from warehouse.store.db import open_read_only
from warehouse.store.locks import Holder, is_dead, read_holder
from warehouse.store.runs import RunState

# How old the last good run of a stage may be before a person should look: three times its schedule.
OVERDUE = {
    "ingest": timedelta(hours=3),
    "enrich": timedelta(hours=6),
    "publish": timedelta(hours=6),
    "digest": timedelta(days=8),
    "maintain": timedelta(days=2),
}
DIGEST_HOUR = 6
# Of hundreds of feeds some always fail, and `sources health` names them. This share means our network or our
# release.
MANY_FEEDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `watchfloor status` shows.

    `warehouse` is None while there is none; `source` is the file it was read from.
    """

    now: datetime
    home: str
    source: str | None
    holder: Holder | None
    holder_is_gone: bool
    warehouse: WarehouseStatus | None
    problems: tuple[str, ...]
    next_digest_at: datetime


def read_status(settings: Settings, now: datetime) -> Status:
    """Returns the status. While a job writes the warehouse the numbers are those of the last snapshot."""
    holder = read_holder(settings.home_dir)
    source, warehouse = _read_warehouse(settings)
    gone = holder is not None and is_dead(settings.home_dir, holder, now)
    return Status(
        now=now,
        home=str(settings.home_dir),
        source=source,
        holder=holder,
        holder_is_gone=gone,
        warehouse=warehouse,
        problems=tuple(find_problems(warehouse, holder if gone else None, now)),
        next_digest_at=next_digest(now, settings.timezone),
    )


def find_problems(warehouse: WarehouseStatus | None, dead: Holder | None, now: datetime) -> Iterator[str]:
    """Yields what needs a person, each with the next step."""
    if dead is not None:
        yield f"{dead.flow} of {dead.run_key} was killed; the next run continues where it stopped."
    if warehouse is None:
        return
    done = {run.flow: run for run in warehouse.runs if run.state is RunState.DONE}
    for flow, limit in OVERDUE.items():
        if flow in done and now - done[flow].ended_at > limit:
            yield (
                f"{flow} was last done {_span(now - done[flow].ended_at)} ago; "
                "is its schedule on, its worker up?"
            )
    for run in warehouse.runs:
        if run.state is not RunState.DONE and (
            run.flow not in done or done[run.flow].ended_at < run.ended_at
        ):
            yield f"{run.flow} of {run.run_key} {run.state}: {run.outcome}"
    failing, feeds = warehouse.feeds.get("failing", 0), sum(warehouse.feeds.values())
    if failing > MANY_FEEDS * feeds:
        yield f"{failing} of {feeds} feeds fail; `watchfloor sources health` names them."


def next_digest(now: datetime, timezone: str) -> datetime:
    """Returns the next Monday 06:00 in the time zone, in UTC."""
    local = now.astimezone(ZoneInfo(timezone))
    monday = local.date() - timedelta(days=local.weekday())
    due = datetime(monday.year, monday.month, monday.day, DIGEST_HOUR, tzinfo=ZoneInfo(timezone))
    return (due if due > local else due + timedelta(days=7)).astimezone(now.tzinfo)


def _read_warehouse(settings: Settings) -> tuple[str | None, WarehouseStatus | None]:
    for path in (settings.warehouse_path, settings.snapshot_path):
        if path.exists():
            try:
                with open_read_only(path) as con:
                    return path.name, read_warehouse_status(con)
            except WarehouseBusyError:
                continue
    return None, None


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"
