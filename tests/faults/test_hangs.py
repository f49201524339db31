"""Hangs: commands end, whatever a server does and however long their work takes."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import NOW, WEEK
from typer.testing import CliRunner, Result
from written_issue import write_issue

from flows import pipeline
from flows.cli import app
from warehouse.snapshot.publish import publish_snapshot

GREETING, ENDLESS = b"220 hi\r\n", b"250-and more\r\n"


@pytest.fixture(params=["lines without end", "a line without end", "no word"])
def endless(request: pytest.FixtureRequest) -> Iterator[int]:
    """A mail server that never completes its second reply; yields its port."""
    over = threading.Event()
    piece = {"lines without end": ENDLESS, "a line without end": b"2", "no word": b""}[request.param]

    def serve(connection: socket.socket) -> None:
        try:
            connection.sendall(GREETING)
            while not over.wait(0.05):
                connection.sendall(piece)
        except OSError:
            pass
        finally:
            connection.close()

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        over.set()


@pytest.fixture
def home(tmp_path: Path, empty_warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATCHFLOOR_MAIL_SENDER", "Watchfloor <digest@watch.example>")
    monkeypatch.setenv("WATCHFLOOR_MAIL_RECIPIENTS", "ana@desk.example, ben@desk.example")
    monkeypatch.setattr("flows.sending._pause", lambda _attempt: None)
    write_issue(tmp_path / "home", "Rule takes effect")
    shutil.copy(empty_warehouse, tmp_path / "home")
    return tmp_path / "home"


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def test_mail_server_that_never_ends_its_reply_counts_as_down(
    home: Path, endless: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFLOOR_SMTP_URL", f"smtp+insecure://127.0.0.1:{endless}")
    monkeypatch.setattr("reports.send.smtp.TIMEOUT_S", 0.3)
    began = time.monotonic()
    done = watchfloor(home, "send", "--week", str(WEEK))
    assert time.monotonic() - began < 15
    assert (done.exit_code, "2 not sent for now" in done.stderr) == (3, True), done.output


def test_sending_ends_at_its_deadline(home: Path, endless: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFLOOR_SMTP_URL", f"smtp+insecure://127.0.0.1:{endless}")
    monkeypatch.setattr("flows.sending.TIMEOUT_S", 0.5)
    began = time.monotonic()
    done = watchfloor(home, "send", "--week", str(WEEK))
    assert time.monotonic() - began < 15
    assert (done.exit_code, f"sending of {WEEK}: was stopped" in done.stderr) == (3, True), done.output


def test_site_ends_at_its_deadline(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_snapshot(home / "warehouse.duckdb", home / "snapshot.duckdb", NOW, 0)
    monkeypatch.setattr(pipeline, "SITE_TIMEOUT_S", 0.5)
    monkeypatch.setattr(pipeline, "build_site", lambda *_: time.sleep(60))
    began = time.monotonic()
    done = watchfloor(home, "site")
    assert time.monotonic() - began < 15
    assert (done.exit_code, "the site: was stopped" in done.stderr) == (3, True), done.output
