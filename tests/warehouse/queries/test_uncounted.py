"""What is perhaps on topic, or on topic but never counted; and the sample of what is filed off topic."""

from __future__ import annotations

from datetime import timedelta

import duckdb
from fakes import NOW, WEEK, article, place

from sources.model import DateStatus
from warehouse.classify.classifications import correct_desk
from warehouse.queries.off_topic_sample import OffTopicSample, off_topic_sample, rulings
from warehouse.queries.uncounted import near_topic_articles, uncounted_on_topic
from warehouse.queries.week_articles import WeekArticle

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def uncounted(con: duckdb.DuckDBPyConnection) -> dict[str, WeekArticle]:
    return {one.title: one for one in uncounted_on_topic(con, WEEK.start, WEEK.end, NOW)}


def sample(con: duckdb.DuckDBPyConnection, size: int = 10, later: timedelta = 0 * HOUR) -> OffTopicSample:
    return off_topic_sample(con, str(WEEK), WEEK.start, WEEK.end, NOW + later, size)


def test_commentary_on_topic_is_found_without_copies_and_what_is_off_topic(
    con: duckdb.DuckDBPyConnection,
) -> None:
    original = article("Why we must")
    place(con, original, genre="opinion", score=0.9)
    place(con, article("Why we must", feed="copy"), genre="opinion", copy_of=original)
    place(con, article("Why I run"), genre="opinion", desk="off_topic")
    place(con, article("The week in chips"), genre="newsletter")
    place(con, article("It happened"))
    place(con, article("Why, last week", published=WEEK.start - DAY), genre="opinion")
    found = uncounted(con)
    assert {title: one.genre for title, one in found.items()} == {
        "Why we must": "opinion",
        "The week in chips": "newsletter",
    }
    assert (found["Why we must"].on_topic, found["Why we must"].desk) == (0.9, "export_controls")


def test_undated_text_on_topic_belongs_to_the_week_that_saw_it(con: duckdb.DuckDBPyConnection) -> None:
    seen = WEEK.start + DAY
    place(con, article("When?", published=None, status=DateStatus.MISSING, seen=seen))
    place(con, article("Earlier", published=None, status=DateStatus.MISSING, seen=WEEK.start - DAY))
    (one,) = uncounted(con).values()
    assert (one.title, one.dating, one.published_at) == ("When?", "missing", seen)


def test_articles_perhaps_on_topic_have_the_desk_and_probability_of_their_story(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place(con, article("Perhaps"), desk="regulation", score=0.3)
    place(con, article("Hardly"), score=0.05)
    place(con, article("Surely"), score=0.9)
    (one,) = near_topic_articles(con, WEEK.start, WEEK.end, NOW)
    assert (one.title, one.desk, one.on_topic) == ("Perhaps", "regulation", 0.3)


def test_sample_is_drawn_from_dated_news_off_topic_alone(con: duckdb.DuckDBPyConnection) -> None:
    off = article("Rovers win")
    place(con, off, desk="off_topic", score=0.95)
    place(con, article("Rovers win", feed="copy"), desk="off_topic", score=0.95, copy_of=off)
    place(con, article("Why I run"), desk="off_topic", score=0.95, genre="opinion")
    place(con, article("Someday", published=None, status=DateStatus.MISSING), desk="off_topic", score=0.95)
    place(con, article("Perhaps"), score=0.3)
    place(con, article("Surely"), score=0.9)
    place(con, article("Later", seen=NOW + HOUR), desk="off_topic", score=0.95)
    assert sample(con) == OffTopicSample(texts=1, article_ids=(off.article_id,))


def test_smaller_sample_is_the_beginning_of_a_larger_one(con: duckdb.DuckDBPyConnection) -> None:
    place(con, *(article(f"Match {number}") for number in range(30)), desk="off_topic", score=0.95)
    drawn = sample(con, 20)
    assert (drawn.texts, len(set(drawn.article_ids))) == (30, 20)
    assert sample(con, 5).article_ids == drawn.article_ids[:5]
    assert list(drawn.article_ids) != sorted(drawn.article_ids)


def test_text_ruled_on_topic_stays_in_the_sample_of_an_issue_made_again(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place(con, *(article(f"Match {number}") for number in range(3)), desk="off_topic", score=0.95)
    before = sample(con)
    ruled = before.article_ids[1]
    correct_desk(con, ruled, "regulation", "", NOW + HOUR)
    assert sample(con) == sample(con, later=2 * HOUR) == before
    assert rulings(con, before.article_ids) == {ruled: "regulation"}


def test_ruling_on_a_text_of_a_counted_story_leaves_earlier_samples_as_they_were(
    con: duckdb.DuckDBPyConnection,
) -> None:
    merged = article("Match")
    place(con, article("Chips"), story=1, score=0.9)
    place(con, merged, story=1, desk="off_topic", score=0.95)
    correct_desk(con, merged.article_id, "off_topic", "a wrong merge", NOW + HOUR)
    assert sample(con).texts == 0
