"""What needs a person: the rules that find it in a status, each with the next step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from reports.week import Week
from warehouse.store.runs import Run, RunState

if TYPE_CHECKING:
    from flows.monitor.status import Status

# How old the last good run of a stage may be before a person should look: three times its schedule.
OVERDUE = {
    "ingest": timedelta(hours=3),
    "enrich": timedelta(hours=6),
    "publish": timedelta(hours=6),
    "digest": timedelta(days=8),
    "maintain": timedelta(days=2),
}
_COMMANDS = {"maintain": "maintain", "backfill": "import", "backup": "backup", "restore": "restore"}
# How long after the end of its week the newest issue may be: the next one is due after a week and six hours.
ISSUE_LATE = timedelta(days=9)
CLOCK_SLACK = timedelta(minutes=5)
MIN_FREE_BYTES = 1_000_000_000
# Of hundreds of feeds some always fail, and `sources health` names them. This share means our network or our
# release.
MANY_FEEDS = 0.2


class Code(StrEnum):
    """The kinds of problem. A program may rely on their names."""

    NO_HOME = "no_home"
    NO_WAREHOUSE = "no_warehouse"
    UNREADABLE = "unreadable"
    SCHEMA = "schema"
    DISK = "disk"
    CLOCK = "clock"
    KILLED = "killed"
    FAILED = "failed"
    NEVER_DONE = "never_done"
    OVERDUE = "overdue"
    PENDING = "pending"
    OLD_DIGEST = "old_digest"
    OLD_BACKUP = "old_backup"
    OLD_SNAPSHOT = "old_snapshot"
    FEEDS = "feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that needs a person: its kind, what it is about (a flow, a file), and what to do."""

    code: str
    subject: str
    message: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.message}. {self.next_step}"


def find_problems(status: Status) -> Iterator[Problem]:
    """Yields what needs a person, what stands in the way of all else first."""
    if status.unread is not None:
        yield status.unread
    yield from _little_room(status)
    if (holder := status.holder) is not None and status.holder_is_gone:
        message = f"{holder.flow} of {holder.run_key} was killed"
        yield _problem(Code.KILLED, holder.flow, message, "The next run continues where it stopped.")
    if status.warehouse is None:
        return
    yield from _clock_set_back(status)
    yield from _failed(status.warehouse.runs)
    yield from _overdue(status)
    yield from _stuck(status)
    yield from _old_results(status)
    feeds = status.warehouse.feeds
    failing, known = feeds.get("failing", 0), sum(feeds.values())
    if failing > MANY_FEEDS * known:
        message = f"{failing} of {known} feeds fail"
        yield _problem(Code.FEEDS, "feeds", message, "`watchfloor sources health` names them.")


def _little_room(status: Status) -> Iterator[Problem]:
    if little := {name: free for name, free in status.free_bytes.items() if free < MIN_FREE_BYTES}:
        message = " and ".join(f"{free / 1e9:.1f} GB are free for {name}" for name, free in little.items())
        step = "Make room (`df -h` shows where): a publication and a backup each write a copy."
        yield _problem(Code.DISK, "disk", message, step)


def _clock_set_back(status: Status) -> Iterator[Problem]:
    """While the clock is behind what is stored, no feed is due, no run key new, and nothing looks overdue."""
    newest = status.warehouse.newest_at if status.warehouse else None
    if newest is not None and newest - status.now > CLOCK_SLACK:
        message = (
            f"the clock shows {status.now:%Y-%m-%d %H:%M} UTC, {_span(newest - status.now)} before the "
            f"newest row, of {newest:%Y-%m-%d %H:%M}"
        )
        step = "Set the clock of this host (`timedatectl status`); if it is right, `watchfloor run --force`."
        yield _problem(Code.CLOCK, "clock", message, step)


def _failed(runs: tuple[Run, ...]) -> Iterator[Problem]:
    """The last run of each flow, if it was not done. By their order, for a clock may have been set back."""
    last = {run.flow: run for run in reversed(runs)}
    for flow, run in sorted(last.items()):
        if run.state is not RunState.DONE:
            message = f"{flow} of {run.run_key} {run.state}: {run.outcome}"
            yield _problem(Code.FAILED, flow, message, f"Remove the cause; {_command(flow)} repeats it.")


def _overdue(status: Status) -> Iterator[Problem]:
    assert status.warehouse is not None  # noqa: S101 - the caller looked
    done = {run.flow: run for run in status.warehouse.runs if run.state is RunState.DONE}
    age = _age(status)
    for flow, limit in OVERDUE.items():
        step = f"Is its schedule on, its worker up? {_command(flow)} runs it now."
        if flow in done and status.now - done[flow].ended_at > limit:
            span = _span(status.now - done[flow].ended_at)
            yield _problem(Code.OVERDUE, flow, f"{flow} was last done {span} ago", step)
        elif flow not in done and age > limit:
            yield _problem(Code.NEVER_DONE, flow, f"{flow} was never done in {_span(age)}", step)


def _stuck(status: Status) -> Iterator[Problem]:
    """Articles that wait for longer than enrich may take, whatever the table of runs says."""
    stored, holder = status.warehouse, status.holder
    assert stored is not None  # noqa: S101 - the caller looked
    under_way = holder is not None and holder.flow == "enrich" and not status.holder_is_gone
    if stored.pending_since is None or under_way:
        return
    # An article of an archive was first seen long ago, but cannot have waited since.
    imported = [run.ended_at for run in stored.runs if run.flow == "backfill" and run.state is RunState.DONE]
    if (waits := status.now - max([stored.pending_since, *imported])) > OVERDUE["enrich"]:
        steps = ", ".join(f"{count:,} to {step}" for step, count in stored.pending.items() if count)
        message = f"articles are pending ({steps}), the oldest for {_span(waits)}"
        yield _problem(Code.PENDING, "enrich", message, "`watchfloor enrich` continues, or says why not.")


def _old_results(status: Status) -> Iterator[Problem]:
    """What stages leave, whatever the table of runs says: it may be lost or out of reach."""
    assert status.warehouse is not None  # noqa: S101 - the caller looked
    age = _age(status)
    if week := status.warehouse.digest_week:
        ended = status.now - Week.parse(week).end
        if ended > ISSUE_LATE:
            message = f"the newest issue is of {week}, which ended {_span(ended)} ago"
            yield _problem(Code.OLD_DIGEST, "digest", message, "`watchfloor run` writes the next.")
    for code, flow, what, made in (
        (Code.OLD_SNAPSHOT, "publish", "snapshot", status.snapshot_at),
        (Code.OLD_BACKUP, "maintain", "backup", status.backup_at),
    ):
        if made is None and age > OVERDUE[flow]:
            yield _problem(code, what, f"there is no {what}", f"{_command(flow)} makes one.")
        elif made is not None and status.now - made > OVERDUE[flow]:
            message = f"the last {what} is {_span(status.now - made)} old"
            yield _problem(code, what, message, f"{_command(flow)} makes one.")


def _age(status: Status) -> timedelta:
    begun = status.warehouse.begun_at if status.warehouse else None
    return status.now - begun if begun else timedelta(0)


def _command(flow: str) -> str:
    return f"`watchfloor {_COMMANDS.get(flow, 'run')}`"


def _problem(code: Code, subject: str, message: str, next_step: str) -> Problem:
    return Problem(code=code.value, subject=subject, message=message, next_step=next_step)


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"
