"""Which stories a desk prints and where; a family leads once, and no matter is printed twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from test_rank import ONE

from reports.digest.rank import Matter, RankedStory
from reports.digest.select import (
    HEADLINES_A_DESK,
    ITEMS_A_DESK,
    SAME_MATTER,
    Choice,
    Outcome,
    Place,
    Selection,
    select,
)


def story(
    number: int, *publishers: str, sure: bool = True, genre: str = "news", significance: float = 1.5
) -> RankedStory:
    articles = tuple(
        replace(
            ONE,
            article_id=10 * number + place,
            story_id=number,
            publisher=publisher,
            genre=genre,
            on_topic=0.9 if sure else 0.55,
            significance=significance,
        )
        for place, publisher in enumerate(publishers or ("Wire",))
    )
    return RankedStory(articles, {})


def chosen(likely: dict[tuple[int, int], float] | None = None, **desks: list[RankedStory]) -> Selection:
    """Selects, where pairs of articles have these log-odds of one event and all others the least."""

    def compare(texts: Sequence[int], others: Sequence[Sequence[int]]) -> list[float]:
        return [max((likely or {}).get((a, b), -4.0) for a in texts for b in those) for those in others]

    return select(desks, compare)


def numbers(stories: list[RankedStory]) -> list[int]:
    return [one.story_id for one in stories]


def test_sure_stories_are_items_and_the_rest_has_its_places() -> None:
    ranked = [story(n) for n in range(1, 8)] + [story(8, sure=False), story(9, genre="research")]
    (choice,) = chosen(regulation=ranked).choices
    assert numbers(choice.items) == [1, 2, 3, 4, 5]
    assert numbers(choice.single) == [6, 7]
    assert numbers(choice.unsure) == [8]
    assert numbers(choice.analysis) == [9]
    assert len(choice.items) == ITEMS_A_DESK


def test_story_not_worth_a_line_is_in_the_appendix_only() -> None:
    (choice,) = chosen(regulation=[story(1, significance=0.3)]).choices
    assert choice == Choice("regulation")


def followed(one: RankedStory) -> RankedStory:
    return replace(one, matter=Matter(is_followed=True))


def test_step_of_a_followed_matter_is_told_whatever_its_importance() -> None:
    (choice,) = chosen(regulation=[followed(story(1, significance=0.0))]).choices
    assert numbers(choice.items) == [1]


@pytest.mark.parametrize("sure", [True, False])
def test_step_of_a_followed_matter_is_told_though_the_list_is_full(sure: bool) -> None:
    many = [story(n, sure=sure) for n in range(1, 20)]
    (choice,) = chosen(regulation=[*many, followed(story(20, sure=sure))]).choices
    assert numbers(choice.single if sure else choice.unsure)[-1] == 20
    assert len(choice.items) == (ITEMS_A_DESK if sure else 0)


def test_desk_with_nothing_sure_has_no_lead() -> None:
    (choice,) = chosen(regulation=[story(1, sure=False)]).choices
    assert choice.lead is None


def test_family_leads_at_most_one_desk() -> None:
    selection = chosen(
        export_controls=[story(1, "Wire", "Post")],
        arms_race=[story(2, "Wire"), story(3, "Daily")],
        regulation=[story(4, "Wire", "Gazette")],
    )
    assert selection.leading == {"export_controls": "Wire", "arms_race": "Daily", "regulation": "Gazette"}
    assert [choice.lead and choice.lead.story_id for choice in selection.choices] == [1, 3, 4]
    assert numbers(selection.choices[1].items) == [3, 2]


def test_the_most_important_story_leads_though_its_only_family_leads_elsewhere() -> None:
    selection = chosen(
        export_controls=[story(1, "Wire")],
        regulation=[story(2, "Wire", significance=2.5), story(3, "Post", significance=1.0)],
    )
    assert [choice.lead and choice.lead.story_id for choice in selection.choices] == [1, 2]
    assert selection.leading == {"export_controls": "Wire", "regulation": "Wire"}


def test_act_leads_before_talk_that_is_hardly_more_important() -> None:
    talk, act, minor = (story(n, significance=value) for n, value in ((1, 2.0), (2, 1.9), (3, 0.9)))
    said = RankedStory(tuple(replace(one, title="Firm says rules are vague") for one in talk.articles), {})
    (choice,) = chosen(regulation=[said, act, minor]).choices
    assert numbers(choice.items) == [2, 1, 3]
    (alone,) = chosen(regulation=[said, minor]).choices
    assert numbers(alone.items) == [1, 3]


def test_matter_told_at_one_desk_is_not_told_again_at_another() -> None:
    selection = chosen({(20, 10): SAME_MATTER}, export_controls=[story(1)], regulation=[story(2), story(3)])
    assert numbers(selection.choices[1].items) == [3]
    assert {id_: numbers(folded) for id_, folded in selection.related.items()} == {1: [2]}
    assert selection.outcomes[2] == Outcome(place=Place.SAME_MATTER, under=1)


def test_matter_is_told_below_the_story_it_most_likely_belongs_to() -> None:
    selection = chosen(
        {(30, 10): SAME_MATTER, (30, 20): SAME_MATTER + 1},
        export_controls=[story(1), story(2)],
        regulation=[story(3)],
    )
    assert {id_: numbers(folded) for id_, folded in selection.related.items()} == {2: [3]}


def test_story_that_is_less_likely_the_same_is_another_matter() -> None:
    selection = chosen({(20, 10): SAME_MATTER - 0.01}, export_controls=[story(1)], regulation=[story(2)])
    assert selection.related == {}
    assert numbers(selection.choices[1].items) == [2]


def test_each_story_has_its_outcome_as_it_was_decided() -> None:
    news = ITEMS_A_DESK + HEADLINES_A_DESK
    ranked = [story(n, significance=1.6) for n in range(1, news + 2)]
    outcomes = chosen(regulation=[*ranked, story(50, significance=0.3), story(51, sure=False)]).outcomes
    assert [outcomes[n].place for n in range(1, news + 2)] == [
        Place.LEAD,
        *[Place.ITEM] * (ITEMS_A_DESK - 1),
        *[Place.HEADLINE] * HEADLINES_A_DESK,
        Place.NO_SPACE,
    ]
    assert outcomes[news + 1] == Outcome(place=Place.NO_SPACE, among=Place.ITEM, limit=news)
    assert outcomes[50] == Outcome(place=Place.UNIMPORTANT)
    assert outcomes[51].place is Place.LOW_CONFIDENCE
