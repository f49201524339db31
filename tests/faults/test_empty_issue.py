"""An issue for whose week nothing was collected: it says so, and is not sent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes import NOW
from typer.testing import CliRunner, Result

from flows.cli import app

WEEK = "2026-W31"


@pytest.fixture
def home(tmp_path: Path, empty_warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATCHFLOOR_MAIL_RECIPIENTS", "ana@desk.example")
    (tmp_path / "home").mkdir()
    shutil.copy(empty_warehouse, tmp_path / "home")
    return tmp_path / "home"


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def test_issue_says_that_nothing_was_collected_and_so_does_the_exit_code(home: Path) -> None:
    done = watchfloor(home, "digest", "--week", WEEK)
    assert (done.exit_code, f"nothing was collected for {WEEK}" in done.stderr) == (1, True), done.output
    for form in ("md", "html", "mail.txt"):
        text = " ".join((home / "digests" / f"{WEEK}.{form}").read_text().split())
        assert "nothing was collected for this week" in text
        assert "no material change" not in text


def test_empty_issue_is_sent_only_if_asked_for(home: Path) -> None:
    watchfloor(home, "digest", "--week", WEEK)
    refused = watchfloor(home, "send", "--week", WEEK, "--dry-run")
    assert (refused.exit_code, "is empty: nothing was collected" in refused.stderr) == (1, True)
    forced = watchfloor(home, "send", "--week", WEEK, "--dry-run", "--empty")
    assert (forced.exit_code, "would send" in forced.stdout) == (0, True), forced.output
