"""Secrets passed on: who may read what, and what of it is published, logged or baked into an image."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import duckdb
import pytest
from fakes import NOW, HashEmbedder, source
from fault_server import GOOD
from paths import ROOT
from typer.testing import CliRunner, Result

from flows import pipeline
from flows.cli import app
from flows.jobs import Job, JobResult, run_job
from flows.settings import Settings
from reports.send.deliver import unsalted_key
from reports.send.smtp import mail_recipient
from sources.catalog import to_toml
from sources.model import mask_secrets
from warehouse.snapshot.backup import read_backup, restore_backup, write_backup
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

PASSWORD, KEY = "open-sesame", "abracadabra99"


@pytest.fixture(autouse=True, params=[0o000, 0o022])
def whatever_the_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def watchfloor(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def test_home_and_what_is_made_in_it_belong_to_the_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings(home=home)
    run_job(
        settings,
        Job(flow="ingest", run_key="now", timeout_s=60),
        NOW,
        lambda: JobResult(report=None, outcome=""),
    )
    assert mode(home) == 0o700
    assert mode(home / "warehouse.duckdb") == mode(home / "warehouse.lock") == 0o600


def test_record_of_the_writer_is_private_while_it_is_there(tmp_path: Path) -> None:
    modes = run_job(
        Settings(home=tmp_path / "home"),
        Job(flow="ingest", run_key="now", timeout_s=60),
        NOW,
        lambda: JobResult(report=mode(tmp_path / "home" / "warehouse.lock.json"), outcome=""),
    )
    assert modes == 0o600


def test_backup_is_private_and_a_restore_gives_each_file_its_mode_again(tmp_path: Path) -> None:
    home, backups = tmp_path / "home", tmp_path / "backups"
    with open_warehouse(home / "warehouse.duckdb"):
        pass
    (home / "digests").mkdir()
    for name, wanted in (("watchfloor.toml", 0o600), ("catalog.toml", 0o640), ("digests/2026-W33.md", 0o644)):
        (home / name).write_text("x")
        (home / name).chmod(wanted)
    beside = ("digests", "catalog.toml", "watchfloor.toml")
    made = write_backup(home / "warehouse.duckdb", beside, backups, NOW, keep=3)
    assert mode(backups) == mode(made.folder) == 0o700
    assert {mode(path) for path in made.folder.rglob("*") if path.is_file()} == {0o600}
    fresh = tmp_path / "another"
    restore_backup(backups, fresh / "warehouse.duckdb", NOW)
    assert mode(fresh) == 0o700
    assert mode(fresh / "watchfloor.toml") == mode(fresh / "warehouse.duckdb") == 0o600
    assert mode(fresh / "catalog.toml") == 0o640
    assert mode(fresh / "digests" / "2026-W33.md") == 0o644


def test_file_of_a_backup_without_recorded_modes_is_restored_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with open_warehouse(home / "warehouse.duckdb"):
        pass
    (home / "watchfloor.toml").write_text("x")
    made = write_backup(home / "warehouse.duckdb", ("watchfloor.toml",), tmp_path / "backups", NOW, keep=3)
    stated = json.loads((made.folder / "manifest.json").read_text())
    del stated["files"]["home/watchfloor.toml"]["mode"]
    (made.folder / "manifest.json").write_text(json.dumps(stated))
    assert read_backup(made.folder).manifest.files["home/watchfloor.toml"].keys() == {"bytes", "sha256"}
    restore_backup(made.folder, tmp_path / "new" / "warehouse.duckdb", NOW)
    assert mode(tmp_path / "new" / "watchfloor.toml") == 0o600


def test_doctor_names_a_settings_file_that_others_may_read(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text('smtp_url = "smtps://me:word@mail.example"')
    (tmp_path / "watchfloor.toml").chmod(0o644)
    found = {
        check["name"]: check
        for check in json.loads(watchfloor(tmp_path, "doctor", "--json").stdout)["checks"]
    }
    assert not found["secrets"]["ok"]
    assert "watchfloor.toml" in found["secrets"]["found"]
    (tmp_path / "watchfloor.toml").chmod(0o600)
    found = {
        check["name"]: check
        for check in json.loads(watchfloor(tmp_path, "doctor", "--json").stdout)["checks"]
    }
    assert found["secrets"]["ok"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:word@feeds.example/a", "https://***@feeds.example/a"),
        ("https://token@feeds.example/a", "https://***@feeds.example/a"),
        ("https://me:w@rd@feeds.example/a", "https://***@feeds.example/a"),
        ("https://feeds.example/a?key=v", "https://feeds.example/a?key=***"),
        (
            "https://feeds.example/a?page=2&API_KEY=v&x=1#top",
            "https://feeds.example/a?page=2&API_KEY=***&x=1#top",
        ),
        ("https://feeds.example/a?apikey=v;token=w", "https://feeds.example/a?apikey=***;token=***"),
        ("https://feeds.example/a?private_token=v", "https://feeds.example/a?private_token=***"),
        ("https://feeds.example/a?X-Amz-Signature=v", "https://feeds.example/a?X-Amz-Signature=***"),
        ("https://feeds.example/a?auth=v&pw=w&sid=s", "https://feeds.example/a?auth=***&pw=***&sid=***"),
        ("https://feeds.example/a?client%5Fsecret=v", "https://feeds.example/a?client%5Fsecret=***"),
        (
            "https://feeds.example/a?author=v&keyword=w&monkeys=3",
            "https://feeds.example/a?author=v&keyword=w&monkeys=3",
        ),
        ("https://feeds.example/@user/feed", "https://feeds.example/@user/feed"),
        (
            'url = "https://feeds.example/?key=v"\nkind = "news"',
            'url = "https://feeds.example/?key=***"\nkind = "news"',
        ),
    ],
)
def test_password_or_key_of_an_address_is_masked_and_nothing_else(url: str, shown: str) -> None:
    assert mask_secrets(url) == shown


class _Feeds(BaseHTTPRequestHandler):
    """Answers a feed to whoever knows the password, and a page that is none at /page."""

    def do_GET(self) -> None:
        body = b"<html>no feed</html>" if self.path.startswith("/page") else GOOD
        body = body if KEY in self.path else b""
        self.send_response(200 if body else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A home that collected feeds with passwords in their addresses, and all that the commands printed."""
    monkeypatch.setattr(pipeline, "load_embedder", lambda _name: HashEmbedder())
    monkeypatch.setenv("WATCHFLOOR_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("WATCHFLOOR_LOG_FORMAT", "json")
    home = tmp_path / "home-of-ana"
    home.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Feeds) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://ana:{PASSWORD}@127.0.0.1:{server.server_port}"
        tables = [
            to_toml(replace(source(name), url=f"{address}/{path}?api_key={KEY}"))
            for name, path in (("secret-feed", "feed"), ("secret-page", "page"))
        ]
        (home / "catalog.toml").write_text("\n".join(tables))
        commands = (
            *("ingest", "enrich", "digest", "publish", "site", f"backup {tmp_path}/backups"),
            *(f"export {home}/export", f"export {home}/csv --format csv"),
            *(f"sources export-opml {home}/feeds.opml", f"sources import-opml {home}/feeds.opml --json"),
            *("status", "status --json", "doctor", "sources health", "sources health secret-page"),
            *("sources health --json", "sources list", "sources list --json", "sources check"),
            *("sources check --json", f"sources add {address}/feed?api_key={KEY}"),
        )
        printed = [watchfloor(home, "--verbose", *command.split()).output for command in commands]
        server.shutdown()
    yield home, "\n".join(printed)


