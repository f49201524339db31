"""Opening the warehouse: made, migrated, locked, refused."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest
from fakes import at
from paths import ROOT

from sources.archives.archive import read_archive
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store import migrate
from warehouse.store.db import from_db, open_for_reading, open_read_only, open_warehouse, to_db, transaction

HOLDER = """
import sys
from pathlib import Path
from warehouse.store.db import {opener}
with {opener}(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path: Path, opener: str = "open_warehouse") -> Iterator[None]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(opener=opener), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "open\n"
        yield
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()


def tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'store'"
    return {name for (name,) in con.execute(query).fetchall()}


VERSIONS = list(migrate.schema_versions())
BROKEN = ("0002_broken.sql", "CREATE TABLE store.half (x INTEGER); SELECT * FROM nowhere")


def ledger(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute("FROM main.schema_migrations ORDER BY version").fetchall()


def test_missing_warehouse_is_made_with_its_folders(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "new" / "home" / "warehouse.duckdb") as con:
        assert {"articles", "vectors", "stories", "fetches", "issues"} <= tables(con)


def test_ledger_names_every_version_and_the_views(con: duckdb.DuckDBPyConnection) -> None:
    assert [row[1] for row in ledger(con)] == [
        "views",
        *(name for name, _ in migrate.schema_versions().values()),
    ]


def test_versions_are_numbered_without_a_gap() -> None:
    assert list(range(1, len(VERSIONS) + 1)) == VERSIONS


def test_no_two_migrations_have_one_number() -> None:
    migrations = files("warehouse.store").joinpath("schema", "migrations").iterdir()
    names = sorted(one.name for one in migrations)
    assert [int(name[:4]) for name in names] == list(range(2, 2 + len(names))), names


@pytest.mark.parametrize("folder", ["schema", "views"])
def test_every_file_of_the_schema_has_its_place_in_the_order(folder: str) -> None:
    """A subject of a later version, like threads, has its tables in a migration and no file in `schema`."""
    shipped = files("warehouse.store").joinpath(folder).iterdir()
    later = {"threads"} if folder == "schema" else set()
    named = {one.name.removesuffix(".sql") for one in shipped} - {"migrations"}
    assert named == set(migrate.SUBJECTS) - later


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        first = ledger(con)
    with open_warehouse(path) as con:
        assert ledger(con) == first


def test_views_are_laid_anew_when_their_text_changed(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute("CREATE OR REPLACE VIEW articles AS SELECT 1 AS nonsense")
        con.execute("UPDATE main.schema_migrations SET sha256 = 'of an older release' WHERE version = 0")
    with open_warehouse(path) as con:
        assert con.execute("SELECT count(article_id) FROM articles").fetchone() == (0,)


def test_failed_migration_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "warehouse.duckdb"
    versions = migrate.schema_versions()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "schema_versions", lambda: versions | {2: BROKEN})
        with pytest.raises(WarehouseError, match="nowhere"), open_warehouse(path):
            pass
    with open_warehouse(path) as con:
        assert "half" not in tables(con)
        assert [row[0] for row in ledger(con)] == [0, *VERSIONS]


def test_trouble_inside_names_the_file_and_keeps_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with (
        pytest.raises(WarehouseError, match=r"warehouse\.duckdb: DuckDB failed.*is kept"),
        open_warehouse(path) as con,
    ):
        con.execute("CREATE TABLE store.kept AS SELECT 1 AS x")
        con.execute("SELECT * FROM nowhere")
    with open_warehouse(path) as con:
        assert "kept" in tables(con)


@pytest.mark.parametrize("said", ["No space left on device", "Could not write file: No space left on device"])
def test_full_disk_is_called_one(tmp_path: Path, said: str) -> None:
    with (
        pytest.raises(WarehouseError, match=r"the disk is full.*Make room"),
        open_warehouse(tmp_path / "w.duckdb"),
    ):
        raise duckdb.TransactionException(said)


def test_newer_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute("INSERT INTO main.schema_migrations VALUES (99, '0099_future.sql', 'x', '2030-01-01')")
    with (
        pytest.raises(WarehouseError, match=r"has schema 99.*Install the newer release"),
        open_warehouse(path),
    ):
        pass
    with open_read_only(path, any_schema=True) as con:
        assert [row[0] for row in ledger(con)] == [0, *VERSIONS, 99]


@pytest.mark.slow
@pytest.mark.parametrize("opener", ["open_warehouse", "open_read_only"])
def test_second_process_is_told_that_the_warehouse_is_busy(tmp_path: Path, opener: str) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path):
        pass
    with held_by_another_process(path, opener):
        with (
            pytest.raises(WarehouseBusyError, match="another process has it open") as caught,
            open_warehouse(path),
        ):
            pass
        assert caught.value.retryable
    with open_warehouse(path) as con:
        assert con.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04" * 10_000], ids=["empty", "short", "long"])
