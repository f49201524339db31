"""The life of a story, from its articles and from what was changed by hand."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, article, at, place

from sources.model import Article
from warehouse.errors import StoryError
from warehouse.stories.story_corrections import (
    Correction,
    current_story,
    load_constraints,
    merge_stories,
    move_article,
    split_story,
)

CORRECTION = Correction(by="ana", why="one event", at=NOW)


def dated_article(title: str, day: str, feed: str = "wire") -> Article:
    return article(title, feed=feed, published=at(day), seen=at(day))


def events(con: duckdb.DuckDBPyConnection, story: int) -> list[tuple[str, str]]:
    rows = con.execute(
        "SELECT event, strftime(happened_at, '%m-%d') FROM story_events WHERE story_id = $1 "
        "ORDER BY happened_at, event",
        [story],
    ).fetchall()
    return [(event, day) for event, day in rows]


def stories(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    query = "SELECT title, story_id FROM articles JOIN story_articles USING (article_id)"
    return dict(con.execute(query).fetchall())


def three_stories(con: duckdb.DuckDBPyConnection) -> None:
    place(
        con,
        dated_article("Rule drafted", "2026-08-03"),
        dated_article("Rule signed", "2026-08-04", "post"),
        story=1,
    )
    place(con, dated_article("Fair opens", "2026-08-04"), story=2)
    place(con, dated_article("Rule criticised", "2026-08-05"), story=3)


def test_story_is_created_continued_goes_dormant_and_resurfaces(con: duckdb.DuckDBPyConnection) -> None:
    days = ("2026-08-03", "2026-08-04", "2026-08-10", "2026-08-24", "2026-08-25")
    place(con, *(dated_article(f"Part of {day}", day) for day in days), story=1)
    place(con, dated_article("Something else", "2026-09-30"), story=2)
    assert events(con, 1) == [
        ("created", "08-03"),
        ("continued", "08-10"),
        ("dormant", "08-20"),
        ("resurfaced", "08-24"),
        ("dormant", "09-04"),
    ]
    assert events(con, 2) == [("created", "09-30")]
    assert con.execute("SELECT status FROM stories ORDER BY story_id").fetchall() == [
        ("dormant",),
        ("active",),
    ]


def test_copies_keep_no_story_awake(con: duckdb.DuckDBPyConnection) -> None:
    original = dated_article("Rule drafted", "2026-08-03")
    place(con, original, story=1)
    place(con, dated_article("Rule drafted", "2026-08-14", "copy"), story=1, copy_of=original)
    assert events(con, 1) == [("created", "08-03"), ("dormant", "08-13")]


def test_merged_story_answers_with_its_successor(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    (made,) = merge_stories(con, 1, [3], CORRECTION)
    assert (made.story_id, made.articles) == (1, 1)
    assert stories(con)["Rule criticised"] == 1
    merge_stories(con, 2, [3], CORRECTION)  # the old id names what it became
    assert [current_story(con, story) for story in (1, 2, 3)] == [2, 2, 2]
    assert con.execute("SELECT current_story_id(3), current_story_id(2)").fetchone() == (2, 2)
    assert con.execute("SELECT * FROM story_successors ORDER BY 1").fetchall() == [(1, 2), (3, 2)]
    assert events(con, 3) == [("created", "08-05"), ("merged", "08-17")]


def test_split_makes_a_story_of_its_own_and_rules_the_two_apart(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    signed = dated_article("Rule signed", "2026-08-04", "post").article_id
    made = split_story(con, 1, [signed], CORRECTION)
    assert stories(con)["Rule signed"] == made.story_id not in (1, 2, 3)
    assert ("split", "08-17") in events(con, 1)
    assert events(con, made.story_id) == []
    links = load_constraints(con)
    assert links.keep_apart(1, made.story_id)
    assert links.forbidden(signed) == {1}


def test_merging_what_was_split_revokes_the_constraint(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    made = split_story(con, 1, [dated_article("Rule signed", "2026-08-04", "post").article_id], CORRECTION)
    merge_stories(con, 1, [made.story_id], CORRECTION)
    assert (
        load_constraints(con).forbidden(dated_article("Rule signed", "2026-08-04", "post").article_id)
        == set()
    )
    assert con.execute("SELECT count(*), count(DISTINCT made_by) FROM story_corrections").fetchone() == (2, 1)


def test_moved_article_takes_its_copies_along(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    signed = dated_article("Rule signed", "2026-08-04", "post")
    place(con, dated_article("Rule signed again", "2026-08-05", "copy"), story=1, copy_of=signed)
    made = move_article(con, signed.article_id, 3, CORRECTION)
    assert (made.story_id, made.articles) == (3, 2)
    assert stories(con)["Rule signed again"] == 3
    assert con.execute("SELECT count(*) FROM story_articles WHERE is_copy").fetchone() == (1,)


def test_moved_copy_becomes_a_text_of_its_own(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    copy = dated_article("Rule signed again", "2026-08-05", "copy")
    place(con, copy, story=1, copy_of=dated_article("Rule signed", "2026-08-04", "post"))
    move_article(con, copy.article_id, 3, CORRECTION)
    assert con.execute("SELECT count(*) FROM story_articles WHERE is_copy").fetchone() == (0,)


def test_last_article_of_a_story_takes_the_story_with_it(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    move_article(con, dated_article("Fair opens", "2026-08-04").article_id, 1, CORRECTION)
    assert current_story(con, 2) == 1


def test_what_cannot_be_done_says_so_and_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    before = stories(con)
    everything = [
        dated_article("Rule drafted", "2026-08-03").article_id,
        dated_article("Rule signed", "2026-08-04", "post").article_id,
    ]
    for attempt in (
        lambda: merge_stories(con, 1, [99], CORRECTION),
        lambda: merge_stories(con, 1, [1], CORRECTION),
        lambda: split_story(con, 1, everything, CORRECTION),
        lambda: split_story(con, 1, [12345], CORRECTION),
        lambda: split_story(con, 1, [], CORRECTION),
        lambda: move_article(con, 12345, 1, CORRECTION),
        lambda: move_article(con, everything[0], 1, CORRECTION),
    ):
        with pytest.raises(StoryError):
            attempt()
    assert stories(con) == before
    assert con.execute("SELECT count(*) FROM story_corrections").fetchone() == (0,)


def test_events_are_those_of_their_moment(con: duckdb.DuckDBPyConnection) -> None:
    three_stories(con)
    as_of = at("2026-08-04") + timedelta(hours=1)
    rows = con.execute(
        "SELECT count(*) FROM story_events WHERE happened_at <= $1", [as_of.replace(tzinfo=None)]
    ).fetchone()
    assert rows == (2,)
