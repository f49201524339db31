"""Kills: runs that are killed, stopped, out of room or met by a second one go on as if nothing had been."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import HashEmbedder
from home_contents import contents, issue_bytes
from paths import ROOT, TESTS
from small_disk import filled, mounted, remount
from typer.testing import CliRunner, Result

from flows import collection, pipeline
from flows.cli import app
from flows.demo.sample import LAST_WEEK
from flows.demo.server import sample_server
from flows.settings import Settings
from warehouse.store.db import open_read_only
from warehouse.store.locks import hold_writer_lock, read_holder
from warehouse.store.runs import RunState, last_runs

pytestmark = pytest.mark.slow

NOW = LAST_WEEK.end
STAGES = ("ingest", "enrich", "digest", "publish", "maintain")
# A stage in a process of its own. It says when its `nth` call of a function has returned, and waits.
STAGE = """
import sys
sys.path[:0] = [{tests!r}, {root!r}]
from pathlib import Path
import {module} as module
from fakes import HashEmbedder
from flows import collection, pipeline
from flows.demo.sample import LAST_WEEK
from flows.demo.server import sample_server
from flows.settings import Settings

pipeline.load_embedder = lambda _: HashEmbedder()
real, calls = module.{target}, 0

def waits(*args, **kwargs):
    global calls
    result = real(*args, **kwargs)
    calls += 1
    if calls == 1:
        print("waits", flush=True)
        sys.stdin.read()
    return result

module.{target} = waits
settings, now = Settings(home=Path({home!r})), LAST_WEEK.end
with sample_server() as server:
    server.clock = now
    collection.load_catalog = lambda _: server.catalog
    collection.BATCH_FEEDS = 3
    if {stage!r} == "digest":
        pipeline.digest(settings, LAST_WEEK, now)
    else:
        pipeline.{stage}(settings, now)
"""


def copy(home: Path, to: Path) -> Path:
    return Path(shutil.copytree(home, to, symlinks=True))


def watchfloor(*words: str, home: Path) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


@pytest.fixture(autouse=True)
def _sample(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The feeds of the sample's last week, and an embedder without a model."""
    monkeypatch.setattr(pipeline, "load_embedder", lambda _name: HashEmbedder())
    with sample_server() as server:
        server.clock = NOW
        monkeypatch.setattr(collection, "load_catalog", lambda _: server.catalog)
        yield


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The home before each stage, and, as `end`, after the last."""
    folder = tmp_path_factory.mktemp("homes")
    home = folder / "home"
    home.mkdir()
    found = {}
    with pytest.MonkeyPatch.context() as patch, sample_server() as server:
        server.clock = NOW
        patch.setattr(collection, "load_catalog", lambda _: server.catalog)
        patch.setattr(pipeline, "load_embedder", lambda _name: HashEmbedder())
        for stage in STAGES:
            found[stage] = copy(home, folder / stage)
            assert watchfloor(stage, home=home).exit_code == 0
    return {**found, "end": home}


def same(home: Path, other: Path) -> bool:
    """Whether two homes have the same contents and issues."""
    one, another = Settings(home=home), Settings(home=other)
    return contents(one) == contents(another) and issue_bytes(one) == issue_bytes(another)


def to_the_end(home: Path, since: str) -> Path:
    """Runs the stages from one on."""
    for stage in STAGES[STAGES.index(since) :]:
        done = watchfloor(stage, home=home)
        assert done.exit_code == 0, done.output
    return home


@pytest.fixture
def waiting() -> Iterator[Callable[[str, str, Path], subprocess.Popen[str]]]:
    """Starts a stage that waits after a call of a function."""
    started: list[subprocess.Popen[str]] = []

    def start(stage: str, function: str, home: Path) -> subprocess.Popen[str]:
        module, _, target = function.rpartition(".")
        program = STAGE.format(
            tests=str(TESTS), root=str(ROOT), module=module, target=target, home=str(home), stage=stage
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize(
    ("stage", "function"),
    [
        ("ingest", "flows.collection.save_articles"),
        ("enrich", "warehouse.stories.assign._save"),
        ("digest", "flows.pipeline.write_digest"),
        ("publish", "warehouse.snapshot.publish.write_views"),
        ("maintain", "warehouse.snapshot.backup._copy_into"),
    ],
)
def test_stage_that_was_stopped_or_killed_frees_the_lock_and_is_as_if_it_never_was(
    homes: dict[str, Path],
    tmp_path: Path,
    waiting: Callable[[str, str, Path], subprocess.Popen[str]],
    stage: str,
    function: str,
    number: signal.Signals,
) -> None:
    home = copy(homes[stage], tmp_path / "home")
    process = waiting(stage, function, home)
    os.kill(process.pid, number)
    assert process.wait(60) == -number
    assert same(to_the_end(home, stage), homes["end"])
    assert read_holder(home) is None
    with open_read_only(home / "warehouse.duckdb") as con:
        assert RunState.KILLED in {one.state for one in last_runs(con)}


def children(pid: int) -> list[int]:
    """The processes that any thread of a process started; a thread may end while they are listed."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += map(int, (thread / "children").read_text().split())
    return found


