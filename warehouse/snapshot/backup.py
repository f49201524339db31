"""Backups: a dated folder with a copy of the warehouse, its views as Parquet, the issues and the home's own files, checksummed.

DIR/20260817T030000Z/   warehouse.duckdb  parquet/VIEW/...  home/digests/...  home/catalog.toml  manifest.json
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.snapshot.manifest import Manifest, describe, read_manifest, write_manifest
from warehouse.snapshot.parquet import write_views
from warehouse.snapshot.retention import is_name, new_name
from warehouse.store.db import open_read_only, open_warehouse
from warehouse.store.file_copies import copy_open_file, sync_folder
from warehouse.store.paths import LIVE_NAME

BESIDE = "home"  # what lies beside the warehouse in its home
_FRESH = ".fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup that was written or read: its folder, what it holds, and which older ones were dropped for it."""

    folder: Path
    manifest: Manifest
    dropped: tuple[str, ...] = ()


def write_backup(warehouse: Path, beside: Sequence[str], into: Path, now: datetime, keep: int) -> Backup:
    """Backs up the warehouse and what is named `beside` it; keeps the latest `keep`. It appears whole or not at all."""
    fresh = into / _FRESH
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        copy = fresh / LIVE_NAME
        with open_warehouse(warehouse) as con:
            copy_open_file(con, warehouse, copy)
        for name in beside:
            _copy_into(warehouse.with_name(name), fresh / BESIDE)
        name = new_name(now, [path.name for path in into.iterdir()])
        with open_read_only(copy) as con:
            manifest = describe(con, name, now, write_views(con, fresh / "parquet"), fresh)
        write_manifest(manifest, fresh)
        sync_folder(fresh)
        fresh.rename(into / name)
    except (OSError, duckdb.Error) as error:
        raise WarehouseError(str(into), f"takes no backup: {error}. The earlier ones still stand.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    dropped = tuple(backup_names(into)[:-keep])
    for old in dropped:
        shutil.rmtree(into / old)
    return Backup(folder=into / name, manifest=manifest, dropped=dropped)


def backup_names(into: Path) -> list[str]:
    """The backups in a folder, oldest first."""
    return sorted(path.name for path in into.iterdir() if is_name(path.name)) if into.is_dir() else []


def read_backup(where: Path) -> Backup:
    """The backup in a folder, or the latest of those in it, every file proved by its checksum; WarehouseError if one is not sound."""
    names = backup_names(where)
    folder = where / names[-1] if names else where
    try:
        manifest = read_manifest(folder)
    except (OSError, ValueError, TypeError) as error:
        raise WarehouseError(str(where), f"holds no backup with a manifest: {error}. Name another folder.") from error
    for name, stated in manifest.files.items():
        if not (folder / name).is_file() or _sha256(folder / name) != stated["sha256"]:
            raise WarehouseError(str(folder / name), "is not what was backed up. Restore an older backup.")
    return Backup(folder=folder, manifest=manifest)


def restore_backup(where: Path, warehouse: Path, now: datetime) -> Backup:
    """Puts back what `read_backup` finds, proved first. What stands in its place is moved aside, with the moment in its name."""
    backup = read_backup(where)
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    aside = f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    _put(backup.folder / LIVE_NAME, warehouse, aside)
    warehouse.with_name(f"{warehouse.name}.wal").unlink(missing_ok=True)  # it belongs to the file that was moved aside
    if (backup.folder / BESIDE).is_dir():
        for path in sorted((backup.folder / BESIDE).iterdir()):
            _put(path, warehouse.with_name(path.name), aside)
    with open_warehouse(warehouse):  # brings an older schema to this release's
        return backup


def _copy_into(path: Path, folder: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, folder / path.name)
    elif path.is_file():
        folder.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / path.name)


def _put(source: Path, target: Path, aside: str) -> None:
    fresh = target.with_name(f".{target.name}.fresh")
    if source.is_dir():
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(source, fresh)
    else:
        shutil.copyfile(source, fresh)
    if target.exists():
        wal = target.with_name(f"{target.name}.wal")
        if wal.exists():
            wal.rename(wal.with_name(f"{target.name}.{aside}.wal"))
        target.rename(target.with_name(f"{target.name}.{aside}"))
    fresh.rename(target)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
