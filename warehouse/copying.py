"""Copies the open warehouse file. In another process: closing a file this process also has open would drop DuckDB's lock (POSIX)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError

_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


def copy_open_file(con: duckdb.DuckDBPyConnection, warehouse: Path, copy: Path) -> None:
    """Copies the file that `con` has open to write, with all that is committed; WarehouseError if there is no room."""
    con.execute("CHECKPOINT")
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own paths
        [sys.executable, "-c", _COPY, str(warehouse), str(copy)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        copy.unlink(missing_ok=True)
        free = shutil.disk_usage(copy.parent).free
        cause = done.stderr.strip().rsplit("\n", 1)[-1]
        raise WarehouseError(str(copy), f"cannot be written ({cause}); {free / 1e9:.1f} GB are free there. Make room.")


def sync_folder(folder: Path) -> None:
    """Has everything in the folder on the disk before it is relied on."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