def test_password_and_key_of_a_feed_reach_its_server_and_nothing_else(published: tuple[Path, str]) -> None:
    home, printed = published
    with duckdb.connect(home / "snapshot.duckdb", read_only=True) as con:
        assert con.execute("SELECT count(*) FROM articles").fetchone() == (1,)
    everything = {"output": printed.encode(), **dict(_rows(home))}
    for path in home.rglob("*"):
        if path.is_file() and path.name != "catalog.toml":
            everything[str(path)] = path.read_bytes()
    leaking = [
        name
        for name, content in everything.items()
        if any(word in content for word in (PASSWORD.encode(), KEY.encode()))
    ]
    assert leaking == []


def test_snapshot_names_no_host_process_or_folder_of_ours(published: tuple[Path, str]) -> None:
    home, _ = published
    words = [socket.gethostname().encode(), str(home.parent).encode(), b"home-of-ana"]
    leaking = [name for name, content in _rows(home) if any(word in content for word in words)]
    assert leaking == []
    with duckdb.connect(home / "snapshot.duckdb", read_only=True) as con:
        assert con.execute("SELECT DISTINCT host, pid FROM store.runs").fetchall() == [("", 0)]


def test_sources_check_names_the_feeds_whose_address_has_a_secret(published: tuple[Path, str]) -> None:
    home, _ = published
    checked = watchfloor(home, "sources", "check")
    assert "secret-feed, url: has a password or key" in checked.stdout
    assert checked.stdout.endswith("; 2 with a password or key\n")
    assert json.loads(watchfloor(home, "sources", "check", "--json").stdout)["with_secret"] == [
        "secret-feed",
        "secret-page",
    ]


def _rows(home: Path) -> Iterator[tuple[str, bytes]]:
    """Returns every table of the snapshot and every Parquet file below the home, as text."""
    with duckdb.connect(home / "snapshot.duckdb", read_only=True) as con:
        tables = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        named = [(table, f"FROM {table}") for (table,) in tables]
        named += [(str(path), f"FROM read_parquet('{path}')") for path in home.rglob("*.parquet")]
        for name, query in named:
            yield name, str(con.execute(query).fetchall()).encode()


def test_ledger_is_keyed_by_a_secret_of_the_home(tmp_path: Path) -> None:
    keys = {mail_recipient("ana@desk.example", "--to", secret).key for secret in (b"one", b"two")}
    assert len(keys) == 2
    assert unsalted_key(mail_recipient("Ana@desk.example", "--to", b"one")) not in keys


def test_docker_image_holds_no_settings_history_or_warehouse() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {
        ".git",
        ".env",
        "**/.env",
        "**/watchfloor.toml",
        "**/send.key",
        "**/*.duckdb",
        "**/backups",
    } <= set(ignored)
