"""Which file is to be read: the published snapshot, never the live one that flows write."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import WarehouseError

LIVE_NAME = "warehouse.duckdb"
SNAPSHOT_NAME = "snapshot.duckdb"


def to_read(path: Path) -> Path:
    """The path, if it is one to read: WarehouseError if nothing is there, or if it is the live file."""
    if path.name == LIVE_NAME:
        raise WarehouseError(
            str(path),
            "is the live file, which flows write and no reader may hold. "
            f"Open {path.with_name(SNAPSHOT_NAME)} instead; `watchfloor publish` makes it.",
        )
    if not path.exists():
        raise WarehouseError(str(path), "is not there yet. `watchfloor publish` makes it.")
    return path
