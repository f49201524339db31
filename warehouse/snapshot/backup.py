"""Backups: a dated folder with a copy of the warehouse, its views as Parquet, issues and settings.

Only its owner may read a backup, which holds the settings with their passwords. The manifest records the mode
of each file beside the warehouse, and a restored file gets it back.

DIR/20260817T030000Z/   warehouse.duckdb  parquet/VIEW/...  home/digests/...  home/catalog.toml  manifest.json
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.snapshot.manifest import (
    FOLDER_NAME,
    Manifest,
    describe,
    new_name,
    read_manifest,
    sha256,
    write_manifest,
)
from warehouse.snapshot.parquet import write_views
from warehouse.store.atomic_files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    copy_open_file,
    make_private,
    private_folder,
    remove,
    replacing,
    sync_folder,
)
from warehouse.store.db import open_read_only, open_warehouse
from warehouse.store.migrate import read_schema
from warehouse.store.paths import LIVE_NAME

BESIDE = "home"  # the folder of a backup for the files beside the warehouse
_FRESH = ".fresh"
_FOLDER = 0o755  # of a restored folder in the home, whose own mode guards it


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was written or read, and the older ones that were deleted."""

    folder: Path
    manifest: Manifest
    dropped: tuple[str, ...] = ()


def write_backup(warehouse: Path, beside: Sequence[str], into: Path, now: datetime, keep: int) -> Backup:
    """Backs up the warehouse and the files named `beside` it; deletes all but the latest `keep` backups."""
    fresh = into / _FRESH
    try:
        remove(fresh)
        private_folder(into)
        fresh.mkdir(mode=PRIVATE_FOLDER)
        copy = fresh / LIVE_NAME
        with open_warehouse(warehouse) as con:
            copy_open_file(con, warehouse, copy)
        for name in beside:
            _copy_into(warehouse.with_name(name), fresh / BESIDE)
        name = new_name(now, [path.name for path in into.iterdir()])
        with open_read_only(copy) as con:
            manifest = describe(con, name, now, write_views(con, fresh / "parquet"), fresh)
        write_manifest(_with_modes(manifest, warehouse.parent), fresh)
        make_private(fresh)
        sync_folder(fresh)
        fresh.rename(into / name)
    except OSError as error:
        raise WarehouseError(
            str(into), f"cannot hold the backup: {error}. Earlier backups are unchanged."
        ) from error
    finally:
        remove(fresh)
    dropped = tuple(backup_names(into)[:-keep])
    for old in dropped:
        shutil.rmtree(into / old)
    return Backup(folder=into / name, manifest=manifest, dropped=dropped)


def backup_names(into: Path) -> list[str]:
    """Returns the names of the backups in a folder, oldest first."""
    return (
        sorted(path.name for path in into.iterdir() if FOLDER_NAME.fullmatch(path.name))
        if into.is_dir()
        else []
    )


def read_backup(where: Path) -> Backup:
    """Returns the backup in a folder, or the latest in it. Raises WarehouseError if a checksum differs."""
    names = backup_names(where)
    folder = where / names[-1] if names else where
    try:
        manifest = read_manifest(folder)
    except (OSError, ValueError, TypeError) as error:
        raise WarehouseError(
            str(where), f"has no backup with a manifest: {error}. Name another folder."
        ) from error
    for name, stated in manifest.files.items():
        if not (folder / name).is_file() or sha256(folder / name) != stated["sha256"]:
            raise WarehouseError(
                str(folder / name), "is not the file that was backed up. Restore an older backup."
            )
    return Backup(folder=folder, manifest=manifest)


def restore_backup(where: Path, warehouse: Path, now: datetime) -> Backup:
    """Restores what `read_backup` returns. Renames existing files first, adding the time to their names."""
    backup = read_backup(where)
    with open_read_only(backup.folder / LIVE_NAME, any_schema=True) as con:
        read_schema(con, str(backup.folder / LIVE_NAME))  # of a newer release: nothing is restored
    private_folder(warehouse.parent)
    stated = backup.manifest.files.items()
    modes = {backup.folder / name: int(str(one["mode"]), 8) for name, one in stated if "mode" in one}
    aside = f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    _put(backup.folder / LIVE_NAME, warehouse, aside, modes)
    warehouse.with_name(f"{warehouse.name}.wal").unlink(missing_ok=True)  # it belongs to the renamed file
    if (backup.folder / BESIDE).is_dir():
        for path in sorted((backup.folder / BESIDE).iterdir()):
            _put(path, warehouse.with_name(path.name), aside, modes)
    with open_warehouse(warehouse):  # upgrades an older schema
        return backup


def _copy_into(path: Path, folder: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, folder / path.name, copy_function=shutil.copyfile)
    elif path.is_file():
        folder.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / path.name)


def _with_modes(manifest: Manifest, home: Path) -> Manifest:
    """Returns the manifest with the mode that each file beside the warehouse has in the home."""
    files = dict(manifest.files)
    for name, stated in files.items():
        folder, _, rest = name.partition("/")
        if folder == BESIDE:
            files[name] = stated | {"mode": f"{(home / rest).stat().st_mode & 0o777:04o}"}
    return replace(manifest, files=files)


def _put(source: Path, target: Path, aside: str, modes: Mapping[Path, int]) -> None:
    """Puts a file or folder of the backup in its place; without a recorded mode a file becomes private."""
    with replacing(target) as fresh:
        if source.is_dir():
            fresh.mkdir(mode=PRIVATE_FOLDER)
            _copy_tree(source, fresh, modes)
            fresh.chmod(target.stat().st_mode & 0o777 if target.is_dir() else _FOLDER)
        else:
            _copy_file(source, fresh, modes)
        if target.exists():
            wal = target.with_name(f"{target.name}.wal")
            if wal.exists():
                wal.rename(wal.with_name(f"{target.name}.{aside}.wal"))
            target.rename(target.with_name(f"{target.name}.{aside}"))


def _copy_tree(source: Path, target: Path, modes: Mapping[Path, int]) -> None:
    for path in sorted(source.iterdir()):
        if path.is_dir():
            (target / path.name).mkdir()
            (target / path.name).chmod(_FOLDER)
            _copy_tree(path, target / path.name, modes)
        else:
            _copy_file(path, target / path.name, modes)


def _copy_file(source: Path, target: Path, modes: Mapping[Path, int]) -> None:
    target.touch(PRIVATE_FILE)
    shutil.copyfile(source, target)
    target.chmod(modes.get(source, PRIVATE_FILE))
