"""What analysts said of a thread goes on with it when it is joined to another, and not before."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, link, place_surely

from warehouse.queries.thread_details import ThreadLine, list_threads
from warehouse.stories.story_corrections import Correction
from warehouse.threads.thread_corrections import follow_thread, join_threads, rename_thread

DAY = timedelta(days=1)


def correction(day: int) -> Correction:
    return Correction(by="ada", why="ours", at=WEEK.start + day * DAY)


@pytest.fixture
def two_threads(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Threads 1 and 3, each of its story and the next."""
    for story in (1, 2, 3, 4):
        place_surely(con, article(f"Story {story}", published=WEEK.start - story * DAY), story=story)
    link(con, 1, 2)
    link(con, 3, 4)
    return con


def lines(con: duckdb.DuckDBPyConnection, day: float) -> dict[int, ThreadLine]:
    return {line.thread_id: line for line in list_threads(con, WEEK.start + day * DAY)}


def test_follow_and_title_of_a_thread_that_was_joined_are_those_of_the_one_that_stays(
    two_threads: duckdb.DuckDBPyConnection,
) -> None:
    follow_thread(two_threads, 3, correction(0))
    rename_thread(two_threads, 3, "The bill", correction(0))
    join_threads(two_threads, 1, [3], correction(1))
    (kept,) = list_threads(two_threads, NOW)
    assert (kept.thread_id, kept.title, kept.is_followed) == (1, "The bill", True)
    follow_thread(two_threads, 3, correction(2), stop=True)
    assert not list_threads(two_threads, NOW)[0].is_followed


def test_before_they_were_joined_each_thread_has_its_own(two_threads: duckdb.DuckDBPyConnection) -> None:
    follow_thread(two_threads, 3, correction(0))
    join_threads(two_threads, 1, [3], correction(1))
    before = lines(two_threads, 0.5)
    assert (before[1].is_followed, before[3].is_followed) == (False, True)
