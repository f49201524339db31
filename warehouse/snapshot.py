"""Publishes the warehouse: a consistent, read-only copy that replaces the last one at one stroke."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from warehouse.db import open_read_only, open_warehouse
from warehouse.errors import WarehouseError

# The copy runs in another process: closing a file this process also has open would drop DuckDB's lock on it (POSIX).
_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


def publish_snapshot(warehouse: Path, snapshot: Path) -> None:
    """Copies the checkpointed warehouse to `snapshot` by way of a verified file beside it; readers of the old one go on.

    The warehouse stays locked until the end, so publishers take turns: one name serves them all, and none brings an older copy last.
    """
    fresh = snapshot.with_name(f".{snapshot.name}.fresh")
    try:
        with open_warehouse(warehouse) as con:
            con.execute("CHECKPOINT")
            _copy(warehouse, fresh)
            _verify(fresh)
            _sync(fresh)
            # Whoever opened the last snapshot to write may have left a log, which DuckDB would replay into this one.
            snapshot.with_name(f"{snapshot.name}.wal").unlink(missing_ok=True)
            fresh.replace(snapshot)
    finally:
        fresh.unlink(missing_ok=True)


def _copy(warehouse: Path, fresh: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own paths
        [sys.executable, "-c", _COPY, str(warehouse), str(fresh)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        free = shutil.disk_usage(fresh.parent).free
        cause = done.stderr.strip().rsplit("\n", 1)[-1]
        raise WarehouseError(
            str(fresh),
            f"cannot be written ({cause}); {free / 1e9:.1f} GB are free there. The last snapshot still stands.",
        )


def _verify(fresh: Path) -> None:
    try:
        with open_read_only(fresh) as con:
            con.execute("SELECT count(*) FROM articles")
    except (duckdb.Error, WarehouseError) as error:
        raise WarehouseError(str(fresh), f"is no sound copy: {error}. The last snapshot still stands.") from error


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
