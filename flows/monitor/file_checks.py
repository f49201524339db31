"""Checks what lies in the home: opened and read, not just looked at. Changes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.logs import log
from flows.monitor.check import Check, check
from flows.monitor.problems import MIN_FREE_BYTES, Code
from flows.monitor.status import Status, nearest_folder, read_status
from flows.settings import Settings
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.snapshot.backup import backup_names, read_backup
from warehouse.snapshot.publish import SNAPSHOTS
from warehouse.store.db import open_warehouse
from warehouse.store.locks import LOCK_NAME
from warehouse.store.paths import LIVE_NAME
from warehouse.store.soundness import read_all

# What the status finds and a check here says with more detail.
SAID_HERE = (Code.NO_HOME, Code.NO_WAREHOUSE, Code.UNREADABLE, Code.SCHEMA, Code.DISK)


def home(settings: Settings, _now: datetime) -> Iterator[Check]:
    """Every folder and file that a stage writes can be written, and there is room for copies."""
    folder = settings.home_dir
    found = str(folder) if folder.exists() else f"{folder} (created by the first ingest)"
    written = (
        *(folder, folder / LIVE_NAME, folder / LOCK_NAME, folder / SNAPSHOTS, settings.digests_dir),
        *(settings.backup_path, settings.metrics_path.parent),
    )
    barred = sorted({str(near) for path in written if not os.access(near := nearest_folder(path), os.W_OK)})
    if barred:
        found = f"not to be written: {', '.join(barred)}"
    step = f"`chmod -R u+w {' '.join(barred)}` as the owner (`ls -ld` shows who that is), or set --home."
    yield check("home", not barred, found, step, subject=", ".join(barred) or str(folder))


def room(settings: Settings, _now: datetime) -> Iterator[Check]:
    """A publication and a backup each write a copy of the warehouse, and its rows as Parquet."""
    path = settings.warehouse_path
    needed = max(MIN_FREE_BYTES, 2 * path.stat().st_size if path.exists() else 0)
    near = [nearest_folder(folder) for folder in (settings.home_dir, settings.backup_path)]
    free = {str(folder): shutil.disk_usage(folder).free for folder in near}
    found = ", ".join(f"{size / 1e9:.1f} GB at {folder}" for folder, size in free.items())
    step = f"Make room: {needed / 1e9:.1f} GB are needed, for a copy of the warehouse and its Parquet files."
    yield check("free disk", min(free.values()) >= needed, found, step)


def warehouse(settings: Settings, now: datetime) -> Iterator[Check]:
    """Opens the warehouse, reads all of it, and tries an upgrade that is due on a copy."""
    path, status = settings.warehouse_path, read_status(settings, now)
    if not path.exists():
        lost = settings.snapshot_path.exists() or bool(backup_names(settings.backup_path))
        found = (
            f"{path} is missing, but not its snapshot or backup"
            if lost
            else "none yet; `watchfloor run` makes it"
        )
        yield check("warehouse", not lost, found, _restore(settings), subject=str(path))
    elif (
        status.unread is not None and status.unread.code == Code.SCHEMA and status.schema_version is not None
    ):
        yield _upgrade(path, status)
    elif status.unread is not None:
        unread = status.unread
        yield check("warehouse", False, unread.message, unread.next_step, subject=str(path))
    else:
        yield _read(settings, status)


def snapshot(settings: Settings, _now: datetime) -> Iterator[Check]:
    """Reads all of the snapshot that researchers open."""
    path = settings.snapshot_path
    if not path.exists() and not path.is_symlink():
        yield check("snapshot", True, "none yet; `watchfloor publish` makes it")
        return
    try:
        read_all(path)
        yield check("snapshot", True, f"{path}, {path.stat().st_size / 1e6:.1f} MB, all read")
    except WarehouseError as error:
        yield check("snapshot", False, str(error), "`watchfloor publish` makes it again.", subject=str(path))


def backups(settings: Settings, _now: datetime) -> Iterator[Check]:
    """Compares every file of the last backup with its checksum, and reads all of its warehouse."""
    folder = settings.backup_path
    if not (names := backup_names(folder)):
        yield check("backups", True, f"none in {folder}; `watchfloor maintain` makes one a day")
        return
    try:
        backup = read_backup(folder)
        read_all(backup.folder / LIVE_NAME)
    except WarehouseError as error:
        step = f"`watchfloor backup {folder}` makes a good one."
        yield check("backups", False, str(error), step, subject=str(folder / names[-1]))
        return
    files = len(backup.manifest.files)
    yield check(
        "backups", True, f"{len(names)} in {folder}; of the last all {files} files have their checksum"
    )


def site(settings: Settings, _now: datetime) -> Iterator[Check]:
    """Whoever set the address of the site wants one; a link to nowhere serves nothing."""
    folder = settings.site_dir
    if (folder / "index.html").is_file():
        yield check("site", True, str(folder))
    else:
        missing = settings.site_url is not None or folder.is_symlink() or folder.exists()
        found = f"{folder} has no index.html" if missing else "none yet; `watchfloor site` builds it"
        yield check("site", not missing, found, "`watchfloor site` builds it.", subject=str(folder))


def runs(settings: Settings, now: datetime) -> Iterator[Check]:
    """What else `watchfloor status` finds."""
    status = read_status(settings, now)
    problems = [problem for problem in status.problems if problem.code not in SAID_HERE]
    if not any(problem.code == Code.CLOCK for problem in problems):
        yield check("clock", True, f"{now:%F %T} UTC")
    for one in problems:
        yield check(one.code, False, one.message, one.next_step, subject=one.subject)
    if not problems:
        done = [
            f"{run.flow} {run.run_key}"
            for run in (status.warehouse.runs if status.warehouse else ())
            if run.state == "done"
        ]
        yield check("last runs", True, ", ".join(done) or "no run yet")


def _read(settings: Settings, status: Status) -> Check:
    path = settings.warehouse_path
    if status.source != path.name:
        return check("warehouse", True, f"{path}, being written by another process just now; not read")
    try:
        read_all(path)
    except WarehouseBusyError:
        return check("warehouse", True, f"{path}, a job began to write it; not all was read")
    except WarehouseError as error:
        return check("warehouse", False, str(error), _restore(settings), subject=str(path))
    articles = status.warehouse.articles if status.warehouse else 0
    return check("warehouse", True, f"{path}, {articles:,} articles, all read")


def _upgrade(path: Path, status: Status) -> Check:
    found = f"{path} has schema {status.schema_version}, this release has {status.release_schema_version}"
    try:
        # The name is one that `maintain` removes, should this process be killed.
        with TemporaryDirectory(prefix=".doctor-", suffix=".fresh", dir=path.parent) as folder:
            for name in (path.name, f"{path.name}.wal"):
                if path.with_name(name).exists():
                    shutil.copyfile(path.with_name(name), Path(folder) / name)
            with _unlogged(), open_warehouse(Path(folder) / path.name):
                pass
    except (WarehouseError, OSError) as error:
        step = "Keep the older release, and report this; nothing was changed."
        return check("warehouse", False, f"{found}; its upgrade fails: {error}", step, subject=str(path))
    found += (
        "; the upgrade of a copy went well: the next run upgrades it to schema "
        f"{status.release_schema_version} and keeps a copy"
    )
    return check("warehouse", True, found)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keeps the trial out of the log, which would say that the warehouse was upgraded."""
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False


def _restore(settings: Settings) -> str:
    return f"`watchfloor restore {settings.backup_path}` puts the last backup in its place."
