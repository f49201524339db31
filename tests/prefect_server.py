"""A real Prefect server and worker on loopback, for tests and benchmarks that run, kill and restart them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from paths import ROOT

PREFECT = [sys.executable, "-m", "prefect"]
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]


class Orchestra:
    """A server and its worker. `environment` is that of commands that must find the server."""

    def __init__(self, folder: Path, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.api = f"http://127.0.0.1:{self.port}/api"
        self.environment = {
            **os.environ,
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PREFECT_WORKER_QUERY_SECONDS": "1",  # ten, if it is not said
            "PYTHONWARNINGS": "default",
            "WATCHFLOOR_HOME": str(home),
            "WATCHFLOOR_ALLOWED_HOSTS": "127.0.0.1",
        }
        self.server: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.alerts: list[str] = []
        self.client = httpx.Client(timeout=240, transport=httpx.HTTPTransport(retries=3))

    def start_server(self) -> None:
        """Starts the server, or starts it again on the same port and database, and waits until it answers."""
        self.server = self._start(
            "server", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)
        )
        self.wait_for("answer of the server", self.is_up, 240)

    def is_up(self) -> bool:
        """Whether the server answers."""
        try:
            return self.client.get(f"{self.api}/health").is_success
        except httpx.TransportError:
            return False

    def start_worker(self) -> None:
        """Starts a worker, in a process group with the flows it will start."""
        self.worker = self._start("worker", "worker", "start", "--pool", "warehouse")

    def prefect(self, *words: str) -> str:
        """Runs a command of Prefect's and returns what it printed."""
        done = subprocess.run(
            [*PREFECT, *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def deploy(self) -> None:
        """Creates the pool and every deployment."""
        self.prefect("work-pool", "create", "--type", "process", "warehouse")
        self.prefect("--no-prompt", "deploy", "--all")

    def ask(self, path: str, **body: Any) -> Any:
        """What the server answers to a POST; it is asked again while its SQLite is too busy."""
        for pause_s in (1, 2, 4, 8, 0):
            answer = self.client.post(f"{self.api}/{path}", json=body)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause_s)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def run(self, flow: str, deployment: str, **parameters: Any) -> str:
        """Has a deployment run as soon as may be; the run's id."""
        found = self.client.get(f"{self.api}/deployments/name/{flow}/{deployment}").json()
        return str(self.ask(f"deployments/{found['id']}/create_flow_run", parameters=parameters)["id"])

    def runs(self, deployment: str) -> list[dict[str, Any]]:
        """The runs of a deployment that are not scheduled for later."""
        wanted = {"deployments": {"name": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return [run for run in self.ask("flow_runs/filter", **wanted) if run["state_name"] != "Scheduled"]

    def wait_for(self, what: str, found: Callable[[], Any], seconds: float = 240) -> Any:
        """What `found` finds, as soon as it finds anything."""
        until = time.monotonic() + seconds
        while not (result := found()):
            if time.monotonic() > until:
                raise AssertionError(f"no {what} within {seconds:.0f} s\n{self.tail()}")
            time.sleep(0.2)
        return result

    def tail(self) -> str:
        """The last lines that server and worker printed."""
        logs = (self.folder / f"{name}.log" for name in ("server", "worker"))
        return "\n".join(log.read_text("utf-8", "replace")[-4000:] for log in logs if log.exists())

    def stop(
        self,
        process: subprocess.Popen[bytes] | None,
        how: signal.Signals = signal.SIGTERM,
        within_s: float = 60,
    ) -> None:
        """Sends a signal to a process started here, and a kill to its group; waits for its end."""
        if process is None or process.poll() is not None:
            return
        if how is signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        process.wait(timeout=within_s)

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [*PREFECT, *words],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def orchestra(folder: Path, home: Path, **settings: str) -> Iterator[Orchestra]:
    """Yields a server with all deployments under these settings; it and its worker end with the block."""
    played = Orchestra(folder, home)
    played.environment |= {f"WATCHFLOOR_{name.upper()}": value for name, value in settings.items()}
    try:
        played.start_server()
        played.deploy()
        yield played
    finally:
        for process in (played.worker, played.server):
            try:
                played.stop(process, within_s=15)
            except subprocess.TimeoutExpired:
                played.stop(process, signal.SIGKILL)
        played.client.close()
