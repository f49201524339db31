"""Creates the schema of a new warehouse and upgrades that of an older one; keeps a ledger of versions.

Version 1 is `schema/*.sql`, the schema of release 0.1.0. A later version is one file
`schema/migrations/0002_NAME.sql`; a released file never changes. The views of `views/*.sql` are
replaced whenever their text changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files

import duckdb

from warehouse.errors import WarehouseError

# In this order: the views of a subject may use those of the subjects before it.
SUBJECTS = (
    "sources",
    "articles",
    "classifications",
    "extractions",
    "stories",
    "trends",
    "issues",
    "operation",
    "search",
)
_LEDGER = """
CREATE TABLE IF NOT EXISTS main.schema_migrations (
    version INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
)
"""
_APPLIED = "SELECT version, name, sha256 FROM main.schema_migrations ORDER BY version"
_BEFORE_FIRST_RELEASE = "0001_first_schema.sql"  # the ledger's name of version 1 in files from before 0.1.0


def migrate(
    con: duckdb.DuckDBPyConnection, subject: str, keep_copy: Callable[[int], None] = lambda _version: None
) -> None:
    """Brings the open file to the newest schema, each version in its own transaction.

    Calls `keep_copy` with the file's version before it upgrades a file. Raises WarehouseError for a file of a
    newer release, or of before the first one. Version 0 in the ledger has the checksum of the views.
    """
    con.execute(_LEDGER)
    newest, checksum = check_schema(con, subject)
    versions = schema_versions()
    if 0 < newest < max(versions):
        keep_copy(newest)
    pending = {version: named for version, named in versions.items() if version > newest}
    for version, (name, sql) in pending.items():
        _apply(con, version, name, sql)
    views = _read("views")
    if pending or checksum != _sha256(views):
        _apply(con, 0, "views", views)


def check_schema(
    con: duckdb.DuckDBPyConnection, subject: str, *, upgraded: bool = False
) -> tuple[int, str | None]:
    """Returns the schema version of the open file (0 for an empty one) and the checksum of its views.

    Raises WarehouseError if this release cannot use the file; with `upgraded` also
    if it must be upgraded first.
    """
    applied = {version: (name, sha256) for version, name, sha256 in con.execute(_APPLIED).fetchall()}
    newest, known = max(applied, default=0), max(schema_versions())
    if applied.get(1, ("", ""))[0] == _BEFORE_FIRST_RELEASE:
        raise WarehouseError(
            subject,
            "was written before the first release, 0.1.0, and cannot be upgraded. Move it away or name "
            "another home; docs/operators/index.md (Upgrading) shows how to import its articles.",
        )
    if newest > known:
        raise WarehouseError(
            subject, f"has schema version {newest}, this release knows {known}. Install the newer release."
        )
    if upgraded and newest < known:
        raise WarehouseError(
            subject, "was last written by an older release. `watchfloor enrich` upgrades it."
        )
    return newest, applied[0][1] if 0 in applied else None


def schema_versions() -> dict[int, tuple[str, str]]:
    """Returns the name and the SQL of every schema version, in order."""
    migrations = files("warehouse.store").joinpath("schema", "migrations")
    later = sorted(migrations.iterdir(), key=lambda file: file.name) if migrations.is_dir() else []
    first = "CREATE SCHEMA store;\n" + _read("schema")
    return {1: ("schema", first)} | {
        int(file.name[:4]): (file.name, file.read_text("utf-8")) for file in later
    }


def _read(folder: str) -> str:
    sql = files("warehouse.store").joinpath(folder)
    return "\n".join(sql.joinpath(f"{subject}.sql").read_text("utf-8") for subject in SUBJECTS)


def _apply(con: duckdb.DuckDBPyConnection, version: int, name: str, sql: str) -> None:
    con.begin()
    try:
        con.execute(sql)
        con.execute(
            "INSERT OR REPLACE INTO main.schema_migrations (version, name, sha256) "
            "VALUES ($version, $name, $sha256)",
            {"version": version, "name": name, "sha256": _sha256(sql)},
        )
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
