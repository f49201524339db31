"""Looks at the installation as an operator would and says of each thing whether it is well and what to do if not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from flows.monitor.prefect_server import Check, look_at_server
from flows.monitor.status import OVERDUE, read_status
from flows.settings import Settings
from sources.catalog import find_problems, read_catalog
from sources.errors import CatalogError
from warehouse.embed.encoder import load_embedder
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.snapshot.backup import backup_names
from warehouse.store.db import open_read_only

MIN_FREE_BYTES = 1_000_000_000
CLOCK_SLACK = timedelta(minutes=5)
PACKAGES = ("duckdb", "feedparser", "httpx", "onnxruntime", "prefect", "sentence-transformers", "torch")


def examine(settings: Settings, now: datetime) -> list[Check]:
    """All checks, each warehouse for itself: one that fails does not hide the others."""
    return [
        *_environment(),
        _names(),
        _clock(settings, now),
        *_home(settings),
        _warehouse(settings),
        _snapshot(settings),
        _catalog(settings),
        _model(settings),
        _backups(settings, now),
        *_runs(settings, now),
        *look_at_server(),
    ]


def _environment() -> Iterator[Check]:
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    yield Check(name="python", ok=sys.version_info >= (3, 11), found=python, next_step="Install Python 3.11 or newer.")
    for package in PACKAGES:
        try:
            yield Check(name=package, ok=True, found=version(package))
        except PackageNotFoundError:
            yield Check(name=package, ok=False, found="not installed", next_step="Run `make test` or reinstall.")


def _names() -> Check:
    """A setting with a misspelt name is silently none: the environment may hold names of no setting."""
    known = {f"WATCHFLOOR_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("WATCHFLOOR_") and name not in known)
    found = f"{', '.join(unknown)}: no such setting" if unknown else "every WATCHFLOOR_ name is a setting"
    return Check(name="settings", ok=not unknown, found=found, next_step="Mend the name; .env.example lists them.")


def _clock(settings: Settings, now: datetime) -> Check:
    """A clock that is behind what is stored would have every feed wait and every run key be of no use."""
    next_step = "Set the clock of this host (`timedatectl status`)."
    try:
        warehouse = read_status(settings, now, socket.gethostname()).warehouse
    except (WarehouseError, duckdb.Error):
        warehouse = None
    last = warehouse.last_fetch_at if warehouse else None
    if last is not None and last - now > CLOCK_SLACK:
        return Check(
            name="clock", ok=False, found=f"{now:%F %T} UTC, behind the last fetch of {last:%F %T}", next_step=next_step
        )
    return Check(name="clock", ok=True, found=f"{now:%F %T} UTC", next_step=next_step)


def _backups(settings: Settings, now: datetime) -> Check:
    names = backup_names(settings.backup_path)
    if not names:
        return Check(
            name="backups", ok=True, found=f"none in {settings.backup_path}; `watchfloor maintain` makes one a day"
        )
    last = datetime.strptime(names[-1].split("-")[0], "%Y%m%dT%H%M%S%z")
    return Check(
        name="backups",
        ok=now - last < OVERDUE["maintain"],
        found=f"{len(names)} in {settings.backup_path}, the last of {last:%F %H:%M} UTC",
        next_step="`watchfloor maintain` makes one; look whether its schedule is on.",
    )


def _runs(settings: Settings, now: datetime) -> Iterator[Check]:
    try:
        status = read_status(settings, now, socket.gethostname())
    except (WarehouseError, duckdb.Error):
        return  # the warehouse's own check says what is wrong with it
    last = ", ".join(
        f"{run.flow} {run.run_key}"
        for run in (status.warehouse.runs if status.warehouse else ())
        if run.state == "done"
    )
    yield Check(
        name="last windows",
        ok=not status.problems,
        found="; ".join(status.problems) or last or "no run yet",
        next_step="`watchfloor status` shows each; whatever failed can be run again.",
    )


def _home(settings: Settings) -> Iterator[Check]:
    home = settings.home_dir
    nearest = next(path for path in (home, *home.parents) if path.exists())
    writable = os.access(nearest, os.W_OK)
    found = str(home) if home.exists() else f"{home} (made by the first ingest)"
    yield Check(
        name="home", ok=writable, found=found, next_step=f"Give yourself write access to {nearest}, or set --home."
    )
    free = shutil.disk_usage(nearest).free
    yield Check(
        name="free disk", ok=free >= MIN_FREE_BYTES, found=f"{free / 1e9:.1f} GB", next_step=f"Make room on {nearest}."
    )


def _warehouse(settings: Settings) -> Check:
    path = settings.warehouse_path
    if not path.exists():
        return Check(name="warehouse", ok=True, found="none yet; `watchfloor ingest` makes it")
    try:
        with open_read_only(path) as con:
            row = con.execute("SELECT count(*) FROM articles").fetchone()
            return Check(name="warehouse", ok=True, found=f"{path}, {row[0] if row else 0:,} articles")
    except WarehouseBusyError:
        return Check(name="warehouse", ok=True, found=f"{path}, being written by another process just now")
    except (WarehouseError, duckdb.Error) as error:
        return Check(
            name="warehouse", ok=False, found=str(error), next_step="Restore it from a backup, or move it away."
        )


def _snapshot(settings: Settings) -> Check:
    path: Path = settings.snapshot_path
    if not path.exists():
        return Check(name="snapshot", ok=True, found="none yet; `watchfloor publish` makes it")
    return Check(name="snapshot", ok=True, found=f"{path}, {path.stat().st_size / 1e6:.1f} MB")


def _catalog(settings: Settings) -> Check:
    try:
        name, tables = read_catalog(settings.catalog_path)
        problems = find_problems(tables)
    except CatalogError as error:
        return Check(name="catalog", ok=False, found=str(error), next_step="Mend the file, or set WATCHFLOOR_CATALOG.")
    found = f"{name}, {len(tables)} feeds" + (f", {len(problems)} problems" if problems else "")
    return Check(name="catalog", ok=not problems, found=found, next_step="`watchfloor sources check` lists them.")


def _model(settings: Settings) -> Check:
    if importlib.util.find_spec("sentence_transformers") is None:
        return Check(name="model", ok=False, found="sentence-transformers is missing", next_step="Reinstall.")
    try:
        return Check(name="model", ok=True, found=load_embedder(settings.embedding_model).model)
    except WarehouseError as error:
        return Check(
            name="model",
            ok=False,
            found=str(error),
            next_step="Set WATCHFLOOR_EMBEDDING_MODEL to a folder that has it.",
        )