@pytest.mark.parametrize("whole_group", [False, True])
def test_parsers_end_with_the_run_that_was_killed_and_it_goes_on(
    homes: dict[str, Path],
    tmp_path: Path,
    waiting: Callable[[str, str, Path], subprocess.Popen[str]],
    whole_group: bool,
) -> None:
    home = copy(homes["ingest"], tmp_path / "home")
    process = waiting("ingest", "flows.collection.save_articles", home)
    parsers = [os.pidfd_open(child) for child in children(process.pid)]
    assert parsers
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    for parser in parsers:
        assert select.select([parser], [], [], 60)[0], "a parser outlives its run"
        os.close(parser)
    assert same(to_the_end(home, "ingest"), homes["end"])


@pytest.mark.parametrize("free_bytes", [0, 200_000])
@pytest.mark.parametrize("stage", STAGES)
def test_full_disk_is_named_by_every_stage_which_completes_once_there_is_room(
    homes: dict[str, Path], tmp_path: Path, stage: str, free_bytes: int
) -> None:
    with mounted(tmp_path / "disk", megabytes=100) as disk:
        home = copy(homes[stage], disk / "home")
        with filled(disk, free_bytes):
            full = watchfloor(stage, home=home)
        assert full.exit_code == 1 or (full.exit_code == 0 and free_bytes), full.output
        assert full.exit_code == 0 or "Make room" in full.stderr, full.output
        assert "Traceback" not in full.output
        assert same(to_the_end(home, stage), homes["end"])


def test_second_run_is_told_who_writes_and_changes_nothing(homes: dict[str, Path], tmp_path: Path) -> None:
    home = copy(homes["publish"], tmp_path / "home")
    before = contents(Settings(home=home))
    with hold_writer_lock(home, "enrich", lambda: datetime.now(UTC)) as lock:
        lock.set_run_key("now")
        for stage in (*STAGES, "run"):
            done = watchfloor(stage, home=home)
            assert done.exit_code == 3, done.output
            assert "enrich of now has been writing it for" in done.stderr
    assert contents(Settings(home=home)) == before


def test_read_only_home_is_named_by_every_stage_and_can_be_read(
    homes: dict[str, Path], tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", megabytes=100) as disk:
        home = copy(homes["end"], disk / "home")
        remount(disk, "ro")
        for stage in (*STAGES, "run", "site"):
            done = watchfloor(stage, home=home)
            assert done.exit_code == 1, done.output
            assert "Read-only file system" in done.stderr
            assert "Traceback" not in done.output
        for reader in (["trends"], ["search", "export"], ["sql", "SELECT count(*) FROM stories"]):
            done = watchfloor(*reader, home=home)
            assert done.exit_code == 0, done.output
        status = json.loads(watchfloor("status", "--json", home=home).stdout)
        assert [problem["code"] for problem in status["problems"]] == ["disk"]  # it is a small one
