"""The operator's commands: status, doctor, metrics, backup, restore, maintain, and `run` under cron."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import HashEmbedder
from paths import ROOT
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner, Result

from flows import pipeline
from flows.cli import app
from flows.demo.server import SampleServer, sample_server
from flows.monitor.status import next_digest
from reports.week import Week
from warehouse.store.db import open_read_only
from warehouse.store.locks import hold_writer_lock

pytestmark = pytest.mark.slow

WEEK = Week.parse("2026-W14")
MONDAY = WEEK.end + timedelta(hours=6)


@pytest.fixture(autouse=True)
def without_the_real_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pipeline, "load_embedder", lambda _name: HashEmbedder())
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "CATALOG", "EMBEDDING_MODEL"):
        monkeypatch.delenv(f"WATCHFLOOR_{name}", raising=False)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def sample(home: Path) -> Iterator[SampleServer]:
    with sample_server() as server:
        server.clock = MONDAY
        home.mkdir()
        tables = (
            "\n".join(
                ["[[source]]", *(f"{key} = {json.dumps(value)}" for key, value in asdict(source).items())]
            )
            for source in server.catalog[:6]
        )
        (home / "catalog.toml").write_text("\n\n".join(tables), "utf-8")
        yield server


def watchfloor(*words: str, home: Path, now: object = MONDAY) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", str(now), *words])


@pytest.mark.usefixtures("sample")
def test_run_under_cron_does_each_hour_and_each_week_once(home: Path) -> None:
    assert "Digest of 2026-W14" in watchfloor("run", home=home).stdout
    again = watchfloor("run", home=home, now=MONDAY + timedelta(minutes=40))
    assert again.exit_code == 0, again.output
    for flow in ("ingest of 2026-04-06T06", "enrich of", "publish of", "digest of 2026-W14"):
        assert f"{flow}" in again.stdout
    assert again.stdout.count("is done already") == 4
    later = watchfloor("run", home=home, now=MONDAY + timedelta(hours=1))
    assert later.stdout.count("is done already") == 1
    assert "new articles" in later.stdout


@pytest.mark.usefixtures("sample")
def test_after_an_outage_one_run_catches_up_and_the_issue_names_the_gap(
    home: Path, sample: SampleServer
) -> None:
    for day in (6, 5, 4):
        sample.clock = MONDAY - timedelta(days=day)
        watchfloor("ingest", home=home, now=sample.clock)
    sample.clock = MONDAY
    caught_up = watchfloor("run", home=home, now=MONDAY)
    assert re.search(r"Asked 6 of 6 feeds.* [1-9]\d* new articles", caught_up.stdout)
    issue = (home / "digests" / f"{WEEK}.md").read_text("utf-8")
    assert "no feed was asked on 2026-04-03 to 2026-04-05" in issue.lower()


def test_no_issue_is_written_while_nothing_could_be_collected_since_its_week(
    home: Path, sample: SampleServer
) -> None:
    catalog = home / "catalog.toml"
    catalog.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", catalog.read_text("utf-8")), "utf-8")
    done = watchfloor("run", home=home)
    assert done.exit_code == 3
    assert "digest of 2026-W14 waits until a feed has answered" in done.stdout
    assert not (home / "digests").exists()


@pytest.mark.usefixtures("sample")
def test_status_shows_what_was_done_and_what_is_pending(home: Path) -> None:
    watchfloor("ingest", home=home)
    said = watchfloor("status", home=home)
    assert said.exit_code == 0, said.output
    assert re.search(r"Pending   (\d+) to embed, \1 to classify, \1 to group", said.stdout)
    assert "Feeds     6 up" in said.stdout
    assert "ingest    done" in said.stdout
    answer = json.loads(watchfloor("status", "--json", home=home).stdout)
    assert answer["warehouse"]["runs"][0]["flow"] == "ingest"
    assert answer["problems"] == []


@pytest.mark.usefixtures("sample")
def test_status_names_a_stage_that_is_overdue_and_exits_with_1(home: Path) -> None:
    watchfloor("ingest", home=home)
    said = watchfloor("status", home=home, now=MONDAY + timedelta(hours=9))
    assert said.exit_code == 1
    assert "ingest was last done 9 h ago. Is its schedule on, its worker up?" in said.stdout


def test_status_names_who_writes_the_warehouse(home: Path) -> None:
    with hold_writer_lock(home, "enrich", lambda: MONDAY) as lock:
        lock.set_run_key("2026-04-06T06")
        said = watchfloor("status", home=home).stdout
        assert f"Running   enrich of 2026-04-06T06, since 2026-04-06 06:00 UTC (process {os.getpid()}" in said
        kept_out = watchfloor("ingest", home=home)
    assert kept_out.exit_code == 3
    assert "enrich of 2026-04-06T06 has been writing it for" in kept_out.stderr


def test_a_killed_run_is_a_problem_until_the_next_one(home: Path) -> None:
    with hold_writer_lock(home, "enrich", lambda: MONDAY) as lock:
        lock.set_run_key("w")
        left = (home / "warehouse.lock.json").read_text()
    (home / "warehouse.lock.json").write_text(left)
    assert "enrich of w was killed. The next run continues" in watchfloor("status", home=home).stdout


def test_next_digest_is_monday_six_in_the_time_zone_summer_and_winter() -> None:
    assert next_digest(MONDAY, "UTC") == MONDAY + timedelta(days=7)
    assert next_digest(MONDAY - timedelta(minutes=1), "UTC") == MONDAY
    assert next_digest(MONDAY - timedelta(hours=3), "Europe/Berlin") == MONDAY - timedelta(hours=2)  # CEST
    assert next_digest(WEEK.before(5).end, "Europe/Berlin").hour == 5  # CET


@pytest.mark.usefixtures("sample")
def test_backup_and_restore_bring_a_lost_home_back(home: Path, tmp_path: Path) -> None:
    watchfloor("ingest", home=home)
    watchfloor("digest", home=home)
    made = json.loads(watchfloor("backup", str(tmp_path / "backups"), "--json", home=home).stdout)
    issue = (home / "digests" / "2026-W14.md").read_bytes()
    with open_read_only(home / "warehouse.duckdb") as con:
        articles = con.execute("SELECT count(*) FROM articles").fetchall()
    subprocess.run(["rm", "-r", str(home)], check=True)
    restored = watchfloor("restore", str(tmp_path / "backups"), home=home)
    assert restored.exit_code == 0, restored.output
    assert f"Restored {made['folder']}" in restored.stdout
    assert (home / "digests" / "2026-W14.md").read_bytes() == issue
    with open_read_only(home / "warehouse.duckdb") as con:
        assert con.execute("SELECT count(*) FROM articles").fetchall() == articles
    assert watchfloor("status", home=home).exit_code == 0


def test_restore_replaces_a_corrupt_warehouse(home: Path, tmp_path: Path, empty_warehouse: Path) -> None:
    home.mkdir()
    (home / "warehouse.duckdb").write_bytes(empty_warehouse.read_bytes())
    watchfloor("backup", str(tmp_path / "b"), home=home)
    (home / "warehouse.duckdb").write_bytes(b"garbage" * 1000)
    broken = watchfloor("enrich", home=home)
    assert broken.exit_code == 1
    assert "warehouse.duckdb" in broken.stderr
    assert watchfloor("restore", str(tmp_path / "b"), home=home).exit_code == 0
    assert watchfloor("enrich", home=home).exit_code == 0


def test_maintenance_backs_up_once_a_day_and_writes_the_metrics(home: Path, empty_warehouse: Path) -> None:
    home.mkdir()
    (home / "warehouse.duckdb").write_bytes(empty_warehouse.read_bytes())
    assert "all checksums good" in watchfloor("maintain", home=home).stdout
    assert "is done already" in watchfloor("maintain", home=home).stdout
    metrics = (home / "watchfloor.prom").read_text()
    assert "# TYPE watchfloor_articles gauge\nwatchfloor_articles 0.0\n" in metrics
    assert read_samples(metrics)["watchfloor_last_success_timestamp_seconds"]["maintain"] // 100 == 17754552


def read_samples(text: str) -> dict[str, dict[str, float]]:
    """The values of each metric by its label's value."""
    samples: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, {})["".join(sample.labels.values())] = sample.value
    return samples


