"""The ledger of runs, and what an older file says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
from fakes import at, source

from warehouse.store.config_changes import note_catalog
from warehouse.store.db import transaction
from warehouse.store.runs import Run, RunState, last_runs, save_run

MONDAY = at("2026-08-10")
HOUR = timedelta(hours=1)


def collected(moment: datetime, state: RunState = RunState.DONE, flow: str = "ingest") -> Run:
    return Run(
        flow=flow,
        run_key=f"{moment:%Y-%m-%dT%H}",
        state=state,
        started_at=moment,
        heartbeat_at=moment,
        ended_at=moment + timedelta(minutes=2),
        outcome="",
    )


def hourly(con: duckdb.DuckDBPyConnection, *hours: int, state: RunState = RunState.DONE) -> None:
    with transaction(con):
        for hour in hours:
            save_run(con, collected(MONDAY + hour * HOUR, state))


def test_last_runs_are_the_last_good_and_the_last_bad_one_of_each_flow(
    con: duckdb.DuckDBPyConnection,
) -> None:
    hourly(con, 1, 2)
    hourly(con, 3, 4, state=RunState.FAILED)
    save_run(con, collected(MONDAY, flow="enrich"))
    assert [(run.flow, run.state, run.started_at) for run in last_runs(con)] == [
        ("enrich", RunState.DONE, MONDAY),
        ("ingest", RunState.FAILED, MONDAY + 4 * HOUR),
        ("ingest", RunState.DONE, MONDAY + 2 * HOUR),
    ]


def test_the_same_run_entered_twice_is_one(con: duckdb.DuckDBPyConnection) -> None:
    run = collected(MONDAY)
    save_run(con, run)
    save_run(con, replace(run, outcome="clearer"))
    assert last_runs(con) == [replace(run, outcome="clearer")]


def test_a_changed_feed_list_is_no_break_and_names_what_came_and_went(con: duckdb.DuckDBPyConnection) -> None:
    before, after = [source("a"), source("b")], [source("b"), source("c")]
    assert note_catalog(con, before, MONDAY)
    assert not note_catalog(con, reversed(before), MONDAY + HOUR)
    assert note_catalog(con, after, MONDAY + 2 * HOUR)
    changes = con.execute(
        "SELECT changed_at, kind, detail, is_break FROM config_changes ORDER BY ALL"
    ).fetchall()
    assert [change[1:] for change in changes] == [
        ("catalog", "first entry", False),
        ("catalog", "c added; a removed", False),
    ]


def test_a_feed_that_moved_is_a_change_of_address(con: duckdb.DuckDBPyConnection) -> None:
    note_catalog(con, [source("a")], MONDAY)
    note_catalog(con, [replace(source("a"), url="https://elsewhere.example/feed")], MONDAY + HOUR)
    assert con.execute("SELECT detail FROM config_changes ORDER BY changed_at DESC LIMIT 1").fetchone() == (
        "addresses changed",
    )
