"""Which sentences speak for a story, and how one is shortened: never a word that is not the article's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.digest.sentences import ELLIPSIS, fitting, headline, quotable_sentences, shortened, stands_in


def speaking(summary: str, title: str = "A headline", limit: int = 2) -> list[str]:
    return quotable_sentences(title, summary, "en", limit)


def test_first_whole_sentences_speak() -> None:
    summary = (
        "The vote came on Tuesday after two years of talks. It passed with forty votes against thirty. A "
        "third one follows here for nothing."
    )
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
    assert quotable_sentences("A headline", summary, language, 2) == [summary]


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
        f"Ann Writer / The Outlet: {headline} — Officials met four laboratories on Monday to hear their "
        "objections."
    )
    told_on = speaking(summary, title=f"{headline} (Ann Writer/The Outlet)")
    assert told_on == ["Officials met four laboratories on Monday to hear their objections."]


@pytest.mark.parametrize(
    "summary",
    [
        "I have long thought that these rules would not survive the summer.",
        "How will the ministry answer the letter of the nine laboratories?",
        "Abstract: the paper studies how officers read what a machine advises them.",
        "A worker checks a wafer at the plant in May last year, getty images.",
        "15 CFR Parts 734, 740, 742, 744 and 748 Docket Number.",
        'The minister said "' + "word " * 21 + '" in the House on Monday afternoon.',
        "The minister said “we will act in the House on Monday afternoon.",
    ],
)
def test_question_caption_list_and_long_quotation_do_not_speak(summary: str) -> None:
    assert speaking(summary) == []


def test_count_without_a_noun_is_not_the_first_sentence() -> None:
    assert speaking("Three were arrested on Monday; two are believed to be in Hong Kong.") == []
    assert speaking("Three firms were arraigned on Monday in a federal court in Texas.") != []


def test_first_sentence_does_not_begin_with_what_another_one_said() -> None:
    summary = (
        "It passed with forty votes against thirty of the members. The vote in the upper house is planned "
        "for May."
    )
    assert speaking(summary) == ["The vote in the upper house is planned for May."]


@pytest.mark.parametrize(
    "dateline", ["WASHINGTON, May 27 (Meridian Wire) - ", "SAN JOSE, Calif., May 27 - ", "CHENGDU, China — "]
)
def test_dateline_of_an_agency_is_left_out(dateline: str) -> None:
    sentence = "The ministry said on Monday that it would widen its rules."
    assert speaking(dateline + sentence) == [sentence]


def test_reading_time_is_left_out() -> None:
    assert speaking("(4 minute read)A company in Shanghai has begun to make the tools.") == [
        "A company in Shanghai has begun to make the tools."
    ]


LONG = "The ministry revoked nine licences for lithography machines on Tuesday"


def test_long_sentence_is_cut_where_a_clause_only_adds() -> None:
    assert (
        shortened(f"{LONG}, which had been granted to three firms in the south of the country.", 15)
        == LONG + ELLIPSIS
    )


@pytest.mark.parametrize(
    "tail",
    [
        ", which the company denied in a letter to the court.",
        ", as officials said on Wednesday in the capital.",
        ", including those that may be granted again if the firms appeal.",
        ", who according to the paper had asked for it.",
        "; the court has not confirmed it.",
    ],
)
def test_what_takes_back_or_attributes_is_never_cut_off(tail: str) -> None:
    assert shortened(LONG + tail, 15) is None
    assert fitting(LONG + tail, 15) is None
    assert quotable_sentences("A headline", LONG + tail, "en", 1, 15) == []


def test_quotation_is_not_cut_in_two() -> None:
    assert (
        shortened(
            "The judge called the nine licences “a gift, which nobody had asked for” in her ruling.", 12
        )
        is None
    )


@given(st.text(max_size=200), st.integers(7, 40))
def test_shortened_sentence_stands_in_the_text(tail: str, words: int) -> None:
    sentence = f"{LONG}, which {tail}."
    printed = fitting(sentence, words)
    assert printed is None or stands_in(printed, f"Before. {sentence} After.")


@pytest.mark.parametrize(
    ("title", "publisher", "bare"),
    [
        ("Rules widened (Ann Writer/Wired)", "Wired", "Rules widened"),
        ("Rules widened (New York Times)", "New York Times", "Rules widened"),
        ("Rules widened (updated)", "Wired", "Rules widened (updated)"),
        ("Rules widened", "Wired", "Rules widened"),
    ],
)
def test_credit_of_an_aggregator_is_no_part_of_the_headline(title: str, publisher: str, bare: str) -> None:
    assert headline(title, publisher) == bare
