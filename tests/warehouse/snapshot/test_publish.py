"""Publishing: readers never see an error or half a state, and a failure keeps the last snapshot."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fakes import NOW, article, at, place, save
from paths import ROOT

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.snapshot import publish as module
from warehouse.snapshot.manifest import Manifest, read_manifest
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store import atomic_files
from warehouse.store.db import open_read_only, open_warehouse
from warehouse.store.migrate import newest_version

pytestmark = pytest.mark.slow


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        save(con, article("First"))
    return path


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.duckdb"


def publish(warehouse: Path, snapshot: Path, now: datetime = NOW, keep_days: int = 7) -> Manifest:
    return publish_snapshot(warehouse, snapshot, now, keep_days)


def found_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def titles(path: Path) -> list[str]:
    with open_read_only(path) as con:
        return [title for (title,) in con.execute("SELECT title FROM articles ORDER BY title").fetchall()]


def add(warehouse: Path, title: str) -> None:
    with open_warehouse(warehouse) as con:
        save(con, article(title))


def test_snapshot_has_what_the_warehouse_has(warehouse: Path, snapshot: Path) -> None:
    publish(warehouse, snapshot)
    assert titles(snapshot) == titles(warehouse) == ["First"]


def test_snapshot_needs_nothing_but_duckdb(warehouse: Path, snapshot: Path) -> None:
    publish(warehouse, snapshot)
    with duckdb.connect(snapshot, read_only=True) as con:
        assert con.execute("SELECT count(*) FROM articles").fetchone() == (1,)
        assert con.execute("SELECT count(*) FROM counted_articles(TIMESTAMP '2030-01-01')").fetchone() == (0,)


def test_weekly_series_is_counted_once_and_still_explained(warehouse: Path, snapshot: Path) -> None:
    with open_warehouse(warehouse) as con:
        place(con, article("Rule on chips", published=at("2026-07-01")))
        counted, columns = con.execute("FROM weekly_series").fetchall(), con.execute(_EXPLAINED).fetchall()
    publish(warehouse, snapshot)
    with open_read_only(snapshot) as con:
        assert con.execute("FROM weekly_series").fetchall() == counted != []
        assert con.execute(_EXPLAINED).fetchall() == columns
        assert con.execute("SELECT count(*) FROM store.weekly_series").fetchall() == [(len(counted),)]


_EXPLAINED = """
SELECT view_name, comment FROM duckdb_views() WHERE view_name = 'weekly_series'
UNION ALL SELECT column_name, comment FROM duckdb_columns()
WHERE table_name = 'weekly_series' AND schema_name = 'main'
"""


def test_snapshot_leaves_nothing_but_itself(warehouse: Path, snapshot: Path) -> None:
    name = publish(warehouse, snapshot).snapshot
    assert found_in(snapshot.parent) == ["snapshot.duckdb", "snapshots", "warehouse.duckdb"]
    assert found_in(snapshot.parent / "snapshots") == [".lock", name, "latest"]
    assert found_in(snapshot.parent / "snapshots" / name) == ["manifest.json", "parquet", "snapshot.duckdb"]


def test_publishing_again_takes_the_place_of_the_last(warehouse: Path, snapshot: Path) -> None:
    publish(warehouse, snapshot)
    add(warehouse, "Second")
    assert titles(snapshot) == ["First"]
    publish(warehouse, snapshot)
    assert titles(snapshot) == ["First", "Second"]


def test_reader_of_the_old_snapshot_goes_on(warehouse: Path, snapshot: Path) -> None:
    publish(warehouse, snapshot)
    with open_read_only(snapshot) as reader:
        add(warehouse, "Second")
        publish(warehouse, snapshot)
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)


READER = """
import json, sys
from pathlib import Path
import duckdb
home, last, stopping = Path(sys.argv[1]), 0, False
print("reading", flush=True)
while not stopping:
    # Checked before the read, so that the last read comes after the last publication.
    stopping = (home / "stop").exists()
    with duckdb.connect(home / "snapshot.duckdb", read_only=True) as con:
        counts = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM sources)"
        articles, sources = con.execute(counts).fetchone()
    assert articles == sources, f"torn: {articles} articles, {sources} sources"
    assert articles >= last, f"went back from {last} to {articles}"
    folder = (home / "snapshots" / "latest").resolve()  # once: what is read of one folder belongs together
    listed = json.loads((folder / "manifest.json").read_text())["views"]
    with duckdb.connect(folder / "snapshot.duckdb", read_only=True) as con:
        stored = con.execute("SELECT count(*) FROM articles").fetchone()[0]
        files = f"{folder}/parquet/articles/*/*.parquet"
        (rows,) = con.execute("SELECT count(*) FROM read_parquet($1)", [files]).fetchone()
    assert listed["articles"] == listed["sources"] == rows == stored >= articles, (listed, rows, stored)
    last = stored
