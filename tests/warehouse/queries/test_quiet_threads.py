"""Followed threads that went quiet: told in one week, by what was collected, and the same when made later."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, link, place_surely

from reports.digest.build import make_issue
from reports.digest.record import from_json, to_json
from reports.digest.verify import verify_record
from reports.digest.write import forms_of
from reports.week import Week
from warehouse.queries.quiet_threads import QUIET_DAYS, quiet_threads
from warehouse.stories.story_corrections import Correction
from warehouse.threads.thread_corrections import follow_thread

DAY = timedelta(days=1)
LAST = WEEK.start + 2 * DAY - QUIET_DAYS * DAY
BY = Correction(by="ada", why="ours", at=WEEK.start)


@pytest.fixture
def thread(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A thread of two stories whose 28 days are over in the week, and another matter of each week since."""
    place_surely(con, article("Bill proposed", published=LAST - 20 * DAY), story=1)
    place_surely(con, article("Bill in committee", published=LAST), story=2)
    link(con, 1, 2)
    for back in range(4):
        day = WEEK.before(back).end - DAY / 2
        place_surely(con, article(f"Other matter {back}", published=day), story=10 + back)
    return con


def quiet(con: duckdb.DuckDBPyConnection, week: Week = WEEK, as_of: datetime = NOW) -> list[int]:
    return [one.thread_id for one in quiet_threads(con, week.start, week.end, as_of, 5)]


def test_followed_thread_without_an_article_for_28_days_is_quiet_in_that_week_alone(
    thread: duckdb.DuckDBPyConnection,
) -> None:
    assert quiet(thread) == []
    follow_thread(thread, 1, BY)
    assert quiet(thread) == [1]
    assert quiet(thread, WEEK.before(1)) == []
    assert quiet(thread, WEEK.before(-1), NOW + 7 * DAY) == []


def test_thread_that_is_followed_no_more_or_not_yet_is_not_told(thread: duckdb.DuckDBPyConnection) -> None:
    follow_thread(thread, 1, BY)
    assert quiet(thread, as_of=BY.at - DAY) == []
    follow_thread(thread, 1, BY, stop=True)
    assert quiet(thread) == []


def test_thread_with_an_article_of_last_week_is_not_quiet(thread: duckdb.DuckDBPyConnection) -> None:
    follow_thread(thread, 1, BY)
    place_surely(thread, article("Bill amended", published=WEEK.start - 3 * DAY), story=2)
    assert quiet(thread) == []


def test_what_came_after_the_week_changes_nothing(thread: duckdb.DuckDBPyConnection) -> None:
    follow_thread(thread, 1, BY)
    place_surely(thread, article("Bill passed", published=WEEK.end + 3 * DAY), story=2)
    assert quiet(thread) == quiet(thread, as_of=NOW + 30 * DAY) == [1]


def test_silence_while_nothing_was_collected_is_told_by_the_next_week_that_was(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place_surely(con, article("Bill proposed", published=LAST - 20 * DAY), story=1)
    place_surely(con, article("Bill in committee", published=LAST), story=2)
    link(con, 1, 2)
    follow_thread(con, 1, BY)
    assert quiet(con) == []
    place_surely(con, article("Other matter", published=WEEK.end + 3 * DAY), story=3)
    assert quiet(con) == []
    assert quiet(con, WEEK.before(-1), NOW + 7 * DAY) == [1]


def test_line_of_a_quiet_thread_cites_its_last_article_and_is_checked(
    thread: duckdb.DuckDBPyConnection,
) -> None:
    follow_thread(thread, 1, BY)
    digest = make_issue(thread, WEEK, NOW).digest
    (line,) = digest.changes.threads
    assert (line.title, line.before) == ("Bill in committee", 2)
    forms = forms_of(digest)
    for form in ("html", "markdown", "mail_html", "mail_text"):
        assert "Followed thread of 2 stories without a new article for 28 days; its last: " in forms[form]
    assert verify_record(thread, from_json(to_json(digest))) == []
