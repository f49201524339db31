"""`watchfloor serve`: live metrics and the site, on loopback, whatever is asked and whoever writes."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from fakes import NOW
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from flows.cli import app
from flows.monitor import serve
from flows.monitor.metrics import to_metrics
from flows.monitor.serve import SiteServer
from flows.monitor.status import read_status
from flows.settings import Settings
from warehouse.errors import WarehouseError
from warehouse.store.db import open_warehouse

HOLD = """
import sys
from pathlib import Path
from warehouse.store.db import open_warehouse

with open_warehouse(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path, empty_warehouse: Path) -> Path:
    home = tmp_path / "home"
    (home / ".site" / "1" / "weeks").mkdir(parents=True)
    (home / ".site" / "1" / "index.html").write_text("<h1>Watch</h1>")
    (home / ".site" / "1" / "weeks" / "2026-W33.html").write_text("<h1>Week</h1>")
    (home / "site").symlink_to(".site/1")
    (home / "send.key").write_text("secret")
    (tmp_path / "site-of-others").mkdir()
    (tmp_path / "site-of-others" / "index.html").write_text("secret")
    shutil.copy(empty_warehouse, home)
    return home


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteServer]:
    monkeypatch.setattr(serve, "SHARED_FOR_S", -1.0)
    settings = Settings(home=home)
    with SiteServer(0, settings.site_dir, lambda: to_metrics(read_status(settings, NOW))) as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(server: SiteServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, content type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


def test_it_listens_on_this_host_only(server: SiteServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_pages_of_the_site_are_served_and_a_new_site_at_once(server: SiteServer, home: Path) -> None:
    assert ask(server, "/") == (200, "text/html", "<h1>Watch</h1>")
    assert ask(server, "/weeks/2026-W33.html?x=1")[2] == "<h1>Week</h1>"
    assert ask(server, "/", "HEAD") == (200, "text/html", "")
    (home / ".site" / "2").mkdir()
    (home / ".site" / "2" / "index.html").write_text("new")
    (home / "site").unlink()
    (home / "site").symlink_to(".site/2")
    assert ask(server, "/")[2] == "new"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/../send.key",
            "/%2e%2e/send.key",
            "/..%2fsend.key",
            "/weeks/../../../send.key",
        ),
        *(
            "//etc/passwd",
            "/%2Fetc%2Fpasswd",
            "/..\\send.key",
            "/%00",
            "/linked",
            "/linked-folder/index.html",
        ),
        *("/weeks", "/weeks/", "/none.html", f"/{'a' * 5000}", "/../site-of-others/index.html"),
    ],
)
def test_nothing_but_files_of_the_site_is_served(server: SiteServer, home: Path, path: str) -> None:
    (home / "site" / "linked").symlink_to(home / "send.key")
    (home / "site" / "linked-folder").symlink_to(home.parent / "site-of-others")
    status, _, body = ask(server, path)
    assert status in (301, 400, 404)
    assert "secret" not in body
    assert ask(server, "/")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_whatever_is_not_reading_is_refused(server: SiteServer, method: str) -> None:
    assert ask(server, "/metrics", method)[0] == 501


def metric(server: SiteServer, name: str) -> float:
    status, content_type, body = ask(server, "/metrics")
    assert status == 200
    assert content_type.startswith("text/plain")
    (family,) = (one for one in text_string_to_metric_families(body) if one.name == f"watchfloor_{name}")
    return family.samples[0].value


def test_metrics_are_made_anew_for_each_request(server: SiteServer, home: Path) -> None:
    assert metric(server, "readable") == 1
    assert ask(server, "/metrics", "HEAD")[2] == ""
    (home / "warehouse.duckdb").unlink()
    assert metric(server, "readable") == 0
    assert metric(server, "articles") == 0


def test_requests_within_a_second_share_one_reading(
    server: SiteServer, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(serve, "SHARED_FOR_S", 60.0)
    assert metric(server, "readable") == 1
    (home / "warehouse.duckdb").unlink()
    assert metric(server, "readable") == 1


def test_writer_neither_waits_for_the_metrics_nor_keeps_them_waiting(server: SiteServer, home: Path) -> None:
    shutil.copy(home / "warehouse.duckdb", home / "snapshot.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home / "warehouse.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        assert metric(server, "readable") == 1  # from the snapshot
        writer.communicate(b"")
    assert metric(server, "readable") == 1
    with open_warehouse(home / "warehouse.duckdb"):
        pass


def test_failure_to_read_is_an_answer(home: Path) -> None:
    def fail() -> str:
        raise WarehouseError("home", "may not be read.")

    with SiteServer(0, home / "none", fail) as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        metrics, page = ask(made, "/metrics"), ask(made, "/")
        made.shutdown()
        thread.join()
    assert (metrics[0], "may not be read" in metrics[2]) == (503, True)
    assert (page[0], "watchfloor site" in page[2]) == (404, True)


def test_port_in_use_is_named_with_what_to_do(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(app, ["--home", str(home), "serve", "--port", str(port)])
    assert done.exit_code == 1
    assert f"127.0.0.1:{port}: Address already in use. Name another port with --port." in done.stderr


@pytest.mark.slow
def test_command_serves_until_it_is_interrupted(home: Path) -> None:
    command = [sys.executable, "-m", "flows.cli", "--home", str(home), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        line = served.stdout.readline()
        port = int(line.split("127.0.0.1:")[1].split("/")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 200
        connection.close()
        served.send_signal(2)
        _, errors = served.communicate(timeout=20)
    assert "Traceback" not in errors
