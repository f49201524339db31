"""Publishing: readers never see an error or half a state, and a failure leaves the last snapshot standing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from fakes import article, save

from warehouse import snapshot as module
from warehouse.db import open_read_only, open_warehouse
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.snapshot import publish_snapshot

ROOT = Path(__file__).parents[1]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        save(con, article("First"))
    return path


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.duckdb"


def titles(path: Path) -> list[str]:
    with open_read_only(path) as con:
        return [title for (title,) in con.execute("SELECT title FROM articles ORDER BY title").fetchall()]


def add(warehouse: Path, title: str) -> None:
    with open_warehouse(warehouse) as con:
        save(con, article(title))


def test_snapshot_has_what_the_warehouse_has(warehouse: Path, snapshot: Path) -> None:
    publish_snapshot(warehouse, snapshot)
    assert titles(snapshot) == titles(warehouse) == ["First"]


def test_snapshot_needs_nothing_but_duckdb(warehouse: Path, snapshot: Path) -> None:
    publish_snapshot(warehouse, snapshot)
    with duckdb.connect(snapshot, read_only=True) as con:
        assert con.execute("SELECT count(*) FROM articles").fetchone() == (1,)
        assert con.execute("SELECT count(*) FROM counted_articles(TIMESTAMP '2030-01-01')").fetchone() == (0,)


def test_snapshot_stands_alone_in_its_folder(warehouse: Path, snapshot: Path) -> None:
    publish_snapshot(warehouse, snapshot)
    assert sorted(path.name for path in snapshot.parent.iterdir()) == ["snapshot.duckdb", "warehouse.duckdb"]


def test_publishing_again_takes_the_place_of_the_last(warehouse: Path, snapshot: Path) -> None:
    publish_snapshot(warehouse, snapshot)
    add(warehouse, "Second")
    assert titles(snapshot) == ["First"]
    publish_snapshot(warehouse, snapshot)
    assert titles(snapshot) == ["First", "Second"]


def test_reader_of_the_old_snapshot_goes_on(warehouse: Path, snapshot: Path) -> None:
    publish_snapshot(warehouse, snapshot)
    with open_read_only(snapshot) as reader:
        add(warehouse, "Second")
        publish_snapshot(warehouse, snapshot)
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)


READER = """
import sys
from pathlib import Path
import duckdb
stop, last, stopping = Path(sys.argv[2]), 0, False
print("reading", flush=True)
while not stopping:
    stopping = stop.exists()  # asked before the read, so that the last read comes after the last publication
    with duckdb.connect(sys.argv[1], read_only=True) as con:
        articles, sources = con.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM sources)").fetchone()
    assert articles == sources, f"torn: {articles} articles, {sources} sources"
    assert articles >= last, f"went back from {last} to {articles}"
    last = articles
print(last)
"""


def test_readers_in_a_loop_see_no_error_and_no_torn_state_while_publishing(
    warehouse: Path, snapshot: Path, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    publish_snapshot(warehouse, snapshot)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(snapshot), str(stop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    try:
        for number in range(5):
            with open_warehouse(warehouse) as con:
                save(con, article(f"Number {number}", feed=f"feed-{number}"))
            publish_snapshot(warehouse, snapshot)
    finally:
        stop.touch()
        printed, errors = reader.communicate()
    assert (reader.returncode, printed) == (0, "6\n"), errors


def test_failed_copy_keeps_the_old_snapshot_and_leaves_no_litter(
    warehouse: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_snapshot(warehouse, snapshot)
    add(warehouse, "Second")
    half = "import sys; open(sys.argv[2], 'wb').write(b'half'); raise OSError(28, 'No space left on device')"
    monkeypatch.setattr(module, "_COPY", half)
    with pytest.raises(WarehouseError, match=r"No space left on device.*The last snapshot still stands"):
        publish_snapshot(warehouse, snapshot)
    assert titles(snapshot) == ["First"]
    assert sorted(path.name for path in snapshot.parent.iterdir()) == ["snapshot.duckdb", "warehouse.duckdb"]


def test_unsound_copy_is_not_published(warehouse: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_snapshot(warehouse, snapshot)
    add(warehouse, "Second")
    monkeypatch.setattr(module, "_COPY", "import sys; open(sys.argv[2], 'wb').write(b'half' * 9999)")
    with pytest.raises(WarehouseError, match="The last snapshot still stands"):
        publish_snapshot(warehouse, snapshot)
    assert titles(snapshot) == ["First"]


def test_write_ahead_log_that_someone_left_beside_the_last_snapshot_does_not_spoil_the_next(
    warehouse: Path, snapshot: Path
) -> None:
    publish_snapshot(warehouse, snapshot)
    scribble = (
        "import duckdb, os, sys; con = duckdb.connect(sys.argv[1]); "
        "con.execute(\"INSERT INTO store.stories (story_id, created_at) VALUES (1, '2026-01-01')\"); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", scribble, str(snapshot)], check=False)
    assert snapshot.with_name("snapshot.duckdb.wal").exists()
    publish_snapshot(warehouse, snapshot)
    assert not snapshot.with_name("snapshot.duckdb.wal").exists()
    with open_read_only(snapshot) as con:
        assert con.execute("SELECT count(*) FROM store.stories").fetchone() == (0,)


def test_leavings_of_a_killed_publisher_are_cleared_by_the_next(warehouse: Path, snapshot: Path) -> None:
    kill = "import os, sys; open(sys.argv[2], 'wb').write(b'half'); os.kill({}, 9)"
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom warehouse import snapshot\n"
        f"snapshot._COPY = {kill!r}.format(os.getpid())\n"
        "snapshot.publish_snapshot(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(warehouse), str(snapshot)], cwd=ROOT, check=False)
    assert done.returncode == -9
    publish_snapshot(warehouse, snapshot)
    assert sorted(path.name for path in snapshot.parent.iterdir()) == ["snapshot.duckdb", "warehouse.duckdb"]


def test_older_copy_never_takes_the_place_of_a_newer(
    warehouse: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module._verify

    def slow(fresh: Path) -> None:
        # While a copy is verified, another process tries to add something and to publish it.
        command = "from pathlib import Path; import sys; from warehouse.db import open_warehouse\nwith open_warehouse(Path(sys.argv[1])): pass"
        done = subprocess.run(
            [sys.executable, "-c", command, str(warehouse)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert WarehouseBusyError.__name__ in done.stderr
        real(fresh)

    monkeypatch.setattr(module, "_verify", slow)
    publish_snapshot(warehouse, snapshot)
    assert titles(snapshot) == ["First"]


def test_warehouse_in_use_is_not_published(warehouse: Path, snapshot: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()",
            str(warehouse),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(WarehouseBusyError):
        publish_snapshot(warehouse, snapshot)
    holder.communicate()
    assert not snapshot.exists()
