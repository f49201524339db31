"""Which sentences of a page may be printed."""

from __future__ import annotations

import pytest

from reports.digest.statements import segments

GOOD = "The ministry revoked nine licences for lithography machines on Tuesday."


def printable(text: str) -> list[str]:
    return [one.text for one in segments(text) if one.is_statement]


def test_sentence_ends_with_its_line() -> None:
    assert printable(f"Nine licences revoked\n{GOOD}\nRead more") == [GOOD]


def test_dateline_and_caption_before_an_agencys_report_are_left_out() -> None:
    caption = "Machines stand in a hall in Veldhoven, April 25, 2025. MERIDIAN/Ann Lens/File Photo May 21 "
    assert printable(f"{caption}(Meridian Wire) - {GOOD}") == [GOOD]


@pytest.mark.parametrize(
    "sentence",
    [
        "Ursula Alder speaks during a press conference in Brussels on May 5, 2026.",
        "A worker checks a wafer at the plant, in this photo taken on Monday by a visitor.",
        "Reporting by Ann Lens in Bengaluru and editing by Joe Brook in London.",
        "Agencies Representative Image Regulators will decide by June whether to clear the takeover.",
        "Ministry plans a fee on small chips in a hit to makers Reuters The ministry proposed it.",
        "Disclosure of sales in the chip sector The Commission has also been reviewing the rule on exports.",
        "Chip export controls As part of its package of May the ministry proposed changes to the rule.",
        "Jane Alder is a senior technology reporter who covers chips and was based in Taipei.",
        "This article was updated to add what the ministry said on Tuesday.",
        "We have long thought that the rules would not survive the summer.",
        "You can read the whole text of the rule on the site of the ministry.",
        "Will the ministry grant nine licences for lithography machines on Tuesday?",
        "“We will act when the time has come, and not one day later than that.”",
        "Vision for chips: The aim is a trade in which every maker has a licence.",
        "Risk assessment and measures of any effects on the rights of makers, notably by way of tools.",
        "Here’s what makers of chips had to say of the licences on Tuesday.",
        "6 The message was clear to all makers of chips in the country.",
        "26/05/2026 - 17:24 GMT+2 ADVERTISEMENT The ministry revoked nine licences on Tuesday.",
        "Download the full report to learn how the ministry grants licences to makers.",
        "Ann Writer can be reached at ann@wire.example or by telephone on weekdays.",
    ],
)
def test_page_picture_writer_and_bare_quotation_are_not_printed(sentence: str) -> None:
    assert printable(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        GOOD,
        "Senator Joe Brook called the rule “a gift to every maker of chips abroad”.",
        "The rule, which takes effect on May 5, covers 38,000 makers of chips.",
        "38,000 makers of chips must report by May 5.",
    ],
)
def test_statement_is_printed(sentence: str) -> None:
    assert printable(sentence) == [sentence]
