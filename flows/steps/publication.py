"""The step that publishes: the snapshot that researchers open, with Parquet and a manifest beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from warehouse.snapshot.publish import publish_snapshot


def publish(settings: Settings, now: datetime) -> Path:
    """Writes the snapshot that researchers open, replacing the last one at one stroke; returns its path."""
    publish_snapshot(settings.warehouse_path, settings.snapshot_path, now, settings.keep_snapshots_days)
    return settings.snapshot_path
