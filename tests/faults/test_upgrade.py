"""A trial migration after the newest one: it fails, is killed, has no room, or has not run yet."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from fakes import NOW
from paths import ROOT, TESTS
from typer.testing import CliRunner, Result

from flows.cli import app
from warehouse.errors import WarehouseError
from warehouse.snapshot.api import open_snapshot
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store import migrate
from warehouse.store.db import open_read_only, open_warehouse

NEWEST = migrate.newest_version()
NEXT = NEWEST + 1
TRIAL = """
ALTER TABLE store.articles ADD COLUMN trial VARCHAR;
UPDATE store.articles SET trial = title;
CREATE TABLE store.trials (x INTEGER);
"""


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in this release's schema with rows in every table."""
    released = max((TESTS / "releases").glob("schema-*.duckdb.gz"), key=lambda path: path.name)
    home = tmp_path_factory.mktemp("newest")
    path = home / "warehouse.duckdb"
    path.write_bytes(gzip.decompress(released.read_bytes()))
    with open_warehouse(path):
        pass
    for copy in home.glob("warehouse.schema-*"):
        copy.unlink()
    return home


@pytest.fixture
def home(newest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(newest, tmp_path / "home"))


def next_release(monkeypatch: pytest.MonkeyPatch, sql: str = TRIAL) -> None:
    versions = migrate.schema_versions() | {NEXT: (f"{NEXT:04}_trial.sql", sql)}
    monkeypatch.setattr(migrate, "schema_versions", lambda: versions)


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours, the ledger's too."""
    with open_read_only(path, any_schema=True) as con:
        names = con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1"
        ).fetchall()
        return {name: con.execute(f"FROM {name} ORDER BY ALL").fetchall() for (name,) in names}


