"""The status: what runs, when each stage was last done, what is pending, and what needs a person."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.monitor.problems import Code, Problem, find_problems
from flows.settings import Settings
from warehouse.errors import SchemaError, WarehouseBusyError, WarehouseError
from warehouse.queries.warehouse_status import WarehouseStatus, read_warehouse_status
from warehouse.snapshot.backup import backup_names
from warehouse.snapshot.manifest import FOLDER_NAME, moment_of
from warehouse.store.db import open_read_only
from warehouse.store.locks import Holder, is_dead, read_holder
from warehouse.store.migrate import newest_version, read_schema

DIGEST_HOUR = 6
_BEGIN = (
    "Is --home right, is its disk mounted? Start with `watchfloor run`; `watchfloor restore DIR` brings a "
    "backup back."
)
_UPGRADE = (
    "`watchfloor doctor` tries the upgrade on a copy; `watchfloor run` does it, and keeps the old file."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `watchfloor status` shows. Times are aware UTC.

    `warehouse` is None if it could not be read; `unread` says why, unless a job is making it. `source` is the
    file it was read from, `schema_version` that file's. `free_bytes`: on the disks of home and backups.
    """

    now: datetime
    home: str
    source: str | None
    schema_version: int | None
    release_schema_version: int
    holder: Holder | None
    holder_is_gone: bool
    warehouse: WarehouseStatus | None
    unread: Problem | None
    snapshot_at: datetime | None
    backup_at: datetime | None
    free_bytes: dict[str, int]
    next_digest_at: datetime
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What was read from the warehouse, or from the snapshot while a job writes it; or why nothing was."""

    source: str | None = None
    schema_version: int | None = None
    warehouse: WarehouseStatus | None = None
    unread: Problem | None = None


def read_status(settings: Settings, now: datetime) -> Status:
    """Returns the status. While a job writes the warehouse the numbers are those of the last snapshot."""
    holder = read_holder(settings.home_dir)
    gone = holder is not None and is_dead(settings.home_dir, holder, now)
    reading = _read_warehouse(settings, now, someone_writes=holder is not None and not gone)
    folders = {"home": settings.home_dir, "backups": settings.backup_path}
    status = Status(
        now=now,
        home=str(settings.home_dir),
        source=reading.source,
        schema_version=reading.schema_version,
        release_schema_version=newest_version(),
        holder=holder,
        holder_is_gone=gone,
        warehouse=reading.warehouse,
        unread=reading.unread,
        snapshot_at=snapshot_time(settings.snapshot_path),
        backup_at=backup_time(settings.backup_path),
        free_bytes={name: shutil.disk_usage(nearest_folder(folder)).free for name, folder in folders.items()},
        next_digest_at=next_digest(now, settings.timezone),
    )
    return replace(status, problems=tuple(find_problems(status)))


def next_digest(now: datetime, timezone: str) -> datetime:
    """Returns the next Monday 06:00 in the time zone, in UTC."""
    local = now.astimezone(ZoneInfo(timezone))
    monday = local.date() - timedelta(days=local.weekday())
    due = datetime(monday.year, monday.month, monday.day, DIGEST_HOUR, tzinfo=ZoneInfo(timezone))
    return (due if due > local else due + timedelta(days=7)).astimezone(now.tzinfo)


def backup_time(folder: Path) -> datetime | None:
    """Returns when the last backup in the folder was made; None if there is none that can be seen."""
    try:
        names = backup_names(folder)
    except OSError:  # a folder that may not be read: `doctor` names it
        return None
    return max(map(moment_of, names), default=None)


def snapshot_time(snapshot: Path) -> datetime | None:
    """Returns when the snapshot was published; None if there is none."""
    if not snapshot.exists():
        return None
    folder = snapshot.resolve().parent.name
    if FOLDER_NAME.fullmatch(folder):
        return moment_of(folder)
    return datetime.fromtimestamp(snapshot.stat().st_mtime, UTC)  # a plain file, which someone put there


def nearest_folder(path: Path) -> Path:
    """Returns the path, or the nearest of its parents that exists."""
    return next(one for one in (path, *path.parents) if one.exists())


def _read_warehouse(settings: Settings, now: datetime, *, someone_writes: bool) -> _Reading:
    home, path = settings.home_dir, settings.warehouse_path
    if not path.exists():
        return _Reading() if someone_writes else _Reading(unread=_missing(home))
    try:
        return _read(path, now)
    except WarehouseBusyError:
        pass
    except SchemaError as error:
        return _Reading(source=path.name, unread=_problem(Code.SCHEMA, path, *str(error).split(". ", 1)))
    except WarehouseError as error:
        step = f"`watchfloor restore {settings.backup_path}` puts the last backup in its place."
        return _Reading(
            source=path.name, unread=_problem(Code.UNREADABLE, path, str(error).split(". ", 1)[0], step)
        )
    try:
        reading = _read(settings.snapshot_path, now)
    except WarehouseError:
        return _Reading()
    return reading if reading.warehouse else _Reading()


def _read(path: Path, now: datetime) -> _Reading:
    with open_read_only(path, any_schema=True) as con:
        version = read_schema(con, str(path)).version
        known = newest_version()
        stored = read_warehouse_status(con, now) if version == known else None
    old = (
        None
        if stored
        else _problem(Code.SCHEMA, path, f"{path} has schema {version}, this release has {known}", _UPGRADE)
    )
    return _Reading(source=path.name, schema_version=version, warehouse=stored, unread=old)


def _missing(home: Path) -> Problem:
    if not home.exists():
        return _problem(Code.NO_HOME, home, f"no home at {home}", _BEGIN)
    return _problem(Code.NO_WAREHOUSE, home, f"no warehouse in {home}", _BEGIN)


def _problem(code: Code, path: Path, message: str, next_step: str) -> Problem:
    return Problem(code=code.value, subject=str(path), message=message, next_step=next_step)
