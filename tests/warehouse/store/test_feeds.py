"""What the warehouse remembers of feeds."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
from fakes import NOW, at, source

from sources.model import EntryCounts, FetchResult, FetchState, Outcome, stable_id
from warehouse.store.feeds import FetchRecord, load_states, save_fetches, save_sources, save_states

ANSWER = FetchResult(source_id="wire", fetched_at=NOW, outcome=Outcome.OK, elapsed_s=0.25, http_status=200)
COUNTS = EntryCounts(new=3, updated=2, unchanged=1, rejected=4, set_aside=1, duplicate=2)
RECORD = FetchRecord(result=ANSWER, counts=COUNTS, entries_in_feed=10, validator_lied=True)


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
        catalog_url="https://wire.example/feed.xml",
        moved_to="https://new.example/feed.xml",
        moving_to="https://newer.example/feed.xml",
        moving_held=2,
        etag='W/"a-b"',
        last_modified="Mon, 10 Aug 2026 00:00:00 GMT",
        body_sha256="f" * 64,
        validators_honest=False,
        entry_hashes=frozenset({1, 2**62}),
        entries_per_day=3.5,
        interval_s=1_800,
        failures=3,
        failure_weight=1.25,
        failing_since=at("2026-08-11"),
        retired=True,
        first_success_at=at("2026-08-01"),
        last_success_at=at("2026-08-10"),
        next_attempt_at=at("2026-08-12T09:30"),
    )
    bare = FetchState(source_id="post")
    save_states(con, [full])
    save_states(con, [bare])
    assert load_states(con) == {"wire": full, "post": bare}


def test_newer_state_takes_the_place_of_the_older(con: duckdb.DuckDBPyConnection) -> None:
    save_states(con, [FetchState(source_id="wire", etag="old", failures=9)])
    recovered = FetchState(source_id="wire", etag=None, failures=0)
    save_states(con, [recovered])
    assert load_states(con) == {"wire": recovered}


def test_entries_that_are_those_of_before_stay_as_they_are_stored(con: duckdb.DuckDBPyConnection) -> None:
    first = FetchState(source_id="wire", etag="1", entry_hashes=frozenset({3, 1, 2}))
    save_states(con, [first])
    again = replace(first, etag="2")
    save_states(con, [again], before=[first])
    assert load_states(con) == {"wire": again}


def test_feeds_with_new_entries_with_old_ones_and_never_saved_are_remembered_together(
    con: duckdb.DuckDBPyConnection,
) -> None:
    before = [FetchState(source_id=id_, entry_hashes=frozenset({number})) for number, id_ in enumerate("abc")]
    save_states(con, before)
    failed = FetchState(source_id="new")
    now = [
        replace(before[0], etag="x"),
        replace(before[1], entry_hashes=frozenset({7, 8})),
        replace(before[2], entry_hashes=frozenset()),
        replace(failed, failures=1),
    ]
    save_states(con, now, before=[*before, failed])
    assert load_states(con) == {state.source_id: state for state in now}


def test_no_feed_was_ever_asked_in_a_new_warehouse(con: duckdb.DuckDBPyConnection) -> None:
    assert load_states(con) == {}


def test_fetch_is_logged_with_what_became_of_its_entries(con: duckdb.DuckDBPyConnection) -> None:
    save_fetches(con, [RECORD])
    (row,) = con.execute("FROM fetches").to_arrow_table().to_pylist()
    assert row == {
        "fetch_id": stable_id("fetch", "wire", NOW.isoformat()),
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
        "entries_set_aside": 1,
        "entries_duplicate": 2,
        "entries_in_feed": 10,
        "was_conditional": False,
        "validator_lied": True,
        "kind": "feed",
        "article_id": None,
    }


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_can_be_logged(con: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
    failed = replace(ANSWER, outcome=outcome, http_status=None, message="said so; 'DROP TABLE'")
    save_fetches(con, [replace(RECORD, result=failed)])
    assert con.execute("SELECT outcome, http_status, message FROM fetches").fetchall() == [
        (outcome.value, None, failed.message)
    ]


def test_same_fetch_logged_again_is_one_fetch(con: duckdb.DuckDBPyConnection) -> None:
    save_fetches(con, [RECORD])
    save_fetches(con, [RECORD])
    assert con.execute("SELECT count(*) FROM fetches").fetchone() == (1,)
