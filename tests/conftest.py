"""What every test may ask for. Nothing here is slow, and nothing may reach the network or phone home."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from certificate import made_certificate
from hypothesis import settings

from warehouse.store.db import open_warehouse

os.environ |= {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
os.environ["WATCHFLOOR_ALLOWED_HOSTS"] = "127.0.0.1"  # where the tests' own feeds are served
os.environ["WATCHFLOOR_PAGES_PER_RUN"] = "0"  # the pages of invented articles are nowhere

# The same examples on every machine and in every order; a slow neighbour is no failure.
settings.register_profile("repository", deadline=None, derandomize=True, database=None)
settings.load_profile("repository")


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: opening a copy takes a third of the time of making a new one."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    with open_warehouse(path):
        return path


@pytest.fixture
def con(tmp_path: Path, empty_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An open, empty warehouse."""
    with open_warehouse(Path(shutil.copy(empty_warehouse, tmp_path))) as opened:
        yield opened


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the certificate and key of a server on 127.0.0.1, which only an explicit setting trusts."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(made_certificate())
    return path
