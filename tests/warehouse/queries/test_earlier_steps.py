"""The step before a story in its thread: only what likely links lead to, and nothing of the week itself."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, place_surely

from warehouse.queries.earlier_steps import LIKELY, StepBefore, steps_before

DAY = timedelta(days=1)


def step(
    con: duckdb.DuckDBPyConnection,
    story: int,
    days: int,
    *,
    linked_with: int | None = None,
    score: float | None = LIKELY,
    relation: str = "names",
    thread: int = 1,
) -> None:
    """A story of a thread that begins so many days after the week does."""
    place_surely(con, article(f"Story {story}", published=WEEK.start + days * DAY), story=story)
    con.execute(
        "INSERT OR IGNORE INTO store.threads (thread_id, created_at) VALUES ($1, '2026-01-01')", [thread]
    )
    con.execute(
        "INSERT INTO store.thread_links (story_id, thread_id, since, other_story_id, score, relation, reason)"
        " VALUES ($1, $2, '2026-01-01', $3, $4, $5, 'by hand')",
        [story, thread, linked_with, score, relation],
    )


def before(con: duckdb.DuckDBPyConnection, story: int) -> StepBefore | None:
    return steps_before(con, [story], WEEK.start, NOW).get(story)


def title(con: duckdb.DuckDBPyConnection, found: StepBefore) -> str:
    return con.execute(
        "SELECT title FROM store.articles WHERE article_id = $1", [found.article_id]
    ).fetchall()[0][0]


def test_latest_linked_step_from_before_the_week_is_the_one_before(con: duckdb.DuckDBPyConnection) -> None:
    step(con, 1, -40, linked_with=2)
    step(con, 2, -20, linked_with=1)
    step(con, 3, 1, linked_with=2)
    found = before(con, 3)
    assert found is not None
    assert (title(con, found), found.step, found.began_at) == ("Story 2", 3, WEEK.start - 40 * DAY)
    assert found.counted_at == WEEK.start - 20 * DAY
    assert found.counted == 2


def test_story_that_only_the_thread_holds_together_has_no_step_before(con: duckdb.DuckDBPyConnection) -> None:
    step(con, 1, -20, linked_with=2, score=LIKELY - 0.1)
    step(con, 2, 1, linked_with=1, score=LIKELY - 0.1)
    assert before(con, 2) is None


@pytest.mark.parametrize(("relation", "sure"), [("names", False), ("instrument", True), ("citation", True)])
def test_step_is_sure_by_an_instrument_or_a_citation(
    con: duckdb.DuckDBPyConnection, relation: str, sure: bool
) -> None:
    step(con, 1, -20, linked_with=2, relation=relation)
    step(con, 2, 1, linked_with=1, relation=relation)
    found = before(con, 2)
    assert found is not None
    assert found.is_sure is sure


def test_stories_joined_by_an_analyst_are_steps(con: duckdb.DuckDBPyConnection) -> None:
    step(con, 1, -20, relation="correction", score=None)
    step(con, 2, 1, relation="correction", score=None)
    found = before(con, 2)
    assert found is not None
    assert found.is_sure


def test_matter_that_began_in_the_week_has_nothing_before_it(con: duckdb.DuckDBPyConnection) -> None:
    step(con, 1, 0, linked_with=2)
    step(con, 2, 1, linked_with=1)
    assert before(con, 2) is None


def test_story_without_a_thread_has_nothing_before_it(con: duckdb.DuckDBPyConnection) -> None:
    place_surely(con, article("Alone"), story=9)
    assert before(con, 9) is None