def test_garbage_is_no_warehouse(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "garbage.duckdb"
    path.write_bytes(content)
    with pytest.raises(WarehouseError, match=r"garbage\.duckdb") as caught, open_warehouse(path):
        pass
    assert not caught.value.retryable
    assert path.read_bytes() == content


def test_garbage_in_a_path_that_speaks_of_locks_is_not_taken_for_a_busy_warehouse(tmp_path: Path) -> None:
    path = tmp_path / "clock" / "blocked.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"garbage" * 10_000)
    with pytest.raises(WarehouseError) as caught, open_warehouse(path):
        pass
    assert not isinstance(caught.value, WarehouseBusyError)


def test_folder_that_cannot_be_made_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "warehouse.duckdb"
    with pytest.raises(WarehouseError, match="cannot be created"), open_warehouse(path):
        pass


def test_missing_file_is_not_made_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "none.duckdb"
    with pytest.raises(WarehouseError, match="cannot be opened"), open_read_only(path):
        pass
    assert not path.exists()


def test_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path):
        pass
    with open_read_only(path) as con, pytest.raises(duckdb.InvalidInputException):
        con.execute("DELETE FROM store.articles")


def test_transaction_keeps_all_or_nothing(con: duckdb.DuckDBPyConnection) -> None:
    with transaction(con):
        con.execute("INSERT INTO store.stories (story_id, created_at) VALUES (1, '2026-01-01')")
    with pytest.raises(KeyboardInterrupt), transaction(con):
        con.execute("INSERT INTO store.stories (story_id, created_at) VALUES (2, '2026-01-01')")
        raise KeyboardInterrupt
    assert con.execute("SELECT story_id FROM store.stories").fetchall() == [(1,)]


def test_transaction_goes_on_after_a_statement_failed(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ConstraintException), transaction(con):
        con.execute("INSERT INTO store.stories (story_id, created_at) VALUES (1, NULL)")
    with transaction(con):
        con.execute("INSERT INTO store.stories (story_id, created_at) VALUES (1, '2026-01-01')")
    assert con.execute("SELECT count(*) FROM store.stories").fetchone() == (1,)


def test_times_are_stored_as_naive_utc_and_come_back_aware() -> None:
    east = at("2026-08-12T09:30").astimezone(timezone(timedelta(hours=9)))
    stored = to_db(east)
    assert stored == at("2026-08-12T09:30").replace(tzinfo=None)
    assert from_db(stored) == east
    assert (to_db(None), from_db(None)) == (None, None)


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A warehouse of 27 articles, written by commit 8edea77 in the tenth schema from before 0.1.0."""
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(gzip.decompress(Path(__file__).with_name("old_schema.duckdb.gz").read_bytes()))
    return path


def test_file_from_before_the_first_release_is_refused_and_left_as_it_is(old_file: Path) -> None:
    with (
        pytest.raises(
            WarehouseError, match=r"warehouse\.duckdb: was written before the first release, 0\.1\.0"
        ) as caught,
        open_warehouse(old_file),
    ):
        pass
    assert "name another home" in str(caught.value)
    with open_read_only(old_file, any_schema=True) as con:
        assert max(row[0] for row in ledger(con)) == 10
        assert con.execute("SELECT count(*) FROM articles").fetchone() == (27,)


def test_query_that_such_a_file_cannot_answer_says_so_too(old_file: Path) -> None:
    with (
        pytest.raises(WarehouseError, match="written before the first release"),
        open_read_only(old_file, any_schema=True) as con,
    ):
        con.execute("FROM store.classifications")


@pytest.mark.slow
def test_live_warehouse_is_read_or_else_its_snapshot_while_it_is_written(tmp_path: Path) -> None:
    live, snapshot = tmp_path / "warehouse.duckdb", tmp_path / "snapshot.duckdb"
    with pytest.raises(WarehouseError, match="watchfloor ingest"), open_for_reading(live, snapshot):
        pass
    for path in (live, snapshot):
        with open_warehouse(path) as con:
            con.execute(f"CREATE TABLE store.name AS SELECT '{path.name}' AS name")
    with open_for_reading(live, snapshot) as con:
        assert con.execute("FROM store.name").fetchone() == (live.name,)
    with held_by_another_process(live):
        with open_for_reading(live, snapshot) as con:
            assert con.execute("FROM store.name").fetchone() == (snapshot.name,)
        snapshot.unlink()
        with pytest.raises(WarehouseBusyError), open_for_reading(live, snapshot):
            pass


def test_articles_of_such_a_file_can_be_imported_as_the_operators_page_says(old_file: Path) -> None:
    page = (ROOT / "docs" / "operators" / "index.md").read_text("utf-8")
    script = page.partition("<<'END'\n")[2].partition("END\n")[0].replace("OLD_HOME", ".")
    subprocess.run([sys.executable, "-c", script], cwd=old_file.parent, check=True)
    batches = list(read_archive(old_file.with_name("articles.jsonl"), at("2026-08-17")))
    assert sum(len(batch.parsed.articles) for batch in batches) == 27
    assert not any(batch.parsed.rejections for batch in batches)


FIRST_OPENING = """
import os, signal, sys
from pathlib import Path
from warehouse.store.db import open_warehouse
with open_warehouse(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_file_whose_first_opening_was_killed_opens_again(tmp_path: Path) -> None:
    """The log has every migration and view; DuckDB 1.5 cannot replay a function as a column's default."""
    path = tmp_path / "warehouse.duckdb"
    killed = subprocess.run([sys.executable, "-c", FIRST_OPENING, str(path)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    with open_read_only(path) as con:
        assert con.execute("SELECT count(*) FROM articles").fetchone() == (0,)
    with open_warehouse(path) as con:
        assert [row[0] for row in ledger(con)] == [0, *VERSIONS]
