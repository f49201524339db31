"""Logical windows: what a run is for, and whether it is still of use. Decides only; asks neither clock nor ledger itself."""

from __future__ import annotations

from datetime import datetime

from reports.week import Week
from warehouse.store.runs import Run

# What these do is brought up to date by any later run of theirs. A digest of an older week is an issue of its own, and what
# follows another stage follows whatever that brought.
SUPERSEDED = ("ingest", "maintain")


def hour_key(now: datetime) -> str:
    """The run key of a scheduled collection: the UTC hour it happens in, as 2026-08-17T06."""
    return f"{now:%Y-%m-%dT%H}"


def moment_key(now: datetime) -> str:
    """The run key of a run by hand: its own moment, as 2026-08-17T06:12:05, so that no other run stands for it."""
    return f"{now:%Y-%m-%dT%H:%M:%S}"


def day_key(now: datetime) -> str:
    """The run key of the nightly maintenance, as 2026-08-17."""
    return f"{now:%Y-%m-%d}"


def week_key(week: Week, now: datetime) -> str:
    """The run key of a digest: its ISO week. One made before the week is over never stands for the whole week's."""
    return str(week) if week.end <= now else f"{week} until {moment_key(now)}"


def key_after(cause: Run | None, now: datetime) -> str:
    """The run key of what follows another stage: that of the run which caused it; without one, this hour."""
    return cause.run_key if cause else hour_key(now)


def reason_to_skip(flow: str, run_key: str, done: Run | None, newest: str | None) -> str | None:
    """Why a run for the run key is of no use: it was `done`, or that of a newer run key was; None if it is of use."""
    if done is not None:
        return f"{flow} of {run_key} is done already ({done.outcome}; {done.ended_at:%Y-%m-%d %H:%M} UTC)."
    if newest is not None and newest > run_key and flow in SUPERSEDED:
        return f"{flow} of {run_key} is of no use any more: that of {newest} is done."
    return None
