"""Threads in the warehouse: stable ids, what later runs change, corrections, and what was known when."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, HashEmbedder, article, at, place

from sources.model import Article, stable_id
from warehouse.errors import ThreadError
from warehouse.stories.assign import save_terms
from warehouse.stories.story_corrections import Correction, merge_stories
from warehouse.stories.terms import read_terms
from warehouse.threads.linking import link_threads
from warehouse.threads.thread_corrections import (
    current_thread,
    follow_thread,
    join_threads,
    rename_thread,
    split_thread,
)

BY = Correction(by="ana", why="one matter", at=NOW)


def step(title: str, day: str) -> Article:
    return article(title, f"{title}, officials said.", published=at(day), seen=at(day) + timedelta(hours=1))


BILL = (
    step("Committee clears the GUARD Act on chip tracking", "2026-05-12"),
    step("Senate passes the GUARD Act on chip tracking", "2026-06-20"),
    step("President signs the GUARD Act on chip tracking", "2026-08-01"),
)
NOISE = tuple(
    step(title, "2026-07-01")
    for title in (
        "Harbour drones found near a naval base",
        "Ministry fines Meridian for smuggled lithography",
        "Budget talks resume in Brussels",
        "Robot maker opens a plant in Gdansk",
        "Court hears an appeal on face recognition",
        "Fund buys a stake in a quantum firm",
    )
)


def group(con: duckdb.DuckDBPyConnection, *articles: Article) -> None:
    """Places each article in a story of its own, as the pipeline would before threads are linked."""
    place(con, *articles)
    vectors = HashEmbedder().encode([one.title for one in articles])
    for one, vector in zip(articles, vectors, strict=True):
        con.execute(
            "INSERT INTO store.vectors (article_id, model, text_hash, vector) VALUES ($1, 'hash@1', $2, $3)",
            [one.article_id, one.text_hash, vector.tolist()],
        )
        con.execute(
            "INSERT INTO store.article_instruments VALUES ($1, 'us_bill', 'S. 3062', 'by hand')",
            [one.article_id],
        ) if one in BILL else None
    terms = {one.article_id: read_terms(one.title, one.summary) for one in articles}
    save_terms(con, terms, [one.text_hash for one in articles])


def threads(con: duckdb.DuckDBPyConnection) -> list[tuple[int, list[int]]]:
    query = "SELECT thread_id, list(story_id ORDER BY step) FROM thread_stories GROUP BY 1 ORDER BY 1"
    return [(thread, stories) for thread, stories in con.execute(query).fetchall()]


def ids(*articles: Article) -> list[int]:
    return [one.article_id for one in articles]


@pytest.fixture
def linked(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    group(con, *BILL, *NOISE)
    link_threads(con)
    return con


def test_thread_has_the_id_of_its_first_story_and_its_steps_in_order(
    linked: duckdb.DuckDBPyConnection,
) -> None:
    assert threads(linked) == [(stable_id("thread", str(BILL[0].article_id)), ids(*BILL))]
    row = linked.execute("SELECT title, desk, state, story_count, article_count FROM threads").fetchone()
    assert row == (BILL[0].title, "export_controls", "open", 3, 3)
    reasons = [
        reason for (reason,) in linked.execute("SELECT reason FROM thread_stories ORDER BY step").fetchall()
    ]
    assert all(reason.startswith("both name S. 3062; ") for reason in reasons)


def test_week_by_week_is_the_same_as_all_at_once(
    con: duckdb.DuckDBPyConnection, linked: duckdb.DuckDBPyConnection
) -> None:
    at_once = threads(linked)
    for table in (
        "thread_links",
        "threads",
        "thread_comparisons",
        "story_members",
        "stories",
        "articles",
        "vectors",
    ):
        con.execute(f"DELETE FROM store.{table}")
    for table in ("classifications", "article_terms", "article_instruments", "article_desks"):
        con.execute(f"DELETE FROM store.{table}")
    group(con, *NOISE)
    link_threads(con)
    for one in BILL:
        group(con, one)
        link_threads(con)
    assert threads(con) == at_once


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0)])
def test_what_is_stored_first_does_not_matter(
    con: duckdb.DuckDBPyConnection, order: tuple[int, int, int]
) -> None:
    group(con, *reversed(NOISE), *(BILL[number] for number in order))
    link_threads(con)
    assert threads(con) == [(stable_id("thread", str(BILL[0].article_id)), ids(*BILL))]


def test_a_second_run_compares_and_changes_nothing(linked: duckdb.DuckDBPyConnection) -> None:
    before = linked.execute("FROM store.thread_links ORDER BY ALL").fetchall()
    assert link_threads(linked).compared == 0
    assert linked.execute("FROM store.thread_links ORDER BY ALL").fetchall() == before


def test_thread_is_known_from_its_second_story_on(linked: duckdb.DuckDBPyConnection) -> None:
    counts = [
        linked.execute("SELECT story_count FROM threads_as_of($1)", [at(day).replace(tzinfo=None)]).fetchall()
        for day in ("2026-06-20", "2026-06-21", "2026-08-02")
    ]
    assert counts == [[], [(2,)], [(3,)]]


def test_thread_sleeps_after_sixty_days_and_ends_when_in_force(linked: duckdb.DuckDBPyConnection) -> None:
    def state() -> str:
        ((found,),) = linked.execute("SELECT state FROM threads").fetchall()
        return str(found)

    place(linked, step("Something else", "2026-10-15"))
    assert state() == "dormant"
    linked.execute(
        "INSERT INTO store.article_facets VALUES ($1, 'stage', 'in_force', 3, 'by hand')",
        [BILL[2].article_id],
    )
    assert state() == "concluded"


def test_split_story_stays_out_in_later_runs(linked: duckdb.DuckDBPyConnection) -> None:
    thread = threads(linked)[0][0]
    made = split_thread(linked, thread, ids(BILL[2]), BY)
    assert (made.thread_id, made.stories) == (thread, 1)
    linked.execute("DELETE FROM store.thread_comparisons")
    link_threads(linked)
    assert threads(linked) == [(thread, ids(*BILL[:2]))]


def test_several_split_stories_are_a_thread_of_their_own(linked: duckdb.DuckDBPyConnection) -> None:
    thread = threads(linked)[0][0]
    made = split_thread(linked, thread, ids(*BILL[1:]), BY)
    assert threads(linked) == [(made.thread_id, ids(*BILL[1:]))]
    with pytest.raises(ThreadError, match="left empty"):
        split_thread(linked, made.thread_id, ids(*BILL[1:]), BY)


def test_joined_story_is_of_the_thread_and_the_reason_is_the_analysts(
    linked: duckdb.DuckDBPyConnection,
) -> None:
    thread = threads(linked)[0][0]
    join_threads(linked, thread, ids(NOISE[0]), BY)
    row = linked.execute(
        "SELECT relation, reason FROM thread_stories WHERE story_id = $1", ids(NOISE[0])
    ).fetchone()
    assert row == ("correction", "ana: one matter")
    with pytest.raises(ThreadError, match="Join that thread"):
        join_threads(linked, thread, ids(NOISE[0]), BY)


def test_joined_thread_leads_to_the_one_that_stays(linked: duckdb.DuckDBPyConnection) -> None:
    thread = threads(linked)[0][0]
    gone = split_thread(linked, thread, ids(*BILL[1:]), BY).thread_id
    join_threads(linked, thread, [gone], BY)
    assert current_thread(linked, gone) == thread
    assert threads(linked) == [(thread, ids(*BILL))]


def test_title_and_following_are_the_analysts(linked: duckdb.DuckDBPyConnection) -> None:
    thread = threads(linked)[0][0]
    rename_thread(linked, thread, "The GUARD Act", BY)
    follow_thread(linked, thread, BY)
    query = "SELECT title, is_followed FROM threads"
    assert linked.execute(query).fetchall() == [("The GUARD Act", True)]
    follow_thread(linked, thread, BY, stop=True)
    assert linked.execute(query).fetchall() == [("The GUARD Act", False)]
    assert linked.execute(
        "SELECT list(action ORDER BY correction_id) FROM thread_corrections"
    ).fetchone() == (["rename", "follow", "unfollow"],)


def test_a_merged_story_keeps_its_thread(linked: duckdb.DuckDBPyConnection) -> None:
    merge_stories(linked, BILL[0].article_id, ids(BILL[1]), BY)
    assert threads(linked)[0][1] == ids(BILL[0], BILL[2])


def test_unknown_ids_are_refused(linked: duckdb.DuckDBPyConnection) -> None:
    thread = threads(linked)[0][0]
    with pytest.raises(ThreadError, match="no such thread"):
        rename_thread(linked, 5, "Nothing", BY)
    with pytest.raises(ThreadError, match="no thread and no story"):
        join_threads(linked, thread, [5], BY)
    with pytest.raises(ThreadError, match="not all of these stories"):
        split_thread(linked, thread, [5], BY)
