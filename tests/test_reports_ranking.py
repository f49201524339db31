"""Which stories are printed, in what order, and which sentences speak for them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import WEEK
from hypothesis import given
from hypothesis import strategies as st

from reports.ranking import by_story, importance, independent, speaking_sentences
from warehouse.weekly import WeekArticle

ONE = WeekArticle(
    story_id=1,
    article_id=1,
    desk="regulation",
    genre="news",
    title="Parliament adopts the liability rules",
    summary="Lawmakers voted on Tuesday after two years of talks.",
    language="en",
    outlet="Wire",
    publisher="Wire",
    url="https://wire.example/1",
    published_at=WEEK.start,
    is_copy=False,
    text_id=1,
    similarity=1.0,
    score=0.9,
    story_since=WEEK.start,
)


def told(number: int, **changes: object) -> WeekArticle:
    return replace(ONE, **{"article_id": number, "text_id": number, **changes})  # type: ignore[arg-type]


def speaking(summary: str, title: str = "A headline", limit: int = 2) -> list[str]:
    return speaking_sentences(replace(ONE, title=title, summary=summary), limit)


def test_no_articles_are_no_stories() -> None:
    assert by_story([]) == []


def test_each_article_is_in_one_story() -> None:
    stories = by_story([told(1), told(2, story_id=2), told(3)])
    assert sorted([one.article_id for one in story] for story in stories) == [[1, 3], [2]]


def test_story_of_more_publishers_comes_first_whatever_one_of_them_writes() -> None:
    busy = [told(number, story_id=1) for number in range(1, 4)]
    wide = [told(number, story_id=2, publisher=f"P{number}") for number in range(4, 7)]
    assert [story[0].story_id for story in by_story([*busy, *wide])] == [2, 1]


def test_copies_add_no_weight() -> None:
    alone = [told(1)]
    copied = [told(1), *(told(number, is_copy=True, text_id=1) for number in range(2, 9))]
    assert importance(alone) == importance(copied)


def test_primary_document_outweighs_another_text() -> None:
    assert importance([told(1, genre="primary_document")]) > importance([told(1), told(2)])


def test_original_stands_before_its_copies() -> None:
    (story,) = by_story([told(1, is_copy=True, text_id=2), told(2, similarity=0.5)])
    assert story[0].article_id == 2


def test_headline_that_strings_several_together_does_not_stand_for_the_story() -> None:
    (story,) = by_story([told(1, title="This, that and " * 20), told(2, similarity=0.5)])
    assert story[0].article_id == 2


def test_article_with_a_summary_stands_before_one_without() -> None:
    (story,) = by_story([told(1, summary=""), told(2, similarity=0.5)])
    assert story[0].article_id == 2


@given(st.randoms(use_true_random=False))
def test_order_does_not_depend_on_the_order_of_the_articles(shuffler: random.Random) -> None:
    articles = [
        told(
            number,
            story_id=number % 5,
            publisher=f"P{number % 3}",
            published_at=WEEK.start + timedelta(hours=number % 4),
        )
        for number in range(20)
    ]
    shuffled = articles.copy()
    shuffler.shuffle(shuffled)
    assert by_story(shuffled) == by_story(articles)


def test_one_article_a_publisher_is_cited_the_best_of_each() -> None:
    story = [told(1), told(2), told(3, publisher="Post"), told(4, publisher="Post"), told(5, publisher="Daily")]
    assert [one.article_id for one in independent(story, 3)] == [1, 3, 5]
    assert [one.article_id for one in independent(story, 2)] == [1, 3]


def test_first_whole_sentences_speak() -> None:
    summary = "The vote came on Tuesday after two years of talks. It passed with forty votes against thirty. A third one follows here for nothing."
    assert speaking(summary) == [
        "The vote came on Tuesday after two years of talks.",
        "It passed with forty votes against thirty.",
    ]


def test_sentence_that_only_repeats_the_headline_is_left_out() -> None:
    headline = "Parliament adopts liability rules for chatbots in late vote"
    repeated = "Parliament adopts liability rules for chatbots in late vote."
    assert speaking(f"{repeated} The text goes to member states in the autumn.", headline) == [
        "The text goes to member states in the autumn."
    ]


@pytest.mark.parametrize(
    "summary",
    [
        "",
        " \n ",
        "Too short.",
        "This sentence was cut off in the middle of the…",
        "This sentence was cut off in the middle of...",
        "This sentence was cut off in the middle […]",
        "The post Liability rules adopted appeared first on Wire.",
        "Sign up for our newsletter to read all of it every day.",
        "word " * 70 + "end.",
        "Menu Home About Contact Privacy Terms Login",
    ],
)
def test_what_is_no_statement_does_not_speak(summary: str) -> None:
    assert speaking(summary) == []


def test_abbreviations_do_not_end_a_sentence() -> None:
    summary = "The U.S. Department of Commerce added 12 firms to the list on Monday."
    assert speaking(summary) == [summary]


@pytest.mark.parametrize("language", ["en", "de", "zh", "", "xx", "pt-BR", "<script>"])
def test_no_language_code_is_an_error(language: str) -> None:
    summary = "Die Kommission hat am Dienstag neue Regeln vorgelegt."
    assert speaking_sentences(replace(ONE, language=language, summary=summary), 2) == [summary]


@given(st.text(max_size=400))
def test_whatever_speaks_stands_in_the_summary_letter_by_letter(summary: str) -> None:
    for sentence in speaking(f"{summary} The vote came on Tuesday after two years of talks. {summary}"):
        assert sentence in f"{summary} The vote came on Tuesday after two years of talks. {summary}"


def test_no_more_sentences_than_asked_for() -> None:
    summary = "The vote came on Tuesday after two years of talks. " * 9
    assert len(speaking(summary, limit=2)) == 2
    assert len(speaking(summary, limit=1)) == 1


def test_headline_at_the_head_of_a_summary_is_left_out() -> None:
    headline = "Sources: the ministry plans to widen its rules for open models"
    summary = (
        f"Ann Writer / The Outlet: {headline} — Officials met four laboratories on Monday to hear their objections."
    )
    told_on = speaking(summary, title=f"{headline} (Ann Writer/The Outlet)")
    assert told_on == ["Officials met four laboratories on Monday to hear their objections."]


def test_research_stands_behind_news() -> None:
    assert importance([told(1, genre="research")]) < importance([told(1)])
