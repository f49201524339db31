"""Every fault of the fault server ends in its outcome, and the other feeds of the run are collected."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from fakes import NOW, source
from fault_server import FAULTS, fault_server

from flows.collection import IngestReport, collect_feeds
from flows.settings import Settings
from sources.http.client import FetchLimits
from sources.model import Outcome
from warehouse.store.db import open_read_only

pytestmark = pytest.mark.slow

LIMITS = FetchLimits(
    connect_timeout_s=2,
    read_timeout_s=2.0,
    total_timeout_s=4.0,  # a loaded machine reads the largest body in time
    max_body_bytes=3_000_000,
    requests_at_once=len(FAULTS),
    allowed_hosts=frozenset({"127.0.0.1"}),
)
HEALTHY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One collection from all the faults and some healthy feeds between them."""

    report: IngestReport
    outcomes: dict[str, tuple[str, int, str]]  # source id -> outcome, new entries, message
    titles: dict[str, str]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings = Settings(home=tmp_path_factory.mktemp("faults"))
    with pytest.MonkeyPatch.context() as patch, fault_server() as port:
        patch.setattr(Settings, "fetch_limits", property(lambda _: LIMITS))
        base = f"http://127.0.0.1:{port}"
        catalog = [
            replace(source(f"fault-{number}"), url=f"{base}/{number}") for number in range(len(FAULTS))
        ]
        catalog += [replace(source(f"healthy-{n}"), url=f"{base}/healthy-{n}") for n in range(HEALTHY)]
        catalog += [
            replace(source("plain-port-asked-by-tls"), url=f"https://127.0.0.1:{port}/0"),
            replace(source("no-such-scheme"), url="gopher://127.0.0.1/feed"),
        ]
        report = collect_feeds(settings, NOW, catalog=catalog)
    with open_read_only(settings.warehouse_path) as con:
        outcomes = con.execute(
            "SELECT source_id, outcome, entries_new + entries_unchanged, message FROM fetches"
        ).fetchall()
        titles = dict(con.execute("SELECT source_id, title FROM articles").fetchall())
    return Run(report=report, outcomes={id_: (o, n, m) for id_, o, n, m in outcomes}, titles=titles)


@pytest.mark.parametrize(("number", "name"), list(enumerate(FAULTS)), ids=list(FAULTS))
def test_fault_ends_in_its_outcome(collected: Run, number: int, name: str) -> None:
    outcome, entries, message = collected.outcomes[f"fault-{number}"]
    assert (outcome, entries) == (FAULTS[name].ends_in.value, FAULTS[name].articles), message
    assert bool(message) == (outcome != "ok")


def test_healthy_feeds_between_the_faults_are_collected(collected: Run) -> None:
    for number in range(HEALTHY):
        assert collected.outcomes[f"healthy-{number}"][:2] == ("ok", 1)


def test_tls_error_is_distinguished_from_a_server_that_is_down(collected: Run) -> None:
    assert collected.outcomes["plain-port-asked-by-tls"][0] == Outcome.TLS_ERROR


def test_scheme_that_is_not_http_is_never_fetched(collected: Run) -> None:
    assert collected.outcomes["no-such-scheme"][0] == Outcome.BAD_REDIRECT


def test_every_feed_has_one_outcome_and_every_failure_names_feed_and_cause(collected: Run) -> None:
    assert sum(collected.report.outcomes.values()) == collected.report.feeds == len(FAULTS) + HEALTHY + 2
    assert all(": " in failure for failure in collected.report.failures)
    assert any(failure.startswith("fault-0: http_error: HTTP 404") for failure in collected.report.failures)


def test_no_secret_of_this_machine_came_in_through_an_entity(collected: Run) -> None:
    assert not any("root:" in title for title in collected.titles.values())
