"""What the warehouse remembers of feeds."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
from fakes import NOW, at, source

from sources.model import FetchResult, FetchState, Outcome
from warehouse.articles import SaveCounts
from warehouse.feeds import load_states, save_fetch, save_sources, save_state

ANSWER = FetchResult(source_id="wire", fetched_at=NOW, outcome=Outcome.OK, elapsed_s=0.25, http_status=200)
COUNTS = SaveCounts(new=3, updated=2, unchanged=1, rejected=4)


def test_source_is_described_as_it_is_now(con: duckdb.DuckDBPyConnection) -> None:
    save_sources(con, [source("wire"), source("post")])
    save_sources(con, [source("wire", name="The Wire", publisher="Wire Group")])
    assert con.execute("SELECT source_id, name, publisher FROM sources ORDER BY source_id").fetchall() == [
        ("post", "Post", "Post"),
        ("wire", "The Wire", "Wire Group"),
    ]


def test_state_comes_back_as_it_was_saved(con: duckdb.DuckDBPyConnection) -> None:
    full = FetchState(
        source_id="wire",
        etag='W/"a-b"',
        last_modified="Mon, 10 Aug 2026 00:00:00 GMT",
        body_sha256="f" * 64,
        failures=3,
        next_attempt_at=at("2026-08-12T09:30"),
    )
    bare = FetchState(source_id="post")
    save_state(con, full)
    save_state(con, bare)
    assert load_states(con) == {"wire": full, "post": bare}


def test_newer_state_takes_the_place_of_the_older(con: duckdb.DuckDBPyConnection) -> None:
    save_state(con, FetchState(source_id="wire", etag="old", failures=9))
    recovered = FetchState(source_id="wire", etag=None, failures=0)
    save_state(con, recovered)
    assert load_states(con) == {"wire": recovered}


def test_no_feed_was_ever_asked_in_a_new_warehouse(con: duckdb.DuckDBPyConnection) -> None:
    assert load_states(con) == {}


def test_fetch_is_logged_with_what_became_of_its_entries(con: duckdb.DuckDBPyConnection) -> None:
    save_fetch(con, 7, ANSWER, COUNTS)
    (row,) = con.execute("FROM fetches").to_arrow_table().to_pylist()
    assert row == {
        "fetch_id": 7,
        "source_id": "wire",
        "fetched_at": NOW.replace(tzinfo=None),
        "outcome": "ok",
        "http_status": 200,
        "entries_new": 3,
        "elapsed_s": 0.25,
        "entries_updated": 2,
        "entries_unchanged": 1,
        "entries_rejected": 4,
        "message": "",
    }


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_can_be_logged(con: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
    failed = replace(ANSWER, outcome=outcome, http_status=None, message="said so; 'DROP TABLE'")
    save_fetch(con, 1, failed, SaveCounts())
    assert con.execute("SELECT outcome, http_status, message FROM fetches").fetchall() == [
        (outcome.value, None, failed.message)
    ]


def test_same_fetch_logged_again_is_one_fetch(con: duckdb.DuckDBPyConnection) -> None:
    save_fetch(con, 7, ANSWER, COUNTS)
    save_fetch(con, 7, ANSWER, COUNTS)
    assert con.execute("SELECT count(*) FROM fetches").fetchone() == (1,)
