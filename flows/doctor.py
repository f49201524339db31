"""Looks at the installation as an operator would and says of each thing whether it is well and what to do if not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from flows.settings import Settings
from sources.catalog import find_problems, read_catalog
from sources.errors import CatalogError
from warehouse.db import open_read_only
from warehouse.enrich.embed import load_embedder
from warehouse.errors import WarehouseBusyError, WarehouseError

MIN_FREE_BYTES = 1_000_000_000
PACKAGES = ("duckdb", "feedparser", "httpx", "onnxruntime", "prefect", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: whether it is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    found: str
    next_step: str = ""


def examine(settings: Settings) -> list[Check]:
    """All checks, each standing for itself: one that fails does not hide the others."""
    return [
        *_environment(),
        *_home(settings),
        _warehouse(settings),
        _snapshot(settings),
        _catalog(settings),
        _model(settings),
    ]


def _environment() -> Iterator[Check]:
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    yield Check(name="python", ok=sys.version_info >= (3, 11), found=python, next_step="Install Python 3.11 or newer.")
    for package in PACKAGES:
        try:
            yield Check(name=package, ok=True, found=version(package))
        except PackageNotFoundError:
            yield Check(name=package, ok=False, found="not installed", next_step="Run `make test` or reinstall.")


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
        return Check(name="model", ok=True, found=load_embedder(settings.model).model)
    except WarehouseError as error:
        return Check(
            name="model", ok=False, found=str(error), next_step="Set WATCHFLOOR_MODEL to a folder that has it."
        )
