"""The step that publishes: the snapshot that researchers open."""

from __future__ import annotations

from pathlib import Path

from flows.settings import Settings
from warehouse.snapshot import publish_snapshot


def publish(settings: Settings) -> Path:
    """Writes the snapshot that researchers open, replacing the last one at one stroke; returns its path."""
    publish_snapshot(settings.warehouse_path, settings.snapshot_path)
    return settings.snapshot_path
