"""Alarms that lie or sleep: status, metrics and cron output tell what needs a person, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from fakes import NOW, WEEK, article, save, watch
from paths import ROOT
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner, Result

from flows import pipeline
from flows.cli import app
from flows.collection import IngestReport
from flows.jobs import Job, JobResult, Skipped, run_job
from flows.monitor import status as status_module
from flows.monitor.metrics import to_metrics
from flows.monitor.problems import OVERDUE, Code
from flows.monitor.status import Status, read_status
from flows.settings import Settings
from sources.model import EntryCounts
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store.db import open_warehouse, to_db
from warehouse.store.issues import IssueRecord, save_issue
from warehouse.store.locks import hold_writer_lock
from warehouse.store.migrate import newest_version
from warehouse.store.runs import Run, RunState, save_run

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
RULES = ROOT / "docs" / "operators" / "deploy" / "prometheus-rules.yml"


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Path:
    """A home ten days old in which every stage was done half an hour ago; to be copied."""
    home = tmp_path_factory.mktemp("healthy") / "home"
    home.mkdir()
    shutil.copy(empty_warehouse, home)
    with open_warehouse(home / "warehouse.duckdb") as con:
        for moment in (NOW - 10 * DAY, NOW - HOUR / 2):
            for flow in OVERDUE:
                save_run(con, ran(flow, moment))
        watch(con, "wire")
        save_issue(con, issue(), NOW - HOUR / 2)
    name = f"{NOW - HOUR / 2:%Y%m%dT%H%M%SZ}"
    (home / "backups" / name).mkdir(parents=True)
    (home / "snapshots" / name).mkdir(parents=True)
    shutil.copy(home / "warehouse.duckdb", home / "snapshots" / name / "snapshot.duckdb")
    (home / "snapshot.duckdb").symlink_to(f"snapshots/{name}/snapshot.duckdb")
    return home


@pytest.fixture
def home(healthy: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(healthy, tmp_path / "home", symlinks=True))


@pytest.fixture
def con(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the home."""
    with duckdb.connect(home / "warehouse.duckdb") as opened:
        yield opened


def ran(flow: str, ended: datetime, state: RunState = RunState.DONE) -> Run:
    return Run(
        flow=flow,
        run_key=f"{ended:%FT%H}",
        state=state,
        started_at=ended,
        heartbeat_at=ended,
        ended_at=ended,
        outcome="a test",
    )


def issue() -> IssueRecord:
    return IssueRecord(week=str(WEEK), watermark=NOW, articles=0, stories=0, desks={}, content_hash=1)


def look(home: Path, now: datetime = NOW) -> Status:
    return read_status(Settings(home=home), now)


def found(home: Path, now: datetime = NOW) -> set[tuple[str, str]]:
    return {(problem.code, problem.subject) for problem in look(home, now).problems}


def watchfloor(home: Path, *words: str, now: datetime = NOW) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", now.isoformat(), *words])


