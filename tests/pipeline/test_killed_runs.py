"""A run killed at any point and started again leaves the same warehouse and issue as one never killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import HashEmbedder
from home_contents import contents, issue_bytes
from paths import ROOT, TESTS

from flows.demo.play import play
from flows.progress import silent
from flows.settings import Settings

pytestmark = pytest.mark.slow

SHORT = 3  # weeks that the runs play: each kind of stage runs before, between and after others


@pytest.fixture(scope="module")
def played_shortly(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("shortly"))
    play(settings, silent, HashEmbedder(), weeks=SHORT)
    return settings


KILLED = """
import os, signal, sys
sys.path[:0] = [{tests!r}, {root!r}]
from fakes import HashEmbedder
import {module} as module
from flows.demo.play import play
from flows.progress import silent
from flows.settings import Settings
from pathlib import Path

calls = 0
real = module.{target}

def fatal(*args, **kwargs):
    global calls
    result = real(*args, **kwargs)
    calls += 1
    if calls == {nth}:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

module.{target} = fatal
play(Settings(home=Path({home!r})), silent, HashEmbedder(), weeks={weeks})
"""


@pytest.mark.parametrize(
    ("module", "target", "nth"),
    [
        ("flows.collection", "save_articles", 2),  # inside a batch's transaction
        ("flows.collection", "save_states", 2),  # after its last write, before the commit
        ("flows.filing", "embed_pending", 2),
        (
            "flows.pipeline",
            "extract_pending",
            5,
        ),  # topics and entities of a week are read, references are not
        ("flows.pipeline", "assign_stories", 2),
        ("flows.pipeline", "link_threads", 2),
        ("flows.pipeline", "write_digest", 1),
    ],
)
def test_killed_and_run_again_is_as_if_never_killed(
    played_shortly: Settings, tmp_path: Path, module: str, target: str, nth: int
) -> None:
    script = KILLED.format(
        tests=str(TESTS),
        root=str(ROOT),
        home=str(tmp_path),
        module=module,
        target=target,
        nth=nth,
        weeks=SHORT,
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    settings = Settings(home=tmp_path)
    play(settings, silent, HashEmbedder(), weeks=SHORT)
    assert contents(settings) == contents(played_shortly)
    assert issue_bytes(settings) == issue_bytes(played_shortly)