def schema_of(path: Path) -> int:
    with open_read_only(path, any_schema=True) as con:
        return migrate.read_schema(con, str(path)).version


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def test_upgrade_says_what_it_does_and_keeps_a_private_copy(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse, copy = home / "warehouse.duckdb", home / f"warehouse.schema-{NEWEST}.duckdb"
    (home / "warehouse.schema-0.duckdb").write_bytes(b"of the upgrade before")
    before, checksum = contents(warehouse), hashlib.sha256(warehouse.read_bytes()).hexdigest()
    next_release(monkeypatch)
    with open_warehouse(warehouse) as con:
        assert con.execute("SELECT count(*) FROM store.articles WHERE trial = title").fetchone() == (
            len(before["store.articles"]),
        )
    assert caplog.messages == [
        f"{warehouse} has schema {NEWEST}: copying it to {copy}, then upgrading it",
        f"warehouse of schema {NEWEST} upgraded to schema {NEXT}, copy of the older file at {copy}",
    ]
    assert (hashlib.sha256(copy.read_bytes()).hexdigest(), copy.stat().st_mode & 0o777) == (checksum, 0o600)
    assert contents(copy) == before
    assert [path.name for path in home.glob("warehouse.schema-*")] == [copy.name]
    caplog.clear()
    with open_warehouse(warehouse):
        assert caplog.messages == []


def test_upgrade_of_a_restored_file_copies_that_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy of an earlier upgrade is in its place already."""
    copy = home / f"warehouse.schema-{NEWEST}.duckdb"
    copy.write_bytes(b"of an upgrade before the file was restored")
    before = contents(home / "warehouse.duckdb")
    next_release(monkeypatch)
    with open_warehouse(home / "warehouse.duckdb"):
        pass
    assert contents(copy) == before


def test_failing_migration_leaves_the_file_as_it_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = home / "warehouse.duckdb"
    before = contents(warehouse)
    with monkeypatch.context() as patch:
        next_release(patch, TRIAL + "SELECT * FROM nowhere")
        with pytest.raises(WarehouseError, match=r"nowhere.*is kept"), open_warehouse(warehouse):
            pass
    assert contents(warehouse) == before
    next_release(monkeypatch)
    with open_warehouse(warehouse):
        pass
    assert schema_of(warehouse) == NEXT


def test_a_second_version_that_fails_takes_the_first_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the copy would be of a schema that no release has."""
    warehouse = home / "warehouse.duckdb"
    before = contents(warehouse)
    next_release(monkeypatch)
    both = migrate.schema_versions() | {NEXT + 1: ("broken.sql", "SELECT * FROM nowhere")}
    monkeypatch.setattr(migrate, "schema_versions", lambda: both)
    with pytest.raises(WarehouseError, match="nowhere"), open_warehouse(warehouse):
        pass
    assert contents(warehouse) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse.store import db, migrate

def fatal(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

versions = migrate.schema_versions() | {{ {next}: ("trial.sql", {sql!r}) }}
migrate.schema_versions = lambda: versions
{kill}
with db.open_warehouse(Path(sys.argv[1])):
    pass
"""
KILLS = {
    "after the copy": "db.sync = fatal",
    "in the middle": (
        "real = migrate.sha256\n"
        f"migrate.sha256 = lambda sql: fatal() if sql == versions[{NEXT}][1] else real(sql)"
    ),
    "after the commit": "db._upgrade = lambda con, path, real=db._upgrade: (real(con, path), fatal())",
}


@pytest.mark.slow
@pytest.mark.parametrize("when", KILLS)
def test_killed_upgrade_leaves_the_older_or_the_newer_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    warehouse = home / "warehouse.duckdb"
    before = contents(warehouse)
    script = KILLED.format(next=NEXT, sql=TRIAL, kill=KILLS[when])
    done = subprocess.run(
        [sys.executable, "-c", script, str(warehouse)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -9, done.stderr
    next_release(monkeypatch)
    if when == "after the commit":
        assert schema_of(warehouse) == NEXT
    else:
        assert contents(warehouse) == before
    with open_warehouse(warehouse) as con:
        assert con.execute("SELECT count(*) FROM store.articles WHERE trial = title").fetchone() == (
            len(before["store.articles"]),
        )
    assert contents(home / f"warehouse.schema-{NEWEST}.duckdb") == before


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", disk]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("mounting a disk needs root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("room", ["none", "for the copy only"])
def test_full_disk_leaves_the_older_file(
    newest: Path, disk: Path, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    warehouse = Path(shutil.copy(newest / "warehouse.duckdb", disk))
    before, size = contents(warehouse), warehouse.stat().st_size
    large = TRIAL + "CREATE TABLE store.large AS SELECT hash(range) AS x FROM range(10_000_000);"
    free = 1_000_000 if room == "none" else size + 8_000_000
    subprocess.run(["mount", "-o", f"remount,size={size + free}", disk], check=True)
    with monkeypatch.context() as patch:
        next_release(patch, large)
        with (
            pytest.raises(WarehouseError, match=r"No space left on device.*Make room"),
            open_warehouse(warehouse),
        ):
            pass
    assert contents(warehouse) == before
    assert list(disk.glob(".*")) == []
    subprocess.run(["mount", "-o", "remount,size=400m", disk], check=True)
    next_release(monkeypatch, large)
    with open_warehouse(warehouse) as con:
        assert con.execute("SELECT count(*) FROM store.large").fetchone() == (10_000_000,)
    assert contents(disk / f"warehouse.schema-{NEWEST}.duckdb") == before


@pytest.mark.parametrize("command", ["trends", "story show 1", "sources health", "verify issue.json"])
def test_reading_before_the_upgrade_names_both_schemas_and_the_next_step(
    home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    next_release(monkeypatch)
    done = watchfloor(home, *command.split())
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    assert done.stderr == (
        f"watchfloor: {home}/warehouse.duckdb: has schema {NEWEST}, this release has {NEXT}. `watchfloor "
        "run` or `watchfloor enrich` upgrades it, and keeps a copy of the older file.\n"
    )
    assert schema_of(home / "warehouse.duckdb") == NEWEST


@pytest.mark.slow
def test_doctor_before_the_upgrade_says_that_the_next_run_does_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_release(monkeypatch)
    (line,) = (line for line in watchfloor(home, "doctor").stdout.splitlines() if "  warehouse" in line)
    assert line.startswith("ok ")
    assert f"schema {NEWEST}" in line
    assert f"the next run upgrades it to schema {NEXT} and keeps a copy" in line


def publish_older(home: Path) -> None:
    """A snapshot of an older release: not the newest schema in its ledger, no view feeds, a column less."""
    publish_snapshot(home / "warehouse.duckdb", home / "snapshot.duckdb", NOW, 1)
    snapshot = (home / "snapshot.duckdb").resolve()
    snapshot.chmod(0o600)
    with duckdb.connect(snapshot) as con:
        con.execute(f"DELETE FROM schema_migrations WHERE version = {NEWEST}")
        con.execute("ALTER TABLE store.search_postings DROP COLUMN weights; DROP VIEW feeds")


@pytest.mark.slow
def test_older_snapshot_answers_what_it_can_and_else_says_that_it_is_older(home: Path) -> None:
    publish_older(home)
    answered = watchfloor(home, "sql", "SELECT count(*) AS n FROM articles", "--format", "csv")
    assert answered.exit_code == 0, answered.output
    older = f"has schema {NEWEST - 1}, this release has {NEWEST}. `watchfloor publish`"
    lacking = watchfloor(home, "sql", "FROM feeds")
    assert (lacking.exit_code, older in lacking.stderr) == (1, True), lacking.output
    with pytest.raises(WarehouseError, match=older), open_snapshot(home / "snapshot.duckdb") as snapshot:
        snapshot.arrow("SELECT source_id FROM feeds")
    without_index = watchfloor(home, "search", "rule", "--mode", "keyword")
    assert (without_index.exit_code, "Publish it anew" in without_index.stderr) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["enrich", "maintain", "publish", "story merge 1 2 --why x"])
def test_file_of_a_newer_release_is_refused_with_the_next_step(home: Path, command: str) -> None:
    with open_warehouse(home / "warehouse.duckdb") as con:
        con.execute("INSERT INTO schema_migrations VALUES (99, '0099_future.sql', 'x', '2030-01-01')")
    before = contents(home / "warehouse.duckdb")
    for words in (command.split(), ["status"]):
        done = watchfloor(home, *words)
        assert done.exit_code == 1, done.output
        assert f"has schema 99, this release has {NEWEST}. Install the newer release again" in done.output
    assert contents(home / "warehouse.duckdb") == before


@pytest.mark.slow
def test_backup_of_a_newer_release_is_refused_and_nothing_is_replaced(home: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(home, tmp_path / "other"))
    with open_warehouse(other / "warehouse.duckdb") as con:
        con.execute("CREATE TABLE store.newer (x INTEGER)")
    assert watchfloor(other, "backup", str(tmp_path / "backups")).exit_code == 0
    (folder,) = (tmp_path / "backups").iterdir()
    before = contents(home / "warehouse.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "newest_version", lambda: NEWEST - 1)
        refused = watchfloor(home, "restore", str(folder))
    assert refused.exit_code == 1
    assert f"has schema {NEWEST}, this release has {NEWEST - 1}" in refused.stderr
    assert list(home.glob("*before-restore*")) == []
    assert contents(home / "warehouse.duckdb") == before