def values(text: str) -> dict[tuple[str, str], float]:
    """The value of each series, by its metric without the prefix and by its label."""
    return {
        (sample.name.removeprefix("watchfloor_"), "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# The status.


def test_healthy_home_has_no_problem(home: Path) -> None:
    assert look(home).problems == ()
    assert watchfloor(home, "status").exit_code == 0


@pytest.mark.parametrize("flow", OVERDUE)
def test_stage_last_done_too_long_ago_is_named(home: Path, con: duckdb.DuckDBPyConnection, flow: str) -> None:
    con.execute("UPDATE store.runs SET ended_at = $1 WHERE flow = $2", [to_db(NOW - 9 * DAY), flow])
    con.close()
    assert found(home) == {("overdue", flow)}
    assert watchfloor(home, "status").exit_code == 1


@pytest.mark.parametrize("flow", OVERDUE)
def test_stage_that_was_never_done_is_named_once_the_home_is_older_than_its_period(
    home: Path, con: duckdb.DuckDBPyConnection, flow: str
) -> None:
    con.execute("DELETE FROM store.runs WHERE flow = $1", [flow])
    con.close()
    assert found(home) == {("never_done", flow)}


def test_young_home_is_given_time(tmp_path: Path, empty_warehouse: Path) -> None:
    shutil.copy(empty_warehouse, tmp_path)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        save_run(con, ran("ingest", NOW))
    assert found(tmp_path, NOW + HOUR) == set()
    assert found(tmp_path, NOW + 7 * HOUR) == {
        ("overdue", "ingest"),
        ("never_done", "enrich"),
        ("never_done", "publish"),
        ("old_snapshot", "snapshot"),
    }


def test_issue_of_half_a_year_ago_is_named_though_the_digest_ran_today(
    home: Path, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute("UPDATE store.issues SET week = $1", [str(WEEK.before(26))])
    con.close()
    assert found(home) == {("old_digest", "digest")}
    assert "ended 182 days ago" in watchfloor(home, "status").stdout


def test_backup_and_snapshot_that_are_gone_are_named_whatever_the_table_of_runs_says(home: Path) -> None:
    shutil.rmtree(home / "backups")
    (home / "snapshot.duckdb").unlink()
    assert found(home) == {("old_backup", "backup"), ("old_snapshot", "snapshot")}


def test_old_backup_and_snapshot_are_named(home: Path, con: duckdb.DuckDBPyConnection) -> None:
    for flow in OVERDUE:
        save_run(con, ran(flow, NOW + 3 * DAY))
    con.close()
    assert found(home, NOW + 3 * DAY) == {("old_backup", "backup"), ("old_snapshot", "snapshot")}


def test_missing_home_is_a_problem_and_json_too(tmp_path: Path) -> None:
    done = watchfloor(tmp_path / "none", "status")
    assert done.exit_code == 1
    assert f"no home at {tmp_path}/none" in done.stdout
    assert "watchfloor run" in done.stdout
    assert "watchfloor restore" in done.stdout
    (only,) = json.loads(watchfloor(tmp_path / "none", "status", "--json").stdout)["problems"]
    assert only.keys() == {"code", "subject", "message", "next_step"}
    assert only["code"] == "no_home"
    assert not (tmp_path / "none").exists()


def test_home_without_a_warehouse_is_a_problem_unless_a_job_is_making_it(tmp_path: Path) -> None:
    assert found(tmp_path) == {("no_warehouse", str(tmp_path))}
    with hold_writer_lock(tmp_path, "ingest", lambda: NOW):
        assert found(tmp_path) == set()


def test_clock_that_was_set_back_is_named_while_nothing_looks_overdue(home: Path) -> None:
    assert found(home, NOW - 2 * DAY) == {("clock", "clock")}
    assert "timedatectl" in watchfloor(home, "status", now=NOW - 2 * DAY).stdout


def test_run_that_failed_after_the_clock_was_set_back_is_named(
    home: Path, con: duckdb.DuckDBPyConnection
) -> None:
    save_run(con, ran("ingest", NOW - 2 * DAY, RunState.FAILED))
    con.close()
    assert ("failed", "ingest") in found(home)


def test_pending_articles_are_named_although_no_run_could_be_recorded(
    home: Path, con: duckdb.DuckDBPyConnection
) -> None:
    save(con, article("a", seen=NOW - 7 * HOUR), article("b", seen=NOW - HOUR))
    con.close()
    assert found(home) == {("pending", "enrich")}
    assert "2 to embed, 2 to classify, 2 to group" in watchfloor(home, "status").stdout


def test_pending_articles_are_no_problem_in_their_first_hours_and_while_enrich_runs(
    home: Path, con: duckdb.DuckDBPyConnection
) -> None:
    save(con, article("a"))  # first seen days ago
    save_run(con, ran("backfill", NOW - HOUR))
    con.close()
    assert found(home) == set()
    with hold_writer_lock(home, "enrich", lambda: NOW):
        assert ("pending", "enrich") not in found(home, NOW + 7 * HOUR)


def test_full_disk_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_module.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(1, 1, 0))
    assert found(home) == {("disk", "disk")}


def test_older_schema_is_named_with_both_numbers_before_it_is_upgraded(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"{home}/warehouse.duckdb has schema {newest_version()}, this release has 10"
    monkeypatch.setattr("warehouse.store.migrate.schema_versions", lambda: {1: ("", ""), 10: ("", "")})
    (only,) = look(home).problems
    assert (only.code, only.message) == ("schema", said)
    assert "watchfloor run" in only.next_step


def test_newer_schema_is_named_with_both_numbers(home: Path, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO main.schema_migrations (version, name, sha256) VALUES (12, 'later', '')")
    con.close()
    (only,) = look(home).problems
    assert only.code == "schema"
    assert f"has schema 12, this release has {newest_version()}" in only.message
    assert "newer release" in only.next_step


def test_file_that_is_no_warehouse_is_named_and_status_still_answers(home: Path) -> None:
    (home / "warehouse.duckdb").write_bytes(b"garbage" * 1000)
    answer = json.loads(watchfloor(home, "status", "--json").stdout)
    assert [problem["code"] for problem in answer["problems"]] == ["unreadable"]
    assert "watchfloor restore" in answer["problems"][0]["next_step"]


# The metrics.


def job(settings: Settings, work: Callable[[], JobResult[None]], now: datetime = NOW) -> object:
    return run_job(settings, Job(flow="ingest", run_key=f"{now:%FT%H}", timeout_s=60), now, work)


def test_metrics_are_written_after_each_job_done_skipped_or_failed(home: Path) -> None:
    settings = Settings(home=home)

    def fail() -> JobResult[None]:
        raise WarehouseError("disk", "is full.")

    def seconds(metric: str) -> float:
        return values(settings.metrics_path.read_text())[metric, "ingest"] - NOW.timestamp()

    job(settings, lambda: JobResult(report=None, outcome=""), NOW + HOUR)
    assert seconds("last_success_timestamp_seconds") == pytest.approx(3600, abs=60)
    settings.metrics_path.unlink()
    assert isinstance(job(settings, fail, NOW + HOUR), Skipped)
    assert settings.metrics_path.exists()
    with pytest.raises(WarehouseError, match="is full"):
        job(settings, fail, NOW + 2 * HOUR)
    assert seconds("last_failure_timestamp_seconds") == pytest.approx(7200, abs=60)
    assert seconds("last_success_timestamp_seconds") == pytest.approx(3600, abs=60)


def test_metrics_that_cannot_be_written_hide_no_error_and_fail_no_job(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "in-the-way").write_text("")
    settings = Settings(home=home, metrics_file=home / "in-the-way" / "watchfloor.prom")
    job(settings, lambda: JobResult(report=None, outcome=""), NOW + HOUR)
    assert "metrics could not be written" in caplog.text

    def fail() -> JobResult[None]:
        raise WarehouseError("feed", "is broken.")

    with pytest.raises(WarehouseError, match="is broken"):
        job(settings, fail, NOW + 2 * HOUR)


def test_every_series_is_there_from_the_first_moment(tmp_path: Path, home: Path) -> None:
    before_anything = values(to_metrics(look(tmp_path / "none")))
    assert before_anything.keys() == values(to_metrics(look(home))).keys()
    assert before_anything["last_success_timestamp_seconds", "digest"] == 0
    assert before_anything["backup_timestamp_seconds", ""] == 0
    assert before_anything["readable", ""] == 0
    assert {label for name, label in before_anything if name == "problems"} == set(Code)


EXPRESSION = re.compile(r"(time\(\) - )?watchfloor_(\w+)(?:\{\w+=\"(\w+)\"\})? (>|<|==) ([\d.e]+)")
COMPARISONS = {">": float.__gt__, "<": float.__lt__, "==": float.__eq__}


def alerts(metrics: dict[tuple[str, str], float], now: datetime) -> set[str]:
    """The documented alerts that fire on these metrics, by what Prometheus does with their expressions."""
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    firing = set()
    for rule in group["rules"]:
        for expression in rule["expr"].split(" or "):
            if absent := re.fullmatch(r"absent\(watchfloor_(\w+)\)", expression):
                fires = not any(name == absent[1] for name, _ in metrics)
            else:
                parsed = EXPRESSION.fullmatch(expression)
                assert parsed is not None, expression
                since, metric, label, sign, limit = parsed.groups()
                series = [v for (name, of), v in metrics.items() if name == metric and label in (None, of)]
                fires = any(
                    COMPARISONS[sign](now.timestamp() - value if since else value, float(limit))
                    for value in series
                )
            if fires:
                firing.add(rule["alert"].removeprefix("Watchfloor"))
    return firing


def test_documented_alerts_are_silent_on_the_file_of_a_healthy_home(home: Path) -> None:
    job(Settings(home=home), lambda: JobResult(report=None, outcome=""))
    metrics = values((home / "watchfloor.prom").read_text())
    assert alerts(metrics, NOW + HOUR) == set()


def test_documented_alerts_fire_on_a_file_that_nobody_writes_any_more(home: Path) -> None:
    job(Settings(home=home), lambda: JobResult(report=None, outcome=""))
    metrics = values((home / "watchfloor.prom").read_text())
    late = {"NoMetrics", "IngestLate"}
    assert alerts(metrics, NOW + 4 * HOUR) == late
    late |= {"EnrichLate", "PublishLate", "NoSnapshot"}
    assert alerts(metrics, NOW + 7 * HOUR) == late
    late |= {"MaintainLate", "NoBackup"}
    assert alerts(metrics, NOW + 3 * DAY) == late
    assert alerts(metrics, NOW + 9 * DAY) == late | {"DigestLate", "NoIssue"}


def test_documented_alerts_fire_without_file_and_before_anything_was_done(tmp_path: Path) -> None:
    assert "NoMetrics" in alerts({}, NOW)
    metrics = values(to_metrics(look(tmp_path / "none")))
    assert alerts(metrics, NOW) == {
        *("Unreadable", "IngestLate", "EnrichLate", "PublishLate", "DigestLate", "MaintainLate"),
        *("NoIssue", "NoSnapshot", "NoBackup", "Problem"),
    }


def test_alert_on_ingest_is_the_one_of_the_operators_page(home: Path) -> None:
    expression = 'time() - watchfloor_last_success_timestamp_seconds{flow="ingest"} > 10800'
    assert expression in (ROOT / "docs" / "operators" / "index.md").read_text("utf-8")
    assert expression in RULES.read_text("utf-8")


def test_documented_alert_fires_when_the_clock_was_set_back(home: Path) -> None:
    metrics = values(to_metrics(look(home, NOW - 2 * DAY)))
    assert alerts(metrics, NOW - 2 * DAY) == {"ClockSetBack", "Problem"}


# Cron mails any output.


def everything_done(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    def stage(*_: object, **__: object) -> Skipped:
        if error is not None:
            raise error
        return Skipped(flow="a stage", run_key="now", reason="a stage is done.")

    for name in ("ingest", "enrich", "due_digest", "publish", "maintain"):
        monkeypatch.setattr(pipeline, name, stage)


@pytest.mark.parametrize("command", ["run", "maintain", "status"])
def test_quiet_command_prints_nothing_when_all_is_well(
    home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    everything_done(monkeypatch)
    done = watchfloor(home, command, "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    assert watchfloor(home, command).output != ""


def test_quiet_maintenance_that_did_its_work_prints_nothing(home: Path) -> None:
    done = watchfloor(home, "maintain", "--quiet", now=NOW + DAY)
    assert (done.exit_code, done.output) == (0, "")


def test_quiet_run_that_asked_feeds_prints_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything_done(monkeypatch)
    monkeypatch.setattr(
        pipeline,
        "ingest",
        lambda *_, **__: IngestReport(
            feeds=2,
            not_due=0,
            outcomes={},
            entries=EntryCounts(),
            failures=("a: gone: x",),
            flooded=(),
            elapsed_s=1,
        ),
    )
    done = watchfloor(home, "run", "--quiet")
    assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (WarehouseError("disk", "is full."), 1, "watchfloor: disk: is full.\n"),
        (WarehouseBusyError("home", "is being written."), 3, ""),
    ],
)
def test_quiet_run_names_what_needs_a_person_and_not_what_the_next_hour_mends(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, said: str
) -> None:
    everything_done(monkeypatch, error)
    done = watchfloor(home, "run", "--quiet")
    assert (done.exit_code, done.output) == (code, said)


def test_quiet_status_prints_the_problems_alone(tmp_path: Path) -> None:
    done = watchfloor(tmp_path / "none", "status", "--quiet")
    assert done.exit_code == 1
    assert re.fullmatch(r"BAD +no home at .*\n", done.output)


def test_cron_lines_of_the_operators_page_are_quiet() -> None:
    page = (ROOT / "docs" / "operators" / "index.md").read_text("utf-8")
    (block,) = re.findall(r"```cron\n(.*?)```", page, re.DOTALL)
    assert len(block.splitlines()) == 3
    assert all("--quiet" in line for line in block.splitlines())
