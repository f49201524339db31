"""The names of the files in a home, and which of them readers open: the snapshot, not the warehouse."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import WarehouseError

LIVE_NAME = "warehouse.duckdb"
SNAPSHOT_NAME = "snapshot.duckdb"


def snapshot_file(path: Path) -> Path:
    """Returns the path. Raises WarehouseError if the file is missing or is the warehouse that flows write."""
    if path.name == LIVE_NAME:
        raise WarehouseError(
            str(path),
            "is the live file, which flows write and no reader may hold. "
            f"Open {path.with_name(SNAPSHOT_NAME)} instead; `watchfloor publish` creates it.",
        )
    if not path.exists():
        raise WarehouseError(str(path), "is not there yet. `watchfloor publish` creates it.")
    return path
