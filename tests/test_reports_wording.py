"""The sentences a digest says of itself."""

from __future__ import annotations

import pytest
from fakes import issue, item, section, trend

from reports import wording
from reports.model import Coverage
from reports.trends import Comparison, Verdict

EVEN = (5, 4, 6, 5, 5, 4, 6, 5)
NO_GAPS = Coverage(feeds=5, down=(), set_aside=(), languages=())


def said(told: Comparison) -> str:
    return wording.trend_sentence(section(told=told))


def notes(**changes: object) -> list[str]:
    values = {"feeds": 5, "down": (), "set_aside": (), "languages": ()} | changes
    return wording.coverage_notes(Coverage(**values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 stories"), (1, "1 story"), (2, "2 stories"), (1_204, "1,204 stories")]
)
def test_numbers_agree_with_their_nouns(number: int, text: str) -> None:
    assert wording.count(number, "story", "stories") == text


def test_plural_is_made_with_an_s_unless_told_otherwise() -> None:
    assert [wording.count(number, "feed") for number in (1, 2)] == ["1 feed", "2 feeds"]


def test_corpus_line_counts_everything_and_the_feeds_that_were_down() -> None:
    down = Coverage(feeds=66, down=("A", "B"), set_aside=(), languages=())
    assert wording.corpus_line(issue(coverage=down)) == (
        "12 articles, 3 texts, 1 story, 2 publishers, of 1,234 articles collected; 2 of 66 feeds down"
    )


def test_corpus_line_says_nothing_of_feeds_if_none_was_asked() -> None:
    line = wording.corpus_line(issue(coverage=Coverage(feeds=0, down=(), set_aside=(), languages=())))
    assert line.endswith("collected")


def test_independence_triple_tells_articles_from_texts_from_publishers() -> None:
    assert wording.independence(item(articles=12, texts=3, publishers=2)) == "12 articles, 3 texts, 2 publishers"


def test_story_of_one_publisher_is_called_single_source() -> None:
    assert wording.independence(item()) == "single source"
    assert wording.independence(item(articles=4, texts=2)) == "4 articles, 2 texts, 1 publisher (single source)"


def test_rise_is_told_with_baseline_ratio_interval_and_q() -> None:
    told = trend(*EVEN, 20)
    assert told.verdict is Verdict.RISEN
    sentence = said(told)
    assert sentence.startswith("Risen: 20 stories this week; the 8 weeks before had 5, 4, 6, 5, 5, 4, 6, 5 (4.0 times")
    assert "95 % interval 2.2 to 7.0, q = 8.1e-06" in sentence


def test_possible_change_is_called_possible() -> None:
    assert said(trend(*EVEN, 9)).startswith("Possibly risen: 9 stories this week;")


def test_fall_to_nothing_has_no_infinite_or_negative_numbers() -> None:
    sentence = said(trend(*[20] * 8, 0))
    assert sentence.startswith("Fallen: 0 stories this week;")
    assert "0.0 times their mean, 95 % interval 0.0 to 0.2" in sentence


def test_no_change_claims_no_ratio() -> None:
    assert said(trend(*EVEN, 5)) == (
        "No measurable change: 5 stories this week; the 8 weeks before had 5, 4, 6, 5, 5, 4, 6, 5."
    )


def test_first_stories_have_no_percentage() -> None:
    sentence = said(trend(*[0] * 8, 4))
    assert sentence == "4 stories this week, the first in 9 weeks."


def test_forming_baseline_says_how_far_it_is() -> None:
    assert said(trend(*EVEN, 40, watched=3)) == (
        "40 stories this week; baseline forming (3 of 8 weeks watched), so no comparison is made."
    )
    assert "(0 of 8 weeks watched)" in said(trend(*EVEN, 40, watched=-2))


def test_withheld_comparison_says_why() -> None:
    assert said(trend(*EVEN, 0, up=0.5)).endswith(
        "no comparison is made, because only 50% of the baseline's feeds answered."
    )
    assert said(trend(*EVEN, 0, over=False)) == (
        "0 stories so far; no comparison is made, because the data end before the week does."
    )


def test_stories_of_feeds_added_since_are_told_apart() -> None:
    assert "45 stories (5 of them told by feeds watched throughout) this week" in said(
        trend(*EVEN, 45, panel=(*EVEN, 5))
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_no_verdict_is_without_words(verdict: Verdict) -> None:
    told = {
        Verdict.RISEN: trend(*EVEN, 20),
        Verdict.FALLEN: trend(*[20] * 8, 1),
        Verdict.POSSIBLY_RISEN: trend(*EVEN, 9),
        Verdict.POSSIBLY_FALLEN: trend(*[9] * 8, 4),
        Verdict.NO_MEASURABLE_CHANGE: trend(*EVEN, 5),
        Verdict.FIRST_SEEN: trend(*[0] * 8, 3),
        Verdict.BASELINE_FORMING: trend(*EVEN, 5, watched=0),
        Verdict.WITHHELD: trend(*EVEN, 5, up=0.0),
    }[verdict]
    assert told.verdict is verdict
    sentence = said(told)
    assert sentence.endswith(".")
    assert "None" not in sentence
    assert "nan" not in sentence


def test_quiet_desk_says_so() -> None:
    assert wording.new_and_continued(section()) == "No story this week."
    assert wording.new_and_continued(section(item())) == "1 of 1 story began this week."


def test_feeds_down_floods_and_languages_have_a_line_each() -> None:
    gaps = notes(
        down=("Static Hollow", "Wire"),
        set_aside=(("Post", "too_old", 28), ("Post", "missing", 1), ("Hub", "future", 2), ("Hub", "unparsable", 1)),
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
    assert notes(feeds=0) == ["No feed was asked for this week: what stands here was imported or collected later."]
