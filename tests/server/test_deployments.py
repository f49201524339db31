"""The deployments: every entrypoint loads, and a real server and worker go from a schedule to an issue."""

from __future__ import annotations

import importlib
import json
import re
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from prefect import Flow
from prefect_server import DEPLOYMENTS, ROOT, Orchestra, orchestra

from flows.demo.sample import FIRST_WEEK
from flows.demo.server import sample_server
from flows.deployments.flows import weeks_between
from flows.deployments.prepare import automations
from flows.settings import Settings
from reports.week import Week
from sources.model import Source


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def test_entrypoint_loads_as_a_flow_that_never_retries_as_a_whole(deployment: dict[str, str]) -> None:
    module, name = deployment["entrypoint"].rsplit(".", 1)
    loaded = getattr(importlib.import_module(module), name)
    assert isinstance(loaded, Flow)
    # A flow that waits for a retry loses its deployment's slot and is crashed for it
    # (PrefectHQ/prefect#22885).
    assert loaded.retries == 0


def test_every_deployment_has_a_name_of_its_own_and_a_reason_to_run() -> None:
    names = [deployment["name"] for deployment in DEPLOYMENTS]
    assert len(set(names)) == len(names)
    for deployment in DEPLOYMENTS:
        assert deployment["schedules"] or "triggers" in deployment or "by-hand" in deployment["tags"]
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


def test_every_trigger_waits_for_a_deployment_that_there_is() -> None:
    names = {deployment["name"] for deployment in DEPLOYMENTS}
    for deployment in DEPLOYMENTS:
        for trigger in deployment.get("triggers", []):
            causes = trigger["match_related"]["prefect.resource.name"]
            assert {causes} if isinstance(causes, str) else set(causes) <= names


def test_silence_that_crashes_a_run_is_longer_than_three_heartbeats() -> None:
    silent = next(one for one in automations(None) if one.name.endswith("crash silent runs"))
    beat_s = int(DEPLOYMENTS[0]["work_pool"]["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    assert silent.trigger.within >= timedelta(seconds=3 * beat_s)  # type: ignore[union-attr]


def test_backfill_takes_the_complete_weeks_of_a_range() -> None:
    last = Week.parse("2026-W33")
    assert list(map(str, weeks_between(date(2026, 8, 5), None, last))) == ["2026-W32", "2026-W33"]
    assert list(map(str, weeks_between(date(2026, 8, 5), date(2026, 8, 6), last))) == ["2026-W32"]
    assert weeks_between(None, None, last) == []
    assert weeks_between(date(2026, 8, 20), None, last) == []


def test_deploy_material_starts_commands_that_there_are() -> None:
    folder = ROOT / "docs" / "operators" / "deploy"
    services = yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"postgres", "server", "deploy", "worker"}
    units = [*folder.glob("*.service")]
    commands = [
        line.rsplit("/", 1)[1]
        for unit in units
        for line in unit.read_text("utf-8").splitlines()
        if line.startswith("ExecStart=")
    ]
    assert sorted(commands) == [
        "prefect server start --host 127.0.0.1 --port 4200",
        "prefect worker start --pool warehouse",
        'watchfloor alert %i "${MONITOR_SERVICE_RESULT}"',
        "watchfloor maintain",
        "watchfloor run",
    ]
    settings = re.findall(r"WATCHFLOOR_(\w+)=", (folder / "watchfloor.env").read_text("utf-8"))
    assert {name.lower() for name in settings} <= set(Settings.model_fields)


def test_containers_that_run_flows_get_every_setting_and_take_the_home_from_their_volume() -> None:
    """One file for all: a setting of .env.example that compose.yaml had to list could be forgotten there."""
    compose = yaml.safe_load((ROOT / "docs/operators/deploy/compose.yaml").read_text("utf-8"))
    for service in ("deploy", "worker"):
        given = compose["services"][service]
        assert given["env_file"] == ".env"  # of compose's own folder, which also fills in ${...}
        # What is listed wins over the file.
        assert [name for name in given["environment"] if name.startswith("WATCHFLOOR_")] == [
            "WATCHFLOOR_HOME"
        ]
        assert given["environment"]["WATCHFLOOR_HOME"] == given["volumes"][0].split(":")[1]


def test_variables_of_compose_are_no_misspelt_settings() -> None:
    """They are in the environment of the flows too, where `doctor` would report WATCHFLOOR_AUTH, say."""
    text = (ROOT / "docs/operators/deploy/compose.yaml").read_text("utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) == {"POSTGRES_PASSWORD", "PREFECT_API_AUTH_STRING"}


def test_dashboard_is_written_where_the_server_may_write() -> None:
    """The package belongs to root, and without this the server has no dashboard."""
    folder = ROOT / "docs" / "operators" / "deploy"
    server = yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))["services"]["server"]
    assert server["environment"]["PREFECT_SERVER_UI_STATIC_DIRECTORY"].startswith("/home/watchfloor/")
    environment = (folder / "watchfloor.env").read_text("utf-8")
    assert "PREFECT_SERVER_UI_STATIC_DIRECTORY=/var/lib/watchfloor/" in environment


@pytest.mark.parametrize("unit", ["watchfloor-run", "watchfloor-maintain"])
def test_unit_that_fails_starts_the_one_that_alerts(unit: str) -> None:
    folder = ROOT / "docs" / "operators" / "deploy"
    assert "OnFailure=watchfloor-alert@%n.service" in (folder / f"{unit}.service").read_text("utf-8")
    assert (folder / "watchfloor-alert@.service").exists()


