"""A full disk, a read-only home and a missing model end in a named error with the next step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import HashEmbedder
from small_disk import mounted, remount
from typer.testing import CliRunner, Result

from flows import pipeline
from flows.cli import app
from flows.demo.sample import LAST_WEEK, load_entries
from warehouse.store.db import open_read_only

pytestmark = pytest.mark.slow

NOW = LAST_WEEK.end
ENTRIES = 60


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of four megabytes of its own."""
    monkeypatch.setattr(pipeline, "load_embedder", lambda _name: HashEmbedder())
    monkeypatch.chdir(tmp_path)
    with mounted(tmp_path / "disk", megabytes=4) as disk:
        yield disk


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The sample's entries as an archive, each with more text than a small disk can hold of all."""
    path = tmp_path / "archive.jsonl"
    rows = (
        {
            "source": entry.feed,
            "title": entry.title,
            "link": entry.link,
            "published": NOW.isoformat(),
            "text": f"{entry.title} {entry.link} {index:06} " * 900,
        }
        for index, entry in enumerate(load_entries()[:ENTRIES])
    )
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


def watchfloor(*words: str, home: Path) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def test_full_disk_is_named_and_the_same_command_completes_once_there_is_room(
    small_disk: Path, archive: Path
) -> None:
    home = small_disk / "home"
    full = watchfloor("import", str(archive), home=home)
    assert full.exit_code == 1, full.output
    assert "Make room" in full.stderr
    assert "Traceback" not in full.output
    remount(small_disk, "size=400m")
    assert watchfloor("import", str(archive), home=home).exit_code == 0
    assert watchfloor("enrich", home=home).exit_code == 0
    with open_read_only(home / "warehouse.duckdb") as con:
        stored, in_stories = con.execute(
            "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM story_articles)"
        ).fetchall()[0]
    assert stored == in_stories == len({entry.link for entry in load_entries()[:ENTRIES]})


def test_read_only_home_is_named_with_what_to_do(small_disk: Path) -> None:
    home = small_disk / "home"
    home.mkdir()
    remount(small_disk, "ro")
    for command in ("ingest", "enrich", "publish", "maintain"):
        done = watchfloor(command, home=home)
        assert done.exit_code == 1
        assert (
            f"{home}/warehouse.lock: cannot be written: Read-only file system. Give yourself" in done.stderr
        )
    said = watchfloor("status", home=home)
    assert (said.exit_code, f"no warehouse in {home}" in said.stdout) == (1, True)


def test_missing_model_is_named_with_the_setting_and_nothing_is_lost(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFLOOR_EMBEDDING_MODEL", "/no/such/model")
    home = tmp_path / "home"
    assert watchfloor("import", str(archive), home=home).exit_code == 0
    done = watchfloor("enrich", home=home)
    assert done.exit_code == 1
    assert "/no/such/model" in done.stderr
    assert "WATCHFLOOR_EMBEDDING_MODEL" in done.stderr
    said = watchfloor("status", home=home)
    assert "enrich    failed" in said.stdout
    assert "ModelError: …/model" in said.stdout  # the table of runs is published: it names no folder