print(last)
"""


def test_readers_in_a_loop_see_no_error_and_no_torn_state_while_publishing(
    warehouse: Path, snapshot: Path
) -> None:
    publish(warehouse, snapshot)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(snapshot.parent)],
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
            publish(warehouse, snapshot, NOW + timedelta(hours=number), keep_days=0)
    finally:
        (snapshot.parent / "stop").touch()
        printed, errors = reader.communicate()
    assert (reader.returncode, printed) == (0, "6\n"), errors


def test_failed_copy_keeps_the_old_snapshot_and_leaves_no_litter(
    warehouse: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(warehouse, snapshot)
    add(warehouse, "Second")
    half = "import sys; open(sys.argv[2], 'wb').write(b'half'); raise OSError(28, 'No space left on device')"
    monkeypatch.setattr(atomic_files, "_COPY", half)
    with pytest.raises(WarehouseError, match=r"No space left on device.*The last snapshot is unchanged"):
        publish(warehouse, snapshot)
    assert titles(snapshot) == ["First"]
    assert ".fresh" not in found_in(snapshot.parent / "snapshots")


def test_unsound_copy_is_not_published(
    warehouse: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(warehouse, snapshot)
    add(warehouse, "Second")
    monkeypatch.setattr(atomic_files, "_COPY", "import sys; open(sys.argv[2], 'wb').write(b'half' * 9999)")
    with pytest.raises(WarehouseError, match="The last snapshot is unchanged"):
        publish(warehouse, snapshot)
    assert titles(snapshot) == ["First"]


def test_write_ahead_log_that_someone_left_beside_the_last_snapshot_does_not_spoil_the_next(
    warehouse: Path, snapshot: Path
) -> None:
    publish(warehouse, snapshot)
    snapshot.chmod(0o644)
    scribble = (
        "import duckdb, os, sys; con = duckdb.connect(sys.argv[1]); "
        "con.execute(\"INSERT INTO store.stories (story_id, created_at) VALUES (1, '2026-01-01')\"); "
        "os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", scribble, str(snapshot)], check=False)
    assert snapshot.resolve().with_name("snapshot.duckdb.wal").exists()
    publish(warehouse, snapshot)
    assert not snapshot.resolve().with_name("snapshot.duckdb.wal").exists()
    with open_read_only(snapshot) as con:
        assert con.execute("SELECT count(*) FROM store.stories").fetchone() == (0,)


def test_leavings_of_a_killed_publisher_are_cleared_by_the_next(warehouse: Path, snapshot: Path) -> None:
    kill = "import os, sys; open(sys.argv[2], 'wb').write(b'half'); os.kill({}, 9)"
    script = (
        "import os, sys\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n"
        "from warehouse.store import atomic_files as copying\n"
        "from warehouse.snapshot import publish as snapshot\n"
        f"copying._COPY = {kill!r}.format(os.getpid())\n"
        "snapshot.publish_snapshot(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC), 7)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(warehouse), str(snapshot)], cwd=ROOT, check=False
    )
    assert done.returncode == -9
    publish(warehouse, snapshot)
    assert ".fresh" not in found_in(snapshot.parent / "snapshots")


def test_publishers_take_turns_and_flows_write_while_the_copy_is_made_ready(
    warehouse: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module._complete

    def slow(*given: Any) -> Manifest:
        add(warehouse, "Second")
        command = (
            "from datetime import UTC, datetime; from pathlib import Path; import sys; "
            "from warehouse.snapshot.publish import publish_snapshot\n"
            "publish_snapshot(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC), 7)"
        )
        done = subprocess.run(
            [sys.executable, "-c", command, str(warehouse), str(snapshot)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert WarehouseBusyError.__name__ in done.stderr
        return real(*given)

    monkeypatch.setattr(module, "_complete", slow)
    publish(warehouse, snapshot)
    assert titles(snapshot) == ["First"]
    assert titles(warehouse) == ["First", "Second"]


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
        publish(warehouse, snapshot)
    holder.communicate()
    assert not snapshot.exists()


def test_manifest_says_what_is_in_the_snapshot_and_of_what_it_was_made(
    warehouse: Path, snapshot: Path
) -> None:
    manifest = publish(warehouse, snapshot)
    assert manifest == read_manifest(snapshot.parent / "snapshots" / "latest")
    assert manifest.snapshot == "20260817T060000Z"
    assert manifest.published_at == "2026-08-17T06:00:00+00:00"
    assert manifest.watermark == "2026-08-12T01:00:00+00:00"
    assert manifest.schema_version == newest_version()
    assert (manifest.views["articles"], manifest.views["sources"], manifest.views["stories"]) == (1, 1, 0)


def test_manifest_of_an_empty_warehouse_has_no_watermark(empty_warehouse: Path, snapshot: Path) -> None:
    manifest = publish(empty_warehouse, snapshot)
    assert manifest.watermark is None
    assert set(manifest.views.values()) == {0}


def test_checksums_are_those_of_every_file(warehouse: Path, snapshot: Path) -> None:
    manifest = publish(warehouse, snapshot)
    folder = snapshot.parent / "snapshots" / manifest.snapshot
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files - {"manifest.json"} == set(manifest.files)
    for name, said in manifest.files.items():
        content = (folder / name).read_bytes()
        assert said == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_every_view_is_there_as_parquet_with_its_rows_and_columns(warehouse: Path, snapshot: Path) -> None:
    manifest = publish(warehouse, snapshot)
    with duckdb.connect(snapshot, read_only=True) as con:
        all_views = con.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
        ).fetchall()
        views = [
            name for (name,) in all_views if not name.startswith("search_")
        ]  # an index without its macros
        assert set(manifest.views) == set(views)
        for view in views:
            files = f"{snapshot.parent}/snapshots/latest/parquet/{view}/**/*.parquet"
            read = con.sql("SELECT * FROM read_parquet($1, hive_partitioning = true)", params=[files])
            assert [name for name in read.columns if name != "iso_week"] == con.table(view).columns
            assert len(read.fetchall()) == manifest.views[view]


def test_rows_lie_in_the_week_they_were_first_seen(warehouse: Path, snapshot: Path) -> None:
    publish(warehouse, snapshot)
    assert found_in(snapshot.parent / "snapshots" / "latest" / "parquet" / "articles") == [
        "iso_week=2026-W33"
    ]


def test_published_file_cannot_be_written(warehouse: Path, snapshot: Path) -> None:
    publish(warehouse, snapshot)
    assert snapshot.stat().st_mode & 0o222 == 0


def test_snapshot_of_an_older_release_is_replaced(warehouse: Path, snapshot: Path) -> None:
    snapshot.write_bytes(warehouse.read_bytes())
    snapshot.with_name("snapshot.duckdb.wal").write_bytes(b"of a stranger")
    add(warehouse, "Second")
    publish(warehouse, snapshot)
    assert titles(snapshot) == ["First", "Second"]


def test_older_snapshot_can_still_be_read_under_its_own_name(warehouse: Path, snapshot: Path) -> None:
    first = publish(warehouse, snapshot, NOW - timedelta(days=1)).snapshot
    add(warehouse, "Second")
    publish(warehouse, snapshot)
    assert titles(snapshot.parent / "snapshots" / first / "snapshot.duckdb") == ["First"]


def test_publishing_drops_what_need_not_be_kept(warehouse: Path, snapshot: Path) -> None:
    names = [
        publish(warehouse, snapshot, NOW + timedelta(hours=hour), keep_days=0).snapshot for hour in range(3)
    ]
    assert found_in(snapshot.parent / "snapshots") == [".lock", *names[1:], "latest"]
