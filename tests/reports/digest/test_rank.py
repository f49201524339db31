"""How much a story matters, how sure it is of its desk, and what is cited of it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from fakes import WEEK
from hypothesis import given
from hypothesis import strategies as st

from reports.digest.rank import Matter, RankedStory, confidence, importance, independent, ranked_stories
from warehouse.queries.article_signals import Signals
from warehouse.queries.week_articles import WeekArticle

ONE = WeekArticle(
    story_id=1,
    article_id=1,
    desk="regulation",
    genre="news",
    title="Parliament adopts the liability rules",
    summary="Lawmakers voted on Tuesday after two years of talks.",
    language="en",
    outlet="Wire",
    kind="news",
    publisher="Wire",
    url="https://wire.example/1",
    published_at=WEEK.start,
    is_copy=False,
    text_id=1,
    similarity=1.0,
    on_topic=0.9,
    own_on_topic=0.9,
    significance=1.5,
    story_since=WEEK.start,
)


def week_article(number: int, **changes: object) -> WeekArticle:
    return replace(ONE, **{"article_id": number, "text_id": number, **changes})  # type: ignore[arg-type]


def story(*articles: WeekArticle, signals: Signals | None = None) -> RankedStory:
    return RankedStory(articles, {article.article_id: signals or Signals() for article in articles})


def ids(told_stories: list[RankedStory]) -> list[list[int]]:
    return [[article.article_id for article in one.articles] for one in told_stories]


def test_no_articles_are_no_stories() -> None:
    assert ranked_stories([], {}) == []


def test_each_article_is_in_one_story() -> None:
    assert sorted(
        ids(ranked_stories([week_article(1), week_article(2, story_id=2), week_article(3)], {}))
    ) == [[1, 3], [2]]


def test_story_of_more_publishers_comes_first_whatever_one_of_them_writes() -> None:
    busy = [week_article(number, story_id=1) for number in range(1, 4)]
    wide = [week_article(number, story_id=2, publisher=f"P{number}") for number in range(4, 7)]
    assert [one.story_id for one in ranked_stories([*busy, *wide], {})] == [2, 1]


def test_copies_add_no_weight() -> None:
    alone = story(week_article(1))
    copied = story(
        week_article(1), *(week_article(number, is_copy=True, text_id=1) for number in range(2, 9))
    )
    assert importance(alone) == importance(copied)


def test_primary_document_stands_before_the_coverage_of_it() -> None:
    document = week_article(2, similarity=0.5, own_on_topic=0.1, is_document=True)
    (story,) = ranked_stories([week_article(1, similarity=0.9), document], {})
    assert ids([story]) == [[2, 1]]
    assert independent(story, 3, not_first=[document.publisher])[0] == document


def test_document_that_the_story_does_not_report_is_one_text_of_many() -> None:
    articles = [week_article(1, similarity=0.9), week_article(2, genre="primary_document", similarity=0.5)]
    assert ids(ranked_stories(articles, {})) == [[1, 2]]


def test_original_stands_before_its_copies() -> None:
    assert ids(
        ranked_stories([week_article(1, is_copy=True, text_id=2), week_article(2, similarity=0.5)], {})
    ) == [[2, 1]]


def test_headline_that_strings_several_together_does_not_stand_for_the_story() -> None:
    assert ids(
        ranked_stories([week_article(1, title="This, that and " * 20), week_article(2, similarity=0.5)], {})
    ) == [[2, 1]]


def test_text_that_is_not_on_topic_by_itself_does_not_stand_for_the_story() -> None:
    assert ids(
        ranked_stories([week_article(1, own_on_topic=0.1), week_article(2, summary="", similarity=0.5)], {})
    ) == [[2, 1]]


def test_article_with_a_summary_stands_before_one_without() -> None:
    assert ids(ranked_stories([week_article(1, summary=""), week_article(2, similarity=0.5)], {})) == [[2, 1]]


@given(st.randoms(use_true_random=False))
def test_order_does_not_depend_on_the_order_of_the_articles(shuffler: random.Random) -> None:
    articles = [
        week_article(
            number,
            story_id=number % 5,
            publisher=f"P{number % 3}",
            published_at=WEEK.start + timedelta(hours=number % 4),
        )
        for number in range(20)
    ]
    shuffled = articles.copy()
    shuffler.shuffle(shuffled)
    assert ranked_stories(shuffled, {}) == ranked_stories(articles, {})


def test_one_article_a_publisher_is_cited_the_best_of_each() -> None:
    several = story(
        week_article(1),
        week_article(2),
        week_article(3, publisher="Post"),
        week_article(4, publisher="Post"),
        week_article(5, publisher="Daily"),
    )
    assert [one.article_id for one in independent(several, 3)] == [1, 3, 5]
    assert [one.article_id for one in independent(several, 2)] == [1, 3]


def test_family_that_leads_elsewhere_is_cited_but_not_first() -> None:
    several = story(week_article(1), week_article(3, publisher="Post"))
    assert [one.article_id for one in independent(several, 3, ["Wire"])] == [3, 1]


def test_research_stands_behind_news() -> None:
    assert importance(story(week_article(1, genre="research"))) < importance(story(week_article(1)))


OFFICIAL = Signals(officials=("the ministry",))
TOPICAL = Signals(topics=("us_federal",), act="rule")


def test_confidence_is_the_probability_that_the_story_is_on_topic() -> None:
    assert confidence(story(week_article(1, on_topic=0.7), week_article(2, on_topic=0.7))) == 0.7


def test_what_is_read_in_the_texts_outweighs_how_many_tell_it() -> None:
    wide = story(*(week_article(number, publisher=f"P{number}", significance=0.4) for number in range(8)))
    assert importance(story(week_article(1, significance=2.6), signals=TOPICAL)) > importance(wide)


def test_binding_act_outweighs_talk_of_it() -> None:
    assert importance(story(week_article(1), signals=TOPICAL)) > importance(story(week_article(1)))


def test_small_step_of_a_big_matter_outranks_a_survey() -> None:
    survey = week_article(1, title="Half of firms use a model, survey finds", significance=1.3)
    step = week_article(2, story_id=2, title="Committee adds a witness", significance=1.2)
    matters = {2: Matter(told_before=2)}
    assert [one.story_id for one in ranked_stories([survey, step], {})] == [1, 2]
    assert [one.story_id for one in ranked_stories([survey, step], {}, matters)] == [2, 1]


def test_followed_matter_weighs_as_one_told_often_and_one_told_once_as_a_new_one() -> None:
    articles = (week_article(1),)
    often, once = (RankedStory(articles, {}, Matter(told_before=number)) for number in (9, 1))
    assert importance(RankedStory(articles, {}, Matter(is_followed=True))) == importance(often)
    assert importance(RankedStory(articles, {})) == importance(once) < importance(often)
