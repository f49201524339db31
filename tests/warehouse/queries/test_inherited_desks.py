"""A story that says little of its subject has the desk of its thread, if the link and that desk are sure."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, link, place

from reports.digest.rank import SURE
from warehouse.queries.inherited_desks import InheritedDesk, inherited_desks
from warehouse.queries.story_history import read_story

DAY = timedelta(days=1)
CHAPTER = 3


def matter(
    con: duckdb.DuckDBPyConnection,
    *,
    relation: str = "instrument",
    score: float = 0.3,
    others: tuple[tuple[str, float], ...] = (("regulation", 0.9), ("regulation", 0.8)),
) -> None:
    """Story 3 is perhaps on topic and linked with the others, each of a desk with a probability."""
    place(con, article("The company continues on its own"), story=CHAPTER, desk="arms_race", score=score)
    ids = [1, 2, 4, 5][: len(others)]
    for number, (desk, likely) in zip(ids, others, strict=True):
        published = WEEK.start - number * DAY
        place(con, article(f"Step {number}", published=published), story=number, desk=desk, score=likely)
    link(con, *ids, CHAPTER, relation=relation)


def inherited(con: duckdb.DuckDBPyConnection) -> InheritedDesk | None:
    return inherited_desks(con, [CHAPTER], NOW).get(CHAPTER)


@pytest.mark.parametrize("relation", ["instrument", "citation", "correction"])
def test_chapter_without_key_words_has_the_desk_of_its_thread(
    con: duckdb.DuckDBPyConnection, relation: str
) -> None:
    matter(con, relation=relation)
    assert inherited(con) == InheritedDesk(1, "regulation")
    assert read_story(con, CHAPTER).inherited == inherited(con)


@pytest.mark.parametrize("relation", ["names", "words"])
def test_names_and_words_file_nothing(con: duckdb.DuckDBPyConnection, relation: str) -> None:
    matter(con, relation=relation)
    assert inherited(con) is None


@pytest.mark.parametrize(
    "others",
    [
        (("regulation", 0.9),),
        (("regulation", 0.9), ("regulation", 0.6)),
        (("regulation", 0.9), ("regulation", 0.9), ("arms_race", 0.9)),
        (("regulation", 0.9), ("regulation", 0.9), ("regulation", 0.2), ("regulation", 0.2)),
    ],
    ids=["one step", "one sure step", "two desks", "half of the steps"],
)
def test_desk_of_the_thread_is_that_of_two_steps_and_of_most(
    con: duckdb.DuckDBPyConnection, others: tuple[tuple[str, float], ...]
) -> None:
    matter(con, others=others)
    assert inherited(con) is None


@pytest.mark.parametrize("score", [0.08, 0.5])
def test_only_a_story_perhaps_on_topic_inherits(con: duckdb.DuckDBPyConnection, score: float) -> None:
    matter(con, score=score)
    assert inherited(con) is None


def test_what_was_not_known_files_nothing(con: duckdb.DuckDBPyConnection) -> None:
    matter(con)
    late = article("Step 4", published=WEEK.start, seen=NOW + DAY)
    place(con, late, story=4, desk="arms_race", score=0.9)
    con.execute(
        "INSERT INTO store.thread_links (story_id, thread_id, since, other_story_id, score, relation, reason)"
        " SELECT 4, 1, $1, 1, 1, 'names', 'by hand'",
        [late.first_seen_at.replace(tzinfo=None)],
    )
    assert inherited(con) == InheritedDesk(1, "regulation")
    assert inherited_desks(con, [CHAPTER], NOW + 2 * DAY) == {}


def test_a_story_is_sure_as_in_the_digest(con: duckdb.DuckDBPyConnection) -> None:
    ((sure,),) = con.execute("SELECT sure_from()").fetchall()
    assert float(sure) == SURE
