"""Damaged files in a home: the doctor opens and reads what it judges, and says what to do."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fakes import NOW, article, place
from typer.testing import CliRunner, Result

from flows import pipeline
from flows.cli import app
from flows.monitor import file_checks
from flows.settings import Settings
from warehouse.errors import WarehouseError
from warehouse.store.db import open_warehouse
from warehouse.store.migrate import newest_version
from warehouse.store.soundness import read_all

pytestmark = pytest.mark.slow

HEADERS, BLOCK = 3 * 4096, 262_144  # of a DuckDB file


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Path:
    """A home with articles, a snapshot and a backup; to be copied."""
    home = tmp_path_factory.mktemp("original") / "home"
    home.mkdir()
    shutil.copy(empty_warehouse, home)
    with open_warehouse(home / "warehouse.duckdb") as con:
        place(con, *(article(f"number {n}", text=f"text {n} " * 400) for n in range(800)))
    settings = Settings(home=home)
    pipeline.publish(settings, NOW, by_hand=True)
    pipeline.back_up(settings, settings.backup_path, NOW)
    return home


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "home", symlinks=True))


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def examined(home: Path) -> dict[str, dict[str, Any]]:
    """What each check of the files found, by its name; without the checks that are not about files."""
    settings = Settings(home=home)
    looks = (
        file_checks.home,
        file_checks.warehouse,
        file_checks.snapshot,
        file_checks.site,
        file_checks.backups,
    )
    return {
        check.name: {"ok": check.ok, "found": check.found, "next_step": check.next_step}
        for look in looks
        for check in look(settings, NOW)
    }


def flipped(*places: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        damaged = bytearray(content)
        for offset in places:
            damaged[offset] ^= 0xFF
        return bytes(damaged)

    return damage


def flipped_anywhere(seed: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        pick = random.Random(seed)
        return flipped(*(pick.randrange(HEADERS, len(content)) for _ in range(40)))(content)

    return damage


DAMAGE = {
    "main header": flipped(*range(16)),
    "first database header": flipped(*range(4096, 4200)),
    "second database header": flipped(*range(8192, 8300)),
    "forty bytes": flipped_anywhere(3),
    "forty other bytes": flipped_anywhere(4),
    "forty more bytes": flipped_anywhere(5),
    "second half lost": lambda content: content[: len(content) // 2],
    "last block lost": lambda content: content[:-BLOCK],
    "empty": lambda _content: b"",
    "no DuckDB file": lambda _content: b"garbage" * 1000,
}
# DuckDB uses the other one; what is damaged is never read.
HARMLESS = {"first database header", "second database header"}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_warehouse_is_found_or_harmless(home: Path, kind: str) -> None:
    path = home / "warehouse.duckdb"
    path.write_bytes(DAMAGE[kind](path.read_bytes()))
    found = examined(home)["warehouse"]
    if found["ok"]:
        assert kind in HARMLESS
        assert "800 articles, all read" in found["found"]
    else:
        assert f"watchfloor restore {home}/backups" in found["next_step"]
    assert isinstance(json.loads(watchfloor(home, "status", "--json").stdout)["problems"], list)


def test_every_block_that_holds_rows_is_read(home: Path) -> None:
    """One flipped byte in a block is found, unless the file is as good without it."""
    path = home / "warehouse.duckdb"
    content = path.read_bytes()
    for number in range((len(content) - HEADERS) // BLOCK):
        path.write_bytes(flipped(HEADERS + number * BLOCK + 5000)(content))
        try:
            read_all(path)
        except WarehouseError:
            continue
        with duckdb.connect(path) as con:
            rows = con.execute("SELECT count(*), sum(length(text)) FROM store.articles").fetchone()
            assert rows == (800, sum(len(f"text {n} " * 400) for n in range(800)))
            con.execute("UPDATE store.articles SET title = 'x'")


def test_empty_file_is_refused_rather_than_begun_anew(home: Path) -> None:
    (home / "warehouse.duckdb").write_bytes(b"")
    done = watchfloor(home, "enrich")
    assert done.exit_code == 1
    assert "is empty" in done.stderr
    assert "watchfloor restore" in done.stderr
    assert (home / "warehouse.duckdb").stat().st_size == 0


def test_missing_warehouse_beside_its_backup_is_named(home: Path) -> None:
    (home / "warehouse.duckdb").unlink()
    found = examined(home)["warehouse"]
    assert not found["ok"]
    assert "watchfloor restore" in found["next_step"]


def test_damaged_snapshot_is_found(home: Path) -> None:
    path = (home / "snapshot.duckdb").resolve()
    path.chmod(0o600)
    path.write_bytes(flipped_anywhere(1)(path.read_bytes()))
    found = examined(home)
    assert not found["snapshot"]["ok"]
    assert "watchfloor publish" in found["snapshot"]["next_step"]
    assert found["warehouse"]["ok"]


def test_snapshot_that_links_to_nowhere_is_found(home: Path) -> None:
    shutil.rmtree(home / "snapshots")
    assert not examined(home)["snapshot"]["ok"]


def test_damaged_backup_is_found(home: Path) -> None:
    (made,) = (home / "backups").iterdir()
    path = made / "warehouse.duckdb"
    path.write_bytes(flipped(len(path.read_bytes()) - 1)(path.read_bytes()))
    found = examined(home)["backups"]
    assert not found["ok"]
    assert f"watchfloor backup {home}/backups" in found["next_step"]


def test_backup_without_manifest_is_found(home: Path) -> None:
    (made,) = (home / "backups").iterdir()
    (made / "manifest.json").unlink()
    assert not examined(home)["backups"]["ok"]


def test_site_that_is_wanted_and_not_there_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert examined(home)["site"]["ok"]
    (home / "site").symlink_to(".site/1")
    assert not examined(home)["site"]["ok"]
    (home / "site").unlink()
    monkeypatch.setenv("WATCHFLOOR_SITE_URL", "https://watch.example/")
    assert not examined(home)["site"]["ok"]


def test_folder_that_cannot_be_written_is_named_with_the_chmod(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    barred = home / "backups"
    monkeypatch.setattr(file_checks.os, "access", lambda path, _mode: Path(path) != barred)
    found = examined(home)["home"]
    assert not found["ok"]
    assert f"chmod -R u+w {barred}" in found["next_step"]


NEXT = newest_version() + 1
LATER = {1: ("schema", "SELECT 1"), NEXT: ("more.sql", "CREATE TABLE store.more (a INTEGER)")}
FAILING = {1: ("schema", "SELECT 1"), NEXT: ("more.sql", "CREATE TABLE store.articles (a INTEGER)")}


@pytest.mark.parametrize(
    ("versions", "well", "said"), [(LATER, True, "went well"), (FAILING, False, "its upgrade fails")]
)
def test_upgrade_is_tried_on_a_copy(
    home: Path, monkeypatch: pytest.MonkeyPatch, versions: dict[int, tuple[str, str]], well: bool, said: str
) -> None:
    monkeypatch.setattr("warehouse.store.migrate.schema_versions", lambda: versions)
    before = sorted(home.iterdir()), (home / "warehouse.duckdb").read_bytes()
    found = examined(home)["warehouse"]
    assert found["ok"] is well
    assert f"has schema {NEXT - 1}, this release has {NEXT}" in found["found"]
    assert said in found["found"]
    assert (sorted(home.iterdir()), (home / "warehouse.duckdb").read_bytes()) == before


def test_problems_of_the_doctor_have_the_form_of_those_of_the_status(home: Path) -> None:
    (home / "warehouse.duckdb").write_bytes(b"garbage" * 1000)
    done = watchfloor(home, "doctor", "--json")
    answer = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {problem["code"] for problem in answer["problems"]} == {"warehouse"}
    of_status = json.loads(watchfloor(home, "status", "--json").stdout)["problems"]
    assert answer["problems"][0].keys() == of_status[0].keys()
