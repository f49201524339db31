"""What is named for a called change: topics and entities that account for it, and no others."""

from __future__ import annotations

from fakes import trend_test

from reports.trends.drivers import Part, excess, main_parts, surest_first
from warehouse.queries.trend_drivers import DriverCount
from warehouse.store.trend_tests import TrendTest, Verdict

RISE = trend_test(*[8] * 8, 20)


def counts(test: TrendTest, kind: str, key: str, usual: int, *span: int) -> list[DriverCount]:
    """A part with so many stories in each week of the baseline, and these in the weeks of the span."""
    stories = [*[usual] * len(test.baseline_weeks), *span]
    weeks = (*test.baseline_weeks, *test.span_weeks)
    return [
        DriverCount(
            of_series=test.series, kind=kind, key=key, name=key.title(), week=week, panel_stories=number
        )
        for week, number in zip(weeks, stories, strict=True)
    ]


def named(test: TrendTest, *parts: tuple[str, str, int, int]) -> list[str]:
    found = [one for kind, key, usual, now in parts for one in counts(test, kind, key, usual, now)]
    return [part.series for part in main_parts(test, found)]


def test_part_has_its_stories_what_was_usual_and_its_share_of_the_rise() -> None:
    (part,) = main_parts(RISE, counts(RISE, "entity", "nvidia", 2, 11))
    assert part == Part(kind="entity", key="nvidia", name="Nvidia", stories=11, usual=2.0, share=0.75)
    assert excess(RISE) == 12


def test_topics_come_first_and_at_most_two_of_a_kind_are_named() -> None:
    assert named(
        RISE,
        ("entity", "a", 0, 8),
        ("entity", "b", 0, 7),
        ("entity", "c", 0, 6),
        ("topic", "d", 1, 8),
    ) == ["topic:d", "entity:a", "entity:b"]


def test_part_needs_three_stories_more_and_a_fifth_of_the_change() -> None:
    assert named(RISE, ("entity", "few", 0, 2), ("entity", "steady", 4, 5)) == []
    large = trend_test(*[80] * 8, 200)
    assert named(large, ("entity", "small", 0, 20), ("entity", "large", 0, 30)) == ["entity:large"]


def test_part_that_grew_in_step_with_the_series_explains_nothing() -> None:
    assert named(RISE, ("entity", "us", 4, 10), ("entity", "dutch", 1, 7)) == ["entity:dutch"]


def test_fall_is_driven_by_what_fell() -> None:
    fall = trend_test(*[20] * 8, 4)
    assert excess(fall) == -16
    found = [*counts(fall, "topic", "gone", 9, 0), *counts(fall, "topic", "more", 1, 9)]
    (part,) = main_parts(fall, found)
    assert (part.key, part.stories, part.usual, part.share) == ("gone", 0, 9.0, 0.5625)


def test_fall_to_nothing_is_driven_by_no_part_more_than_by_another() -> None:
    over = trend_test(*[20] * 8, 0)
    assert main_parts(over, counts(over, "topic", "half", 10, 0)) == ()


def test_usual_is_of_as_many_weeks_as_the_span_has() -> None:
    climb = trend_test(*[9] * 12, 18, 17, 19, 18)
    (part,) = main_parts(climb, counts(climb, "entity", "nvidia", 1, 8, 8, 8, 8))
    assert (part.stories, part.usual) == (32, 4.0)


def test_topic_names_no_topic_as_its_driver() -> None:
    topic = trend_test(*[8] * 8, 20, kind="topic", key="sanctions")
    assert named(topic, ("topic", "sanctions", 8, 20), ("entity", "a", 0, 8)) == ["entity:a"]


def test_first_stories_are_all_of_the_rise() -> None:
    first = trend_test(*[0] * 8, 5)
    (part,) = main_parts(first, counts(first, "entity", "a", 0, 5))
    assert (part.usual, part.share) == (0.0, 1.0)


def test_change_that_is_measured_comes_before_a_possible_one() -> None:
    tests = [trend_test(*[5] * 8, 9), trend_test(*[5] * 8, 5), trend_test(*[5] * 8, 30)]
    assert [one.verdict for one in surest_first(tests)] == [Verdict.RISEN, Verdict.POSSIBLY_RISEN]
