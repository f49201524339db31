"""Backups: complete or absent, verified by checksum, restored over a lost home; migrations keep a copy."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from fakes import NOW, article, save

from warehouse.errors import WarehouseError
from warehouse.snapshot.backup import backup_names, read_backup, restore_backup, write_backup
from warehouse.store import migrate
from warehouse.store.db import open_read_only, open_warehouse

pytestmark = pytest.mark.slow

BESIDE = ("digests", "catalog.toml")


@pytest.fixture
def home(tmp_path: Path, empty_warehouse: Path) -> Path:
    """A home with an article, an issue and a feed list."""
    home = tmp_path / "home"
    (home / "digests").mkdir(parents=True)
    (home / "digests" / "2026-W33.md").write_text("# The week")
    (home / "catalog.toml").write_text("# feeds")
    shutil.copy(empty_warehouse, home / "warehouse.duckdb")
    with open_warehouse(home / "warehouse.duckdb") as con:
        save(con, article("A rule"))
    return home


def titles(path: Path) -> list[tuple[str]]:
    with open_read_only(path) as con:
        return con.execute("SELECT title FROM articles ORDER BY title").fetchall()


def test_a_home_that_is_lost_comes_back_with_issues_and_feed_list(home: Path, tmp_path: Path) -> None:
    write_backup(home / "warehouse.duckdb", BESIDE, tmp_path / "backups", NOW, keep=3)
    shutil.rmtree(home)
    restored = restore_backup(tmp_path / "backups", home / "warehouse.duckdb", NOW)
    assert titles(home / "warehouse.duckdb") == [("A rule",)]
    assert (home / "digests" / "2026-W33.md").read_text() == "# The week"
    assert (home / "catalog.toml").read_text() == "# feeds"
    assert restored.manifest.views["articles"] == 1


def test_backup_holds_every_view_as_parquet(home: Path, tmp_path: Path) -> None:
    backup = write_backup(home / "warehouse.duckdb", BESIDE, tmp_path / "backups", NOW, keep=3)
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT title FROM read_parquet('{backup.folder}/parquet/articles/*/*.parquet')"
        ).fetchall()
    assert rows == [("A rule",)]


def test_what_stood_in_the_place_of_a_backup_is_moved_aside(home: Path, tmp_path: Path) -> None:
    path = home / "warehouse.duckdb"
    write_backup(path, BESIDE, tmp_path / "backups", NOW, keep=3)
    with open_warehouse(path) as con:
        save(con, article("A later rule"))
    restore_backup(tmp_path / "backups", path, NOW)
    assert titles(path) == [("A rule",)]
    (aside,) = home.glob("warehouse.duckdb.before-restore-*")
    assert titles(aside) == [("A later rule",), ("A rule",)]


def test_old_backups_are_dropped_and_other_files_left_alone(home: Path, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    into.mkdir()
    (into / "keep.txt").write_text("mine")
    for day in range(4):
        last = write_backup(home / "warehouse.duckdb", BESIDE, into, NOW + timedelta(days=day), keep=2)
    assert backup_names(into) == ["20260819T060000Z", "20260820T060000Z"]
    assert last.dropped == ("20260818T060000Z",)
    assert (into / "keep.txt").exists()


@pytest.mark.parametrize("file", ["warehouse.duckdb", "home/catalog.toml"])
def test_a_backup_that_changed_is_refused_and_the_home_left_as_it_is(
    home: Path, tmp_path: Path, file: str
) -> None:
    backup = write_backup(home / "warehouse.duckdb", BESIDE, tmp_path / "backups", NOW, keep=3)
    with (backup.folder / file).open("r+b") as opened:
        opened.write(b"rotten")
    with pytest.raises(WarehouseError, match=r"is not the file that was backed up.*older backup"):
        restore_backup(tmp_path / "backups", home / "warehouse.duckdb", NOW)
    assert not list(home.glob("*before-restore*"))


def test_a_folder_without_a_backup_is_named(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="has no backup"):
        read_backup(tmp_path)


def test_backup_that_fails_leaves_nothing_and_the_earlier_ones(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "backups"
    write_backup(home / "warehouse.duckdb", BESIDE, into, NOW, keep=3)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.snapshot.backup.write_manifest", full)
    with pytest.raises(WarehouseError, match=r"No space left.*are unchanged"):
        write_backup(home / "warehouse.duckdb", BESIDE, into, NOW + timedelta(days=1), keep=3)
    assert [path.name for path in into.iterdir()] == ["20260817T060000Z"]


def test_upgrade_keeps_the_rows_and_leaves_a_copy_of_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, versions = tmp_path / "warehouse.duckdb", migrate.schema_versions()
    with open_warehouse(path) as con:
        save(con, article("A rule"))
    newest = max(versions)
    later = ("9999_notes.sql", "CREATE TABLE store.notes (note VARCHAR)")
    monkeypatch.setattr(migrate, "schema_versions", lambda: versions | {newest + 1: later})
    with open_warehouse(path) as con:
        assert con.execute("SELECT max(version) FROM main.schema_migrations").fetchone() == (newest + 1,)
        assert con.execute("SELECT count(*) FROM store.notes").fetchone() == (0,)
    assert titles(path) == [("A rule",)]
    (kept,) = tmp_path.glob("warehouse.schema-*.duckdb")
    assert kept.name == f"warehouse.schema-{newest}.duckdb"
    with open_read_only(kept, any_schema=True) as con:
        assert con.execute("SELECT max(version) FROM main.schema_migrations").fetchone() == (newest,)


def test_a_new_file_needs_no_copy(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb"):
        pass
    assert not list(tmp_path.glob("warehouse.schema-*"))
