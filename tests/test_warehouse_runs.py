"""The ledger of runs: gaps in the collection, and what an older file says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from fakes import at, source
from hypothesis import given
from hypothesis import strategies as st

from warehouse.config_changes import note_catalog
from warehouse.db import open_read_only, transaction
from warehouse.runs import Gap, Run, RunState, find_gaps, gaps, last_done, last_runs, newest_window, save_run

MONDAY = at("2026-08-10")
HOUR = timedelta(hours=1)


def collected(moment: datetime, state: RunState = RunState.DONE, flow: str = "ingest") -> Run:
    return Run(
        flow=flow,
        window=f"{moment:%Y-%m-%dT%H}",
        state=state,
        started_at=moment,
        heartbeat_at=moment,
        ended_at=moment + timedelta(minutes=2),
        outcome="",
        host="here",
        pid=1,
    )


def hourly(con: duckdb.DuckDBPyConnection, *hours: int, state: RunState = RunState.DONE) -> None:
    with transaction(con):
        for hour in hours:
            save_run(con, collected(MONDAY + hour * HOUR, state))


def test_an_outage_of_three_days_is_one_gap(con: duckdb.DuckDBPyConnection) -> None:
    hourly(con, *range(24), *range(24 + 72, 168))
    assert gaps(con, MONDAY, MONDAY + timedelta(days=7)) == [
        Gap(began_at=MONDAY + 23 * HOUR, ended_at=MONDAY + 96 * HOUR)
    ]
    assert gaps(con, MONDAY, MONDAY + timedelta(days=7))[0].hours == 73


def test_a_gap_is_cut_to_the_week_asked_for(con: duckdb.DuckDBPyConnection) -> None:
    hourly(con, *range(160), *range(200, 300))
    assert gaps(con, MONDAY, MONDAY + timedelta(days=7)) == [
        Gap(began_at=MONDAY + 159 * HOUR, ended_at=MONDAY + 168 * HOUR)
    ]
    assert gaps(con, MONDAY + timedelta(days=7), MONDAY + timedelta(days=14))[0] == Gap(
        began_at=MONDAY + 168 * HOUR, ended_at=MONDAY + 200 * HOUR
    )


def test_failed_collections_fill_no_gap(con: duckdb.DuckDBPyConnection) -> None:
    hourly(con, 0, 1, 2, 10)
    hourly(con, *range(3, 10), state=RunState.FAILED)
    assert [gap.hours for gap in gaps(con, MONDAY, MONDAY + 12 * HOUR)] == [8]


def test_a_daily_rhythm_has_no_gaps_and_before_the_first_collection_nothing_is_missed() -> None:
    days = [MONDAY + timedelta(days=day) for day in range(7)]
    assert find_gaps(days, MONDAY - timedelta(days=30), MONDAY + timedelta(days=7)) == []
    assert find_gaps([], MONDAY, MONDAY + timedelta(days=7)) == []


def test_collection_that_has_stopped_is_a_gap_up_to_the_end() -> None:
    assert find_gaps([MONDAY, MONDAY + HOUR], MONDAY, MONDAY + 48 * HOUR) == [
        Gap(began_at=MONDAY + HOUR, ended_at=MONDAY + 48 * HOUR)
    ]


@given(st.lists(st.integers(0, 500), min_size=1, unique=True).map(sorted), st.integers(0, 500), st.integers(1, 500))
def test_gaps_lie_in_the_window_apart_and_in_order(hours: list[int], first: int, length: int) -> None:
    start, end = MONDAY + first * HOUR, MONDAY + (first + length) * HOUR
    found = find_gaps([MONDAY + hour * HOUR for hour in hours if hour < first + length], start, end)
    edges = [edge for gap in found for edge in (gap.began_at, gap.ended_at)]
    assert edges == sorted(edges)
    assert all(start <= edge <= end for edge in edges)
    assert all(gap.hours > 0 for gap in found)


def test_last_runs_are_the_last_good_and_the_last_bad_one_of_each_flow(con: duckdb.DuckDBPyConnection) -> None:
    hourly(con, 1, 2)
    hourly(con, 3, 4, state=RunState.FAILED)
    save_run(con, collected(MONDAY, flow="enrich"))
    assert [(run.flow, run.state, run.started_at) for run in last_runs(con)] == [
        ("enrich", RunState.DONE, MONDAY),
        ("ingest", RunState.FAILED, MONDAY + 4 * HOUR),
        ("ingest", RunState.DONE, MONDAY + 2 * HOUR),
    ]
    assert newest_window(con, "ingest") == "2026-08-10T02"


def test_the_same_run_entered_twice_is_one(con: duckdb.DuckDBPyConnection) -> None:
    run = collected(MONDAY)
    save_run(con, run)
    save_run(con, replace(run, outcome="told better"))
    assert last_runs(con) == [replace(run, outcome="told better")]


def test_file_of_an_older_release_has_no_runs(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    duckdb.connect(path).close()
    with open_read_only(path) as con:
        assert (last_done(con, ["ingest"]), newest_window(con, "ingest"), last_runs(con)) == (None, None, [])


def test_a_changed_feed_list_is_a_break_that_names_what_came_and_went(con: duckdb.DuckDBPyConnection) -> None:
    before, after = [source("a"), source("b")], [source("b"), source("c")]
    assert note_catalog(con, before, MONDAY)
    assert not note_catalog(con, reversed(before), MONDAY + HOUR)
    assert note_catalog(con, after, MONDAY + 2 * HOUR)
    changes = con.execute("SELECT changed_at, kind, detail, is_break FROM config_changes ORDER BY ALL").fetchall()
    assert [change[1:] for change in changes] == [
        ("catalog", "first entry", False),
        ("catalog", "c added; a removed", True),
    ]


def test_a_feed_that_moved_is_a_change_of_address(con: duckdb.DuckDBPyConnection) -> None:
    note_catalog(con, [source("a")], MONDAY)
    note_catalog(con, [replace(source("a"), url="https://elsewhere.example/feed")], MONDAY + HOUR)
    assert con.execute("SELECT detail FROM config_changes ORDER BY changed_at DESC LIMIT 1").fetchone() == (
        "addresses changed",
    )
