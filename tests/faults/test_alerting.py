"""Alerting: a failing command under cron or systemd wakes someone, once, and says when it is well again."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import NOW
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed, Failed
from typer.testing import CliRunner, Result
from webhook_sink import Sink, webhook_sink

from flows import alerts, pipeline
from flows.cli import app
from flows.collection import IngestReport
from flows.deployments import flows as deployed
from flows.deployments.runtime import ping_done, ping_failed
from flows.jobs import Skipped
from sources.http.webhook import call_webhook, shown_webhook
from sources.model import EntryCounts
from warehouse.errors import WarehouseBusyError, WarehouseError

PATH = "/T000/secret-path"
HOUR = timedelta(hours=1)
BUSY = WarehouseBusyError("home", "another run writes it. Wait for it.")
BROKEN = WarehouseError("warehouse.duckdb", "is broken at https://ana:word@feeds.example/. Restore it.")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with webhook_sink() as opened:
        yield opened


@pytest.fixture
def home(tmp_path: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATCHFLOOR_ALERT_URL", f"{sink.url}{PATH}")
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], None]:
    """Makes every stage of `run` and `maintain` end as told: with an exception, or well."""

    def end(error: Exception | None) -> None:
        def stage(*_: object, **__: object) -> Skipped:
            if error is not None:
                raise error
            return Skipped(flow="a stage", run_key="now", reason="a stage is done.")

        for name in ("ingest", "enrich", "due_digest", "publish", "maintain"):
            monkeypatch.setattr(pipeline, name, stage)

    end(None)
    return end


def watchfloor(home: Path, *words: str, now: datetime = NOW) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", now.isoformat(), *words])


def texts(sink: Sink) -> list[str]:
    return [json.loads(body)["text"] for path, body in sink.calls if path == PATH]


@pytest.mark.parametrize("command", ["run", "maintain"])
def test_failing_command_is_told_once_until_it_is_well_again(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None], command: str
) -> None:
    ending(BROKEN)
    codes = [watchfloor(home, command, now=NOW + hour * HOUR).exit_code for hour in range(3)]
    assert codes == [1, 1, 1]
    assert len(texts(sink)) == 1
    assert f"{command} fails on {socket.gethostname()} since {NOW:%Y-%m-%d %H:%M} UTC" in texts(sink)[0]
    assert "is broken" in texts(sink)[0]
    assert "word" not in texts(sink)[0]
    ending(None)
    assert [watchfloor(home, command, now=NOW + 5 * HOUR).exit_code for _ in range(2)] == [0, 0]
    assert len(texts(sink)) == 2
    assert f"{command} is well again" in texts(sink)[1]
    ending(BROKEN)
    watchfloor(home, command, now=NOW + 6 * HOUR)
    assert len(texts(sink)) == 3


def test_command_without_a_fault_tells_nobody(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None]
) -> None:
    assert watchfloor(home, "run").exit_code == 0
    assert sink.calls == []
    assert list(home.iterdir()) == []


def test_fault_of_ours_and_wrong_setting_are_told_too(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ending(ZeroDivisionError("division by zero"))
    assert watchfloor(home, "run").exit_code == 1
    monkeypatch.setenv("WATCHFLOOR_KEEP_BACKUPS", "none")
    assert watchfloor(home, "maintain").exit_code == 2
    (home / "watchfloor.toml").write_text("no TOML")
    assert watchfloor(home, "send").exit_code == 2
    assert "ZeroDivisionError" in texts(sink)[0]
    assert "WATCHFLOOR_KEEP_BACKUPS" in texts(sink)[1]
    assert "watchfloor.toml" in texts(sink)[2]


@pytest.mark.parametrize("command", ["run", "maintain"])
def test_what_can_only_be_tried_again_fails_when_it_has_lasted_for_hours(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None], command: str
) -> None:
    ending(BUSY)
    codes = {hour: watchfloor(home, command, now=NOW + hour * HOUR) for hour in (0, 1, 5, 6, 7)}
    assert [done.exit_code for done in codes.values()] == [3, 3, 3, 1, 1]
    assert f"has not succeeded since {NOW:%Y-%m-%d %H:%M} UTC" in codes[6].stderr
    assert len(texts(sink)) == 1
    assert "another run writes it" in texts(sink)[0]
    ending(None)
    assert watchfloor(home, command, now=NOW + 8 * HOUR).exit_code == 0
    ending(BUSY)
    assert watchfloor(home, command, now=NOW + 9 * HOUR).exit_code == 3


def test_network_that_is_down_for_hours_fails(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = IngestReport(
        feeds=5, not_due=0, outcomes={}, entries=EntryCounts(), failures=("a",) * 5, flooded=(), elapsed_s=1.0
    )
    monkeypatch.setattr(pipeline, "ingest", lambda *_, **__: report)
    assert [watchfloor(home, "run", now=NOW + hour * HOUR).exit_code for hour in (0, 5, 6)] == [3, 3, 1]
    assert "no feed answered" in texts(sink)[0]


def test_hours_until_then_are_a_setting(
    home: Path, ending: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFLOOR_FAIL_AFTER_HOURS", "1")
    ending(BUSY)
    assert [watchfloor(home, "run", now=NOW + hour * HOUR).exit_code for hour in (0, 1)] == [3, 1]


def test_alert_that_does_not_arrive_is_named_without_its_secret_and_told_next_time(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None]
) -> None:
    sink.status = 503
    ending(BROKEN)
    done = watchfloor(home, "run")
    assert done.exit_code == 1
    assert f"WATCHFLOOR_ALERT_URL ({sink.url}/***): answers HTTP 503" in done.stderr
    assert "secret-path" not in done.output
    sink.status = 200
    watchfloor(home, "run", now=NOW + HOUR)
    assert len(texts(sink)) == 1
    sink.status = 503
    ending(None)
    assert watchfloor(home, "run", now=NOW + 2 * HOUR).exit_code == 0
    sink.status = 200
    watchfloor(home, "run", now=NOW + 3 * HOUR)
    assert "well again" in texts(sink)[-1]


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
def test_ping_follows_each_run_and_its_secret_is_never_shown(
    home: Path,
    sink: Sink,
    ending: Callable[[Exception | None], None],
    monkeypatch: pytest.MonkeyPatch,
    verbose: tuple[str, ...],
) -> None:
    monkeypatch.setenv("WATCHFLOOR_PING_URL", f"{sink.url}/secret-uuid?create=1")
    monkeypatch.delenv("WATCHFLOOR_ALERT_URL")
    outputs = [watchfloor(home, *verbose, "run").output, watchfloor(home, "maintain").output]
    ending(BUSY)
    outputs.append(watchfloor(home, *verbose, "run").output)
    ending(BROKEN)
    outputs.append(watchfloor(home, *verbose, "run").output)
    assert [path for path, _ in sink.calls] == ["/secret-uuid?create=1", "/secret-uuid/fail?create=1"]
    assert "is broken" in sink.calls[1][1]
    sink.status = 500
    ending(None)
    done = watchfloor(home, *verbose, "run")
    assert (done.exit_code, "WATCHFLOOR_PING_URL" in done.stderr) == (0, True)
    assert not any("secret" in output for output in (*outputs, done.output))


def test_flows_of_prefect_ping_as_run_does(home: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFLOOR_PING_URL", f"{sink.url}/uuid")
    for flow in (deployed.ingest, deployed.enrich, deployed.digest, deployed.publish):
        assert flow.on_failure_hooks == flow.on_crashed_hooks == [ping_failed]
    assert deployed.publish.on_completion_hooks == [ping_done]
    run = FlowRun.model_construct(name="ingest 2026-08-17T06")
    ping_failed(deployed.ingest, run, Failed(message="no feed answered"))
    ping_done(deployed.publish, run, Completed())
    failed = "ingest 2026-08-17T06 Failed: no feed answered"
    assert sink.calls == [("/uuid/fail", failed), ("/uuid", "")]


def test_unit_that_was_killed_is_told_for_and_not_twice(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None]
) -> None:
    for _ in range(2):
        assert watchfloor(home, "alert", "watchfloor-run.service", "oom-kill").exit_code == 0
    assert len(texts(sink)) == 1
    assert "watchfloor-run.service failed (oom-kill)" in texts(sink)[0]
    assert watchfloor(home, "run", now=NOW + HOUR).exit_code == 0
    assert "run is well again" in texts(sink)[1]


def test_alert_without_a_unit_is_a_trial_that_fails_if_nobody_is_told(
    home: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watchfloor(home, "alert").exit_code == 0
    assert "trial" in texts(sink)[0]
    sink.status = 404
    done = watchfloor(home, "alert")
    assert (done.exit_code, "answers HTTP 404" in done.stderr, PATH in done.output) == (1, True, False)
    monkeypatch.delenv("WATCHFLOOR_ALERT_URL")
    assert watchfloor(home, "alert").exit_code == 1
    for wrong in ("hooks.example/secret-path", "https:///secret-path", "https://[::1/secret-path"):
        monkeypatch.setenv("WATCHFLOOR_ALERT_URL", wrong)
        done = watchfloor(home, "alert")
        assert (done.exit_code, "WATCHFLOOR_ALERT_URL" in done.stderr) == (2, True)
        assert "secret-path" not in done.output


def test_episode_that_cannot_be_recorded_fails_nothing(
    home: Path, sink: Sink, ending: Callable[[Exception | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "touch", full)
    ending(BROKEN)
    done = watchfloor(home, "run")
    assert (done.exit_code, len(texts(sink))) == (1, 1)
    assert "run.told: cannot be written" in done.stderr


def test_server_that_never_answers_holds_a_command_up_for_a_bounded_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/secret"
        assert call_webhook(url, b"", "text/plain", timeout_s=0.2) == "no answer in time"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:1/secret", "no connection"),
        ("https://no.invalid/secret", "no.invalid: "),
        ("http://[::1/secret", "cannot be called"),
        ("http://127.0.0.1:99999/secret", ""),
    ],
)
def test_webhook_that_cannot_be_called_is_a_reason_and_no_exception(url: str, why: str) -> None:
    reason = call_webhook(url, b"", "text/plain")
    assert reason is not None
    assert reason.startswith(why)
    assert "secret" not in reason


def test_webhook_is_shown_without_password_and_path() -> None:
    shown = shown_webhook("https://ana:word@hooks.example:8443/services/T0?token=x")
    assert shown == "https://hooks.example:8443/***"


def test_long_message_is_cut(home: Path, sink: Sink, ending: Callable[[Exception | None], None]) -> None:
    ending(WarehouseError("it", "x" * 5_000))
    watchfloor(home, "run")
    assert len(texts(sink)[0]) == alerts.MAX_MESSAGE_CHARS