def test_pinned_server_imports() -> None:
    importlib.import_module("prefect.server.api.server")


NOW = FIRST_WEEK.end + timedelta(hours=6)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestra]:
    """A server whose worker was down while five hourly runs were due, and that then ran a Monday's digest."""
    folder = tmp_path_factory.mktemp("orchestra")
    home = folder / "home"
    home.mkdir()
    with (
        sample_server() as sample,
        alert_sink() as (url, alerts),
        orchestra(folder, home, alert_url=url) as server,
    ):
        sample.clock = NOW
        (home / "catalog.toml").write_text(as_toml(sample.catalog), "utf-8")
        for _ in range(5):
            server.run("ingest", "hourly-ingest", now=NOW.isoformat())
        server.start_worker()
        server.wait_for("publication", lambda: ended(server, "hourly-publish"))
        server.run("digest", "weekly-digest", now=NOW.isoformat())
        server.wait_for("digest", lambda: ended(server, "weekly-digest"))
        server.run("backfill", "backfill", files=[str(folder / "nowhere.jsonl")])
        server.alerts = alerts
        yield server


@contextmanager
def alert_sink() -> Iterator[tuple[str, list[str]]]:
    """A webhook on loopback: its address, and the texts it was sent."""
    texts: list[str] = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Keeps the terminal for the tests."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    thread = threading.Thread(target=http.serve_forever, name="alert-sink", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}/hook", texts
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def ended(server: Orchestra, deployment: str) -> list[str]:
    """The states in which runs of the deployment ended."""
    ends = ("COMPLETED", "FAILED", "CRASHED")
    return [run["state_name"] for run in server.runs(deployment) if run["state_type"] in ends]


def artifacts(server: Orchestra) -> dict[str, Any]:
    return {
        artifact["key"]: artifact["data"] for artifact in server.ask("artifacts/filter") if artifact["key"]
    }


@pytest.mark.server
def test_everything_is_deployed_with_the_pool_limited_to_one(played: Orchestra) -> None:
    assert {one["name"] for one in played.ask("deployments/filter")} == {one["name"] for one in DEPLOYMENTS}
    (pool,) = played.ask("work_pools/filter")
    assert pool["concurrency_limit"] == 1
    created = {one["name"] for one in played.ask("automations/filter")}
    assert {one.name for one in automations(None)} <= created


@pytest.mark.server
def test_schedules_make_runs(played: Orchestra) -> None:
    """A scheduler that does not fit its SQLAlchemy fails in every loop; all else works (Prefect 3.8.8)."""
    for deployment in ("hourly-ingest", "weekly-digest", "nightly-maintain"):
        wanted = {
            "deployments": {"name": {"any_": [deployment]}},
            "flow_runs": {"state": {"name": {"any_": ["Scheduled"]}}},
        }
        played.wait_for(
            f"scheduled run of {deployment}", lambda wanted=wanted: played.ask("flow_runs/filter", **wanted)
        )


@pytest.mark.server
def test_deploying_again_neither_duplicates_nor_removes_automations(played: Orchestra) -> None:
    before = sorted(one["name"] for one in played.ask("automations/filter"))
    played.prefect("--no-prompt", "deploy", "--name", "backfill")
    assert sorted(one["name"] for one in played.ask("automations/filter")) == before
    assert len(set(before)) == len(before)
    assert "watchfloor: enrich after ingest" in before


@pytest.mark.server
def test_collection_is_followed_by_enrichment_and_publication(played: Orchestra) -> None:
    assert ended(played, "hourly-ingest")[0] == "Completed"
    assert ended(played, "hourly-enrich")[0] == "Completed"
    assert ended(played, "hourly-publish")[0] == "Completed"
    with duckdb.connect(
        Path(played.environment["WATCHFLOOR_HOME"]) / "snapshot.duckdb", read_only=True
    ) as con:
        assert con.execute("SELECT count(*) > 5 FROM story_articles").fetchone() == (True,)


@pytest.mark.server
def test_missed_runs_are_cancelled_by_the_one_that_does_their_work(played: Orchestra) -> None:
    states = [run["state_name"] for run in played.runs("hourly-ingest")]
    assert states.count("Completed") == 1
    # One may have been taken up already: it finds its run key done and ends at once.
    assert states.count("Cancelled") + states.count("Skipped") == 4
    assert states.count("Cancelled") >= 3


@pytest.mark.server
def test_each_run_leaves_an_artifact(played: Orchestra) -> None:
    found = artifacts(played)
    assert {"ingest", "enrich", "publish", "digest", "digest-page"} <= set(found)
    assert "ok" in found["ingest"]
    assert FIRST_WEEK.monday.strftime("%G-W%V") in found["digest-page"]


@pytest.mark.server
def test_runs_are_named_by_their_run_key(played: Orchestra) -> None:
    names = {run["name"] for run in played.runs("hourly-ingest")}
    assert f"ingest {NOW:%Y-%m-%dT%H}" in names


@pytest.mark.server
def test_operator_is_alerted_of_a_run_that_failed(played: Orchestra) -> None:
    messages = played.wait_for(
        "alert", lambda: [text for text in played.alerts if "Watchfloor: a run failed" in text]
    )
    assert "backfill" in messages[0]


def as_toml(catalog: list[Source]) -> str:
    """A catalog as its file: JSON strings and lists are TOML's too."""
    tables = [
        "\n".join(["[[source]]", *(f"{key} = {json.dumps(value)}" for key, value in asdict(source).items())])
        for source in catalog
    ]
    text = "\n\n".join(tables)
    assert len(tomllib.loads(text)["source"]) == len(catalog)
    return text
