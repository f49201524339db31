"""Numbered migrations with a ledger, then the views. Forward only; a file once released never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files

import duckdb

from warehouse.errors import WarehouseError

_LEDGER = """
CREATE TABLE IF NOT EXISTS main.schema_migrations (
    version INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
)
"""
_VIEWS = "views"


def migrate(
    con: duckdb.DuckDBPyConnection, subject: str, keep_copy: Callable[[int], None] = lambda _version: None
) -> None:
    """Brings the open file to this version, each migration in a transaction of its own; refuses a newer file.

    `keep_copy` is called with the version of a file that holds data before anything in it is migrated. The views are laid anew
    whenever their text changed: version 0 of the ledger holds its checksum.
    """
    con.execute(_LEDGER)
    applied = dict(con.execute("SELECT version, sha256 FROM main.schema_migrations").fetchall())
    known = _migrations()
    newest, ours = max(applied, default=0), max(version for version, _, _ in known)
    if newest > ours:
        raise WarehouseError(
            subject, f"has schema version {newest}, this Watchfloor knows {ours}. Install the newer release."
        )
    if newest and newest < ours:
        keep_copy(newest)
    migrated = [_apply(con, version, name, sql) for version, name, sql in known if version not in applied]
    views = files("warehouse").joinpath("views.sql").read_text("utf-8")
    if migrated or applied.get(0) != _sha256(views):
        _apply(con, 0, _VIEWS, views)


def _migrations() -> list[tuple[int, str, str]]:
    found = sorted(
        (entry for entry in files("warehouse").joinpath("migrations").iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return [(int(entry.name[:4]), entry.name, entry.read_text("utf-8")) for entry in found]


def _apply(con: duckdb.DuckDBPyConnection, version: int, name: str, sql: str) -> int:
    con.begin()
    try:
        con.execute(sql)
        con.execute("DELETE FROM main.schema_migrations WHERE version = $version", {"version": version})
        con.execute(
            "INSERT INTO main.schema_migrations (version, name, sha256) VALUES ($version, $name, $sha256)",
            {"version": version, "name": name, "sha256": _sha256(sql)},
        )
    except BaseException:
        con.rollback()
        raise
    con.commit()
    return version


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
