"""A populated warehouse of every released schema opens with this release, and no row of it is lost."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import duckdb
import pytest
from fakes import article, save
from paths import ROOT, TESTS

from warehouse.store import migrate
from warehouse.store.db import open_read_only, open_warehouse

RELEASES = sorted((TESTS / "releases").glob("schema-*.duckdb.gz"))
# Tables whose rows a later schema drops or splits on purpose: (schema, table). Say why.
ROWS_CHANGED: set[tuple[int, str]] = set()


def version_of(release: Path) -> int:
    return int(re.findall(r"\d+", release.name)[0])


@pytest.fixture(params=RELEASES, ids=lambda release: f"schema {version_of(release)}")
def release(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def older(release: Path, tmp_path: Path) -> Path:
    """The warehouse of an older release, in a home of its own."""
    path = tmp_path / "home" / "warehouse.duckdb"
    path.parent.mkdir()
    path.write_bytes(gzip.decompress(release.read_bytes()))
    return path


def rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'store' ORDER BY 1")
    counts = {}
    for (name,) in names.fetchall():
        counts[name] = con.sql(f"FROM store.{name}").shape[0]
    return counts


def rows_of(path: Path) -> dict[str, int]:
    with open_read_only(path, any_schema=True) as con:
        return rows(con)


def test_every_released_schema_has_its_warehouse() -> None:
    sections = (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")
    released = "".join(one for one in sections if re.match(r"\d+\.\d+\.\d+ \(\d{4}-", one))
    named = {int(version) for version in re.findall(r"Schema version (\d+)", released)}
    assert {version_of(release) for release in RELEASES} >= named >= {1}


def test_every_table_of_it_has_a_row(older: Path) -> None:
    assert [name for name, count in rows_of(older).items() if not count] == []


def test_released_schema_files_are_never_edited(older: Path) -> None:
    """Its ledger has the checksums of the files that made it."""
    with open_read_only(older, any_schema=True) as con:
        made_by = con.execute(
            "SELECT version, name, sha256 FROM schema_migrations WHERE version > 0 ORDER BY 1"
        )
        shipped = migrate.schema_versions()
        assert [
            (version, name, sha256 == migrate.sha256(shipped[version][1]))
            for version, name, sha256 in made_by.fetchall()
        ] == [(version, shipped[version][0], True) for version in range(1, version_of_file(older) + 1)]


def version_of_file(path: Path) -> int:
    with open_read_only(path, any_schema=True) as con:
        return migrate.read_schema(con, str(path)).version


def test_opening_upgrades_it_keeps_its_rows_and_leaves_a_copy(older: Path) -> None:
    version, before = version_of_file(older), rows_of(older)
    checksum = hashlib.sha256(older.read_bytes()).hexdigest()
    with open_warehouse(older) as con:
        assert migrate.read_schema(con, str(older)).version == migrate.newest_version()
        after = rows(con)
        save(con, article("A rule of tomorrow"))
        assert con.execute("SELECT count(*) FROM articles").fetchone() == (before["articles"] + 1,)
    assert {name: count for name, count in before.items() if after.get(name) != count} == {
        name: before[name] for schema, name in ROWS_CHANGED if schema > version
    }
    copies = list(older.parent.glob("warehouse.schema-*.duckdb"))
    if version == migrate.newest_version():
        assert copies == []
    else:
        (copy,) = copies
        assert copy.name == f"warehouse.schema-{version}.duckdb"
        assert (hashlib.sha256(copy.read_bytes()).hexdigest(), rows_of(copy)) == (checksum, before)


def test_every_view_of_it_can_be_read_after_the_upgrade(older: Path) -> None:
    with open_warehouse(older) as con:
        views = con.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY 1"
        ).fetchall()
        for (view,) in views:
            con.execute(f"FROM {view}").fetchone()
        assert len(views) > 20


def test_it_has_the_tables_of_a_new_file_column_by_column(
    older: Path, con: duckdb.DuckDBPyConnection
) -> None:
    columns = """
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM duckdb_columns()
    WHERE schema_name = 'store' ORDER BY ALL
    """
    with open_warehouse(older) as upgraded:
        assert upgraded.execute(columns).fetchall() == con.execute(columns).fetchall()