@pytest.mark.usefixtures("sample")
def test_metrics_are_read_by_the_prometheus_parser(home: Path) -> None:
    watchfloor("ingest", home=home)
    out = home / "node" / "watchfloor.prom"
    assert watchfloor("metrics", "--out", str(out), home=home).exit_code == 0
    samples = read_samples(out.read_text())
    assert {state: feeds for state, feeds in samples["watchfloor_feeds"].items() if feeds} == {"up": 6}
    done = samples["watchfloor_last_success_timestamp_seconds"]
    assert {flow for flow, moment in done.items() if moment} == {"ingest"}
    assert [path.name for path in out.parent.iterdir()] == ["watchfloor.prom"]


def test_log_lines_are_json_on_request(home: Path, empty_warehouse: Path) -> None:
    home.mkdir()
    (home / "warehouse.duckdb").write_bytes(empty_warehouse.read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "--home", str(home), "publish"],
        cwd=ROOT,
        env={**os.environ, "WATCHFLOOR_LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(event["event"], event["flow"]) for event in events] == [
        ("started", "publish"),
        ("done", "publish"),
    ]


def test_doctor_names_an_unknown_setting_and_a_server_that_is_down(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFLOOR_HOMEE", "x")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    done = watchfloor("doctor", "--json", home=home)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.exit_code == 1
    assert "WATCHFLOOR_HOMEE" in checks["settings"]["found"]
    assert not checks["server"]["ok"]
    assert "prefect server start" in checks["server"]["next_step"]
