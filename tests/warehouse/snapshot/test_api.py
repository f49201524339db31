"""The snapshot from Python, and the macros that researchers call."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from fakes import NOW, WEEK, HashEmbedder, article, at, place

from warehouse import open_snapshot
from warehouse.embed.vectors import embed_pending
from warehouse.errors import WarehouseError
from warehouse.snapshot import api
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

TALK = article("Chip controls on Huawei tightened again")
NEAR = article("Chip controls on Huawei tightened", feed="post")
FAR = article("Parliament debates liability of model makers", feed="gazette")


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        place(con, TALK, NEAR, story=1)
        place(con, FAR, desk="regulation")
        embed_pending(con, HashEmbedder(), lambda _done, _total: None)
    publish_snapshot(tmp_path / "warehouse.duckdb", tmp_path / "snapshot.duckdb", NOW, 7)
    return tmp_path / "snapshot.duckdb"


def test_answers_come_as_arrow_with_values_by_name(snapshot: Path) -> None:
    with open_snapshot(snapshot) as opened:
        found = opened.arrow("SELECT title FROM stories WHERE desk = $desk", desk="regulation")
    assert isinstance(found, pa.Table)
    assert found.to_pylist() == [{"title": FAR.title}]


def test_path_may_be_a_word(snapshot: Path) -> None:
    opened = open_snapshot(str(snapshot))
    assert opened.con.execute("SELECT count(*) FROM articles").fetchall() == [(3,)]
    opened.close()


def test_nothing_can_be_written(snapshot: Path) -> None:
    with open_snapshot(snapshot) as opened, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        opened.con.execute("DELETE FROM store.articles")


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_library_that_is_not_installed_is_named_with_what_to_do(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setattr(api, "find_spec", lambda _name: None)
    with (
        open_snapshot(snapshot) as opened,
        pytest.raises(WarehouseError, match=rf"pip install {package}.*\.arrow"),
    ):
        getattr(opened, package)("SELECT 1")


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_answers_come_as_data_frames(snapshot: Path, package: str) -> None:
    library = pytest.importorskip(package)
    with open_snapshot(snapshot) as opened:
        frame = getattr(opened, package)("SELECT title FROM articles ORDER BY title LIMIT 1")
    assert isinstance(frame, library.DataFrame)
    assert list(frame["title"]) == [NEAR.title]


def test_manifest_tells_what_it_was_made_from(snapshot: Path) -> None:
    with open_snapshot(snapshot) as opened:
        assert opened.manifest().models == {"hash@1": 3}


def test_file_copied_away_from_its_manifest_still_opens_and_says_so(snapshot: Path, tmp_path: Path) -> None:
    alone = tmp_path / "elsewhere" / "mine.duckdb"
    alone.parent.mkdir()
    alone.write_bytes(snapshot.read_bytes())
    with open_snapshot(alone) as opened, pytest.raises(WarehouseError, match="whole folder"):
        opened.manifest()


def test_live_file_is_refused_and_the_snapshot_named(snapshot: Path) -> None:
    with pytest.raises(WarehouseError, match=r"live file.*snapshot\.duckdb instead"):
        open_snapshot(snapshot.with_name("warehouse.duckdb"))


def test_live_file_under_another_name_is_known_by_its_writer(tmp_path: Path) -> None:
    live = tmp_path / "renamed.duckdb"
    hold = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", hold, str(live)], stdin=pipe, stdout=pipe) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(WarehouseError, match=r"is not a snapshot.*snapshot\.duckdb"):
            open_snapshot(live)
        writer.communicate()


def test_missing_snapshot_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="watchfloor publish"):
        open_snapshot(tmp_path / "snapshot.duckdb")


def test_similar_articles_come_nearest_first_without_the_article_itself(snapshot: Path) -> None:
    with open_snapshot(snapshot) as opened:
        found = opened.arrow("FROM similar($id, 5)", id=TALK.article_id).to_pylist()
        assert [row["title"] for row in found] == [NEAR.title, FAR.title]
        assert found[0]["similarity"] > 0.8 > found[1]["similarity"]
        assert len(opened.arrow("FROM similar($id, 1)", id=TALK.article_id)) == 1
        assert len(opened.arrow("FROM similar(0, 5)")) == 0


def test_similar_never_compares_vectors_of_two_models(con: duckdb.DuckDBPyConnection) -> None:
    place(con, TALK, NEAR, FAR)
    embed_pending(con, HashEmbedder(), lambda _done, _total: None)
    con.execute(
        "INSERT INTO store.vectors (article_id, model, text_hash, vector) VALUES ($1, 'old@1', 0, [1, 0])",
        [TALK.article_id],
    )
    con.execute(
        "INSERT INTO store.vectors (article_id, model, text_hash, vector) VALUES ($1, 'old@1', 0, [1, 0])",
        [FAR.article_id],
    )
    found = con.execute("SELECT title FROM similar($1, 5)", [TALK.article_id]).fetchall()
    assert found == [(NEAR.title,), (FAR.title,)]


def test_stories_of_a_week_are_counted_as_the_digest_counts(con: duckdb.DuckDBPyConnection) -> None:
    before = article("Talks open", published=WEEK.start - timedelta(days=3))
    first = article("Talks go on")
    place(con, before, first, story=1)
    place(con, article("Talks go on", feed="copy", publisher="Wire"), story=1, copy_of=first)
    place(con, article("Fresh rule", feed="post", published=at("2026-08-13")), story=2)
    place(con, article("Why I must", feed="post"), story=3, genre="opinion")
    place(con, article("Elsewhere", feed="post"), story=4, desk="regulation")
    rows = con.execute("FROM stories_in($1, 'export_controls')", [str(WEEK)]).to_arrow_table().to_pylist()
    counts = [
        (r["story_id"], r["article_count"], r["text_count"], r["publisher_count"], r["is_new"]) for r in rows
    ]
    assert counts == [(1, 2, 1, 1, False), (2, 1, 1, 1, True)]
