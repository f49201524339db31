"""The deployments: every entrypoint loads, and a real server and worker run one of them from schedule to artifact."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import duckdb
import httpx
import pytest
import yaml
from prefect import Flow

from flows.demo.sample import FIRST_WEEK
from flows.demo.server import sample_server
from sources.model import Source

ROOT = Path(__file__).parents[1]
PREFECT = Path(sys.executable).with_name("prefect")
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def test_entrypoint_loads_as_a_flow(deployment: dict[str, str]) -> None:
    module, name = deployment["entrypoint"].rsplit(".", 1)
    assert isinstance(getattr(importlib.import_module(module), name), Flow)


def test_every_deployment_has_a_name_of_its_own_and_a_schedule() -> None:
    names = [deployment["name"] for deployment in DEPLOYMENTS]
    assert len(set(names)) == len(names)
    assert all(deployment["schedules"] for deployment in DEPLOYMENTS)


def test_pinned_server_imports() -> None:
    importlib.import_module("prefect.server.api.server")


@pytest.mark.server
def test_worker_runs_a_deployed_ingest_against_a_real_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with sample_server() as sample, prefect_server(tmp_path) as environment:
        sample.clock = FIRST_WEEK.end
        (home / "catalog.toml").write_text(as_toml(sample.catalog), "utf-8")
        environment["WATCHFLOOR_HOME"] = str(home)
        for command in (
            "work-pool create --type process warehouse",
            "--no-prompt deploy --all",
            f"deployment run ingest/hourly-ingest --param now={FIRST_WEEK.end.isoformat()}",
            "worker start --pool warehouse --run-once",
        ):
            done = subprocess.run(
                [PREFECT, *command.split()], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        api = environment["PREFECT_API_URL"]
        deployments = httpx.post(f"{api}/deployments/filter", json={}).json()
        runs = httpx.post(f"{api}/flow_runs/filter", json={"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}})
        artifacts = httpx.post(f"{api}/artifacts/filter", json={}).json()
    assert {one["name"] for one in deployments} == {one["name"] for one in DEPLOYMENTS}
    assert len(runs.json()) == 1
    assert [artifact["key"] for artifact in artifacts] == ["ingest"]
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as con:
        assert con.execute("SELECT count(*) > 5 FROM articles").fetchone() == (True,)


@contextmanager
def prefect_server(folder: Path) -> Iterator[dict[str, str]]:
    """A server of its own on a free port; yields the environment in which commands find it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONWARNINGS": "default",
    }
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        # The transport waits between its tries to connect, ever longer: about a minute in all.
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            client.get(f"{environment['PREFECT_API_URL']}/health", timeout=60).raise_for_status()
        yield environment
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def as_toml(catalog: list[Source]) -> str:
    """A catalog as its file: JSON strings and lists are TOML's too."""
    tables = [
        "\n".join(["[[source]]", *(f"{key} = {json.dumps(value)}" for key, value in asdict(source).items())])
        for source in catalog
    ]
    text = "\n\n".join(tables)
    assert len(tomllib.loads(text)["source"]) == len(catalog)
    return text
