"""The sentences a digest says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from fakes import issue, item, section, trend_test

from reports.digest import phrases
from reports.digest.items import EarlierStep
from reports.digest.sections import (
    bottom_line,
    coverage_notes,
    cross_desk_themes,
    desk_sections,
    masthead,
    week_changes,
)
from reports.digest.sections.coverage_notes import Coverage
from reports.digest.sections.masthead import Corpus
from reports.digest.sections.week_changes import Change
from warehouse.store.trend_tests import TrendTest, Verdict

EVEN = (5, 4, 6, 5, 5, 4, 6, 5)
NO_GAPS = Coverage(feeds=5, down=(), set_aside=(), languages=())


def said(trend: TrendTest) -> str:
    return phrases.trend_sentence(trend)


def notes(**changes: object) -> list[str]:
    values = {"feeds": 5, "down": (), "set_aside": (), "languages": ()} | changes
    return coverage_notes.coverage_notes(Coverage(**values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 stories"), (1, "1 story"), (2, "2 stories"), (1_204, "1,204 stories")]
)
def test_numbers_agree_with_their_nouns(number: int, text: str) -> None:
    assert phrases.count(number, "story", "stories") == text


def test_plural_is_made_with_an_s_unless_told_otherwise() -> None:
    assert [phrases.count(number, "feed") for number in (1, 2)] == ["1 feed", "2 feeds"]


def test_corpus_line_counts_everything_and_the_feeds_that_were_down() -> None:
    down = Coverage(feeds=66, down=("A", "B"), set_aside=(), languages=())
    assert masthead.corpus_line(issue().corpus, down) == (
        "12 articles, 3 texts, 1 story, 2 publishers, of 1,234 articles collected; 2 of 66 feeds down"
    )


def test_corpus_line_says_nothing_of_feeds_if_none_was_asked() -> None:
    line = masthead.corpus_line(issue().corpus, Coverage(feeds=0, down=(), set_aside=(), languages=()))
    assert line.endswith("collected")


def test_independence_triple_tells_articles_from_texts_from_publishers() -> None:
    assert (
        phrases.independence(item(articles=12, texts=3, publishers=2)) == "12 articles, 3 texts, 2 publishers"
    )


def test_story_of_one_publisher_is_called_single_source() -> None:
    assert phrases.independence(item()) == "single source"
    assert (
        phrases.independence(item(articles=4, texts=2)) == "4 articles, 2 texts, 1 publisher (single source)"
    )


def test_rise_is_told_with_ratio_interval_values_and_q() -> None:
    trend = trend_test(*EVEN, 20)
    assert trend.verdict is Verdict.RISEN
    assert said(trend) == (
        f"Risen to 4.0 times its usual level (95 % interval {trend.low:.1f} to {trend.high:.1f}): "
        f"... 5, 4, 6, 5, then 20 stories a week; q = {trend.q:.2g}. [W33-k7q2ma]"
    )


def test_change_of_several_weeks_names_them() -> None:
    sentence = said(trend_test(*[9] * 12, 18, 17, 19, 18))
    assert sentence.startswith("Risen over 4 weeks, to 2.0 times its usual level (95 % interval ")
    assert "): ... 9, 9, 9, 9, then 18, 17, 19, 18 stories a week; q" in sentence


def test_change_on_some_of_the_feeds_says_so_and_what_all_of_them_have() -> None:
    trend = replace(trend_test(*EVEN, 20), stories=24, watched_feeds=9)
    assert "then 20 stories a week on the 5 of 9 feeds watched since 2026-W25, 24 this week on all" in said(
        trend
    )


def test_possible_change_is_called_possible() -> None:
    assert said(trend_test(*EVEN, 9)).startswith("Possibly risen to 1.8 times its usual level")


def test_fall_to_nothing_has_no_infinite_or_negative_numbers() -> None:
    assert said(trend_test(*[20] * 8, 0)).startswith("Fallen to nothing: ... 20, 20, 20, 20, then 0 stories")


def test_rise_from_next_to_nothing_has_a_lower_bound_and_no_ratio() -> None:
    trend = trend_test(*[0] * 6, 1, 1, 9)
    assert trend.verdict is Verdict.RISEN
    assert said(trend).startswith(f"Risen to at least {trend.low:.1f} times its usual level: ... 0, 0, 1, 1")


def test_no_change_gives_the_level() -> None:
    trend = trend_test(*EVEN, 5)
    assert said(trend) == (
        f"No measurable change: 5 stories this week, {trend.level_low:.2f} to {trend.level_high:.1f} times "
        "its usual level. [W33-k7q2ma]"
    )


def test_level_that_is_no_change_only_among_many_series_says_why() -> None:
    trend = replace(trend_test(*EVEN, 5), level_low=1.2, level_high=2.5, tested=120, q=0.4)
    assert "1.2 to 2.5 times its usual level; among 120 series some are so by chance (q = 0.4)" in said(trend)
    one = replace(trend, q=0.02, reason="fewer than 2 publisher families report it")
    assert said(one).endswith("its usual level; fewer than 2 publisher families report it. [W33-k7q2ma]")


def test_too_few_stories_have_no_level() -> None:
    assert said(trend_test(*[0] * 7, 1, 1)) == (
        "Too few stories to measure a change: 1 story this week, 1 in the 8 weeks before. [W33-k7q2ma]"
    )


def test_first_stories_have_no_percentage() -> None:
    first = trend_test(*[0] * 8, 4)
    assert said(first) == f"First stories on record: 4 this week; q = {first.q:.2g}. [W33-k7q2ma]"
    again = replace(first, first_before="2025-W40")
    assert said(again).startswith("First stories since 2025-W40: 4 this week; q")


def test_first_stories_of_several_weeks_are_told_by_week() -> None:
    first = trend_test(*[0] * 9, 3, 2)
    assert len(first.span_weeks) == 2
    assert said(first).startswith("First stories on record: 3, 2 in the last 2 weeks; q")


def test_named_trend_says_in_short_what_is_not_called() -> None:
    theme = trend_test(*EVEN, 5, kind="theme", name="Opacity")
    assert phrases.named_trend(theme).startswith("Opacity: 5 stories this week, 0.")
    assert phrases.named_trend(replace(theme, verdict=Verdict.RISEN)).startswith("Opacity: risen to 1.0")


def test_forming_baseline_says_how_far_it_is() -> None:
    assert said(trend_test(*EVEN, 40, watched=3, reason="3 of 8 weeks to compare with")) == (
        "40 stories this week; baseline forming, so no comparison is made: 3 of 8 weeks to compare with. "
        "[W33-k7q2ma]"
    )


def test_withheld_comparison_says_why() -> None:
    assert said(trend_test(*EVEN, 0, up=0.5, reason="half of the feeds were down")) == (
        "0 stories this week; no comparison is made: half of the feeds were down. [W33-k7q2ma]"
    )


def test_sentence_names_the_feeds_that_are_compared_if_others_were_added() -> None:
    added = replace(trend_test(*EVEN, 5), stories=45, watched_feeds=9)
    assert "45 stories this week; on the 5 of 9 feeds watched since 2026-W25, which tell 5 of them" in said(
        added
    )
    same_feeds = replace(added, watched_feeds=5)
    assert "on the 5 feeds watched since 2026-W25, which tell 5 of them" in said(same_feeds)


@pytest.mark.parametrize("verdict", Verdict)
def test_no_verdict_is_without_words(verdict: Verdict) -> None:
    trend = {
        Verdict.RISEN: trend_test(*EVEN, 20),
        Verdict.FALLEN: trend_test(*[20] * 8, 1),
        Verdict.POSSIBLY_RISEN: trend_test(*EVEN, 9),
        Verdict.POSSIBLY_FALLEN: trend_test(*[9] * 8, 3),
        Verdict.NO_MEASURABLE_CHANGE: trend_test(*EVEN, 5),
        Verdict.FIRST_SEEN: trend_test(*[0] * 8, 3),
        Verdict.BASELINE_FORMING: trend_test(*EVEN, 5, watched=0),
        Verdict.WITHHELD: trend_test(*EVEN, 5, up=0.0),
    }[verdict]
    assert trend.verdict is verdict
    sentence = said(trend)
    assert sentence.endswith(". [W33-k7q2ma]")
    assert "None" not in sentence
    assert "nan" not in sentence


def test_later_step_says_since_when_the_matter_goes_on() -> None:
    step = EarlierStep(
        thread_id=1,
        step=4,
        since=date(2026, 5, 12),
        happened_on=date(2026, 7, 30),
        is_sure=True,
        source=item().citations[0],
        told_in="2026-W31",
    )
    assert phrases.earlier_step(step) == "Step 4 since 12 May 2026; last told W31:"


def test_desk_without_news_says_why_nothing_is_material() -> None:
    continued = item(is_new=False)
    corpus = issue(section()).corpus
    assert bottom_line.no_material_change(section(), corpus) == "no material change; no story was counted."
    assert (
        bottom_line.no_material_change(section(continued), corpus)
        == "no material change; nothing new, 1 story went on."
    )


def test_acts_are_told_against_talk_and_the_weeks_before() -> None:
    line = desk_sections.acts_and_talk(section(item()))
    assert line.startswith(
        "Acts against talk: 1 of 2 stories this week report something done (a rule, an order, a contract)"
    )
    assert line.endswith("[W33-k7q2ma]")
    assert desk_sections.acts_and_talk(section()) == ""


def test_change_of_acts_is_told_as_odds_on_its_feeds_and_over_its_weeks() -> None:
    acts = replace(
        trend_test(*[5] * 12, 9, 9, 9, 9, kind="act_share"),
        verdict=Verdict.RISEN,
        watched_feeds=9,
        ratio=2.1,
        low=1.2,
        high=3.6,
        q=0.02,
    )
    line = desk_sections.acts_and_talk(section(acts=acts))
    assert "9 of 18 stories this week report something done (a rule, an order, a contract), " in line
    assert "60 of 120 in the 12 weeks to 2026-W29; risen over 4 weeks: " in line
    assert line.endswith(
        "2.1 times the odds of an act before (95 % interval 1.2 to 3.6) on the 5 of 9 feeds watched since "
        "2026-W18, q = 0.02. [W33-k7q2ma]"
    )


def test_bottom_line_names_a_measured_change_of_its_desk() -> None:
    risen = section(trend=trend_test(*[9] * 12, 18, 17, 19, 18))
    assert bottom_line.called_trend(risen) == "Measurably more stories over 4 weeks [W33-k7q2ma]."
    assert bottom_line.called_trend(section(trend=trend_test(*[20] * 8, 0))).startswith("Measurably fewer")
    assert bottom_line.called_trend(section(trend=trend_test(*EVEN, 9))) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"kind": "new", "before": 9, "after": 4},
            "New: 4 of 9 stories are of matters not found before this week; the most widely reported",
        ),
        ({"kind": "escalated", "before": 1, "after": 5}, "Reported more widely, by 5 publishers after 1"),
        (
            {"kind": "escalated", "before": 1, "after": 1, "stages": ("proposed", "in_force")},
            "Moved on from proposed to in force",
        ),
        ({"kind": "resurfaced", "before": 2, "after": 1}, "Back after a pause"),
        ({"kind": "quiet", "before": 1, "after": 0}, "Went quiet, after 1 publisher had reported it"),
        (
            {"kind": "thread_quiet", "before": 3, "after": 0},
            "Followed thread of 3 stories without a new article for 28 days; its last",
        ),
    ],
)
def test_changes_have_words_of_their_own(change: dict[str, object], words: str) -> None:
    made = Change(title="Rule", source=item().citations[0], **change)  # type: ignore[arg-type]
    assert week_changes.change_line(made) == words


def test_week_in_which_nothing_was_collected_is_no_finding() -> None:
    empty = Corpus(collected=0, articles=0, texts=0, stories=0, publishers=0)
    assert (
        week_changes.nothing_changed(empty)
        == "Nothing was collected for this week, so nothing can be said of it."
    )
    assert week_changes.nothing_changed(issue().corpus).startswith("Nothing new")


def test_theme_that_cannot_be_compared_is_not_said_to_stand_still() -> None:
    def themes(*trends: TrendTest) -> str:
        return cross_desk_themes.no_theme_moved(trends)

    assert themes(trend_test(*EVEN, 5)).startswith("No theme moved measurably")
    assert themes(trend_test(*EVEN, 5, watched=3)).startswith("No theme can be compared")
    assert themes(trend_test(*EVEN, 40)) == ""
    assert themes() == "No theme was counted this week."


def test_failure_of_every_feed_is_said() -> None:
    assert notes(feeds=2, down=("A", "B"))[0].startswith("Every feed failed")


def test_long_lists_of_feeds_are_cut_and_counted() -> None:
    (line,) = notes(down=tuple(f"Feed {number}" for number in range(20)), feeds=30)
    assert line.endswith("and 12 more.")
    assert len(notes(set_aside=tuple((f"Feed {number}", "missing", 1) for number in range(20)))) == 7


def test_feeds_down_floods_and_languages_have_a_line_each() -> None:
    gaps = notes(
        down=("Static Hollow", "Wire"),
        set_aside=(
            ("Post", "too_old", 28),
            ("Post", "missing", 1),
            ("Hub", "future", 2),
            ("Hub", "unparsable", 1),
        ),
        languages=("de", "en"),
    )
    assert gaps == [
        "Down all week: Static Hollow, Wire.",
        "Set aside from Post: 28 articles from the archive.",
        "Set aside from Post: 1 article without a date.",
        "Set aside from Hub: 2 articles dated in the future.",
        "Set aside from Hub: 1 article with an unreadable date.",
        "Languages of the counted articles: de, en.",
    ]


def test_week_without_gaps_says_so() -> None:
    assert notes() == ["Every feed answered, and every date was usable."]


def test_week_in_which_no_feed_was_asked_does_not_boast_that_all_answered() -> None:
    assert notes(feeds=0) == [
        "No feed was asked for this week: all articles were imported or collected later."
    ]
