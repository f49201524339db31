"""What a source repeats in its articles is quoted from none of them."""

from __future__ import annotations

from datetime import timedelta

import duckdb
from fakes import NOW, WEEK, article, place

from warehouse.queries.boilerplate import LOOK_BACK
from warehouse.queries.week_articles import week_articles

ABOUT = "The Wire has covered chips since 1999."
NOTICE = "The U.S. government limits what we may print here."


def summaries(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {one.summary for one in week_articles(con, WEEK.start, WEEK.end, NOW)}


def test_sentence_in_three_articles_of_a_source_is_left_out(con: duckdb.DuckDBPyConnection) -> None:
    for number in "123":
        place(con, article(f"Title {number}", f"{ABOUT} Rule {number} is new to all of us. {NOTICE}"))
    assert summaries(con) == {f"Rule {number} is new to all of us." for number in "123"}


def test_sentence_in_two_articles_or_of_several_sources_stays(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("One", ABOUT), article("Two", ABOUT), article("Three", ABOUT, feed="post"))
    assert summaries(con) == {ABOUT}


def test_one_headline_published_again_is_no_repetition(con: duckdb.DuckDBPyConnection) -> None:
    place(con, *(article("One", ABOUT, url=f"https://wire.example/{number}") for number in range(4)))
    assert summaries(con) == {ABOUT}


def test_repetition_counts_within_the_look_back_and_before_the_issue(con: duckdb.DuckDBPyConnection) -> None:
    before, after = WEEK.start - LOOK_BACK, NOW + timedelta(seconds=1)
    place(con, article("One", ABOUT), article("Two", ABOUT, seen=before), article("Three", ABOUT, seen=after))
    assert summaries(con) == {ABOUT}
