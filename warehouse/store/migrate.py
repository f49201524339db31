"""Creates the schema of a new warehouse and upgrades that of an older one; keeps a ledger of versions.

Version 1 is `schema/*.sql`, the schema of release 0.1.0. A later version is one file
`schema/migrations/0002_NAME.sql`; a released file never changes. The views of `views/*.sql` are
replaced whenever their text changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

import duckdb

from warehouse.errors import SchemaError

# In this order: the views of a subject may use those of the subjects before it.
SUBJECTS = (
    "sources",
    "articles",
    "classifications",
    "extractions",
    "stories",
    "threads",
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
_HAS_LEDGER = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = 'schema_migrations'"
_APPLIED = "SELECT version, name, sha256 FROM main.schema_migrations ORDER BY version"
_RECORD = """
INSERT OR REPLACE INTO main.schema_migrations (version, name, sha256) VALUES ($version, $name, $sha256)
"""
_BEFORE_FIRST_RELEASE = "0001_first_schema.sql"  # the ledger's name of version 1 in files from before 0.1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The schema of an open file: its version, 0 for an empty file, and the checksum of its views."""

    version: int
    views: str | None


def migrate(
    con: duckdb.DuckDBPyConnection,
    subject: str,
    before_upgrade: Callable[[int], None] = lambda _version: None,
) -> int | None:
    """Brings the open file to the newest schema; returns the older version it had, if it was upgraded.

    Calls `before_upgrade` with that version first. All versions and the views are one transaction: the file
    has the newest schema or stays as it was. Raises WarehouseError for a file of a newer release, or of
    before the first one. Version 0 in the ledger has the checksum of the views.
    """
    schema, versions, views = read_schema(con, subject), schema_versions(), read_sql("views")
    pending = {version: named for version, named in versions.items() if version > schema.version}
    if not pending and schema.views == sha256(views):
        return None
    is_older = bool(pending) and schema.version > 0
    if is_older:
        before_upgrade(schema.version)
    con.begin()
    try:
        con.execute(_LEDGER)
        for version, (name, sql) in {**pending, 0: ("views", views)}.items():
            con.execute(sql)
            con.execute(_RECORD, {"version": version, "name": name, "sha256": sha256(sql)})
    except BaseException:
        con.rollback()
        raise
    con.commit()
    return schema.version if is_older else None


def read_schema(con: duckdb.DuckDBPyConnection, subject: str) -> Schema:
    """Returns the schema of the open file. Raises SchemaError if this release cannot use it."""
    rows = con.execute(_APPLIED).fetchall() if con.execute(_HAS_LEDGER).fetchall() else []
    applied = {version: (name, checksum) for version, name, checksum in rows}
    newest, known = max(applied, default=0), newest_version()
    if applied.get(1, ("", ""))[0] == _BEFORE_FIRST_RELEASE:
        raise SchemaError(
            subject,
            "was written before the first release, 0.1.0, and cannot be upgraded. Move it away or name "
            "another home; docs/operators/index.md (Upgrading) shows how to import its articles.",
        )
    if newest > known:
        raise SchemaError(
            subject,
            f"has schema {newest}, this release has {known}. Install the newer release again, or put a "
            "backup or the copy that the upgrade left in its place.",
        )
    return Schema(version=newest, views=applied[0][1] if 0 in applied else None)


def newest_version() -> int:
    """Returns the version of this release's schema."""
    return max(schema_versions())


def schema_versions() -> dict[int, tuple[str, str]]:
    """Returns the name and the SQL of every schema version, in order of their numbers, which are unique."""
    migrations = files("warehouse.store").joinpath("schema", "migrations")
    later = sorted(migrations.iterdir(), key=lambda file: file.name) if migrations.is_dir() else []
    first = "CREATE SCHEMA store;\n" + read_sql("schema")
    return {1: ("schema", first)} | {
        int(file.name[:4]): (file.name, file.read_text("utf-8")) for file in later
    }


def read_sql(folder: str) -> str:
    """Returns the files of `schema` or `views` as one text. A subject of a later version has no schema."""
    named = [files("warehouse.store").joinpath(folder, f"{subject}.sql") for subject in SUBJECTS]
    return "\n".join(file.read_text("utf-8") for file in named if file.is_file())


def sha256(text: str) -> str:
    """Returns the checksum by which the ledger knows a text."""
    return hashlib.sha256(text.encode()).hexdigest()
