"""The steps of the operator: the nightly care of the warehouse, backups, and putting one back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.settings import CONFIG_NAME, Settings
from flows.steps.health import health
from warehouse.queries.feed_health import FeedStatus
from warehouse.snapshot.backup import Backup, restore_backup, write_backup

BESIDE = ("digests", "catalog.toml", CONFIG_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceReport:
    """One night's care: the backup that was written, and the feeds that need a person."""

    backup: Backup
    ailing: tuple[FeedStatus, ...]


def maintain(settings: Settings, now: datetime) -> MaintenanceReport:
    """Checkpoints the warehouse, backs it up, drops old backups and what killed runs left, and looks at the feeds."""
    backup = back_up(settings, settings.backup_path, now)
    _sweep(settings.home_dir)
    return MaintenanceReport(
        backup=backup, ailing=tuple(standing for standing in health(settings) if standing.needs_attention)
    )


def back_up(settings: Settings, into: Path, now: datetime) -> Backup:
    """Writes a backup into the folder, and keeps as many as the settings say."""
    return write_backup(settings.warehouse_path, BESIDE, into, now, settings.keep_backups)


def restore(settings: Settings, where: Path, now: datetime) -> Backup:
    """Puts back the backup in the folder, or the latest of those in it. The snapshot is made anew by the next publication."""
    return restore_backup(where, settings.warehouse_path, now)


def _sweep(home: Path) -> None:
    """Removes what a killed restore or migration was about to put in place; only the holder of the lease makes any."""
    for left in home.glob(".*.fresh"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
