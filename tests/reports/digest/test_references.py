"""Which sentences lean on another: on who he is, or which bill the bill is."""

from __future__ import annotations

import pytest

from reports.digest.references import can_follow, references

BEFORE = "Jane Alder, who heads the agency, spoke on Monday. Senator Joe Brook asked for a vote."


@pytest.mark.parametrize(
    "sentence",
    [
        "He said the ministry would appeal the ruling in the spring.",
        "“This is a great day for the makers of chips,” she said on Monday.",
        "The talks in Geneva failed, she added in a letter to members of the House.",
        "This would require makers of chips to report where they are.",
        "In addition, makers of chips must report where they are.",
        "Under that plan, makers of chips must report where they are.",
        "But DJI drones are used by the police of all fifty states.",
        "However, makers of chips need not report where they are.",
        "Lawmakers said these rules would bind makers of chips from May on.",
        "Yesterday, the European Commission opened an inquiry into four makers.",
        "On Monday, the European Commission accused the platform of doing too little.",
        "Following the ruling, makers of chips must report where they are.",
        "Three were arrested on Monday in the port of Rotterdam.",
        "A spokesperson for the company declined to comment on Monday.",
    ],
)
def test_sentence_that_leans_on_another_refers_to_it(sentence: str) -> None:
    assert references(sentence, "")


@pytest.mark.parametrize(
    "sentence",
    [
        "The European Commission opened an inquiry into four makers of chips on Monday.",
        "The Dutch ministry revoked nine licences on Tuesday.",
        "The House of Representatives passed a bill with forty votes against thirty.",
        "The vote in the upper house of California is planned for May.",
        "In March 2026 the head of Dutch customs, Jane Alder, said that she would resign.",
        "Senator Joe Brook said he would vote against it.",
        "Trump said on Friday that the tariffs would rise.",
        "Nvidia said the company would not ship the chips.",
        "Meta said this week that it would appeal.",
        "“We will appeal,” said Jane Alder, who heads the agency.",
    ],
)
def test_sentence_that_names_what_it_tells_of_stands_alone(sentence: str) -> None:
    assert references(sentence, BEFORE) == ()


def test_bill_must_have_been_said() -> None:
    (bill,) = references("The bill would require makers of chips to report.", "")
    assert "bill" in bill.words
    assert bill.by_previous


def test_surname_refers_to_the_full_name_before_it_and_not_to_the_sentence_before() -> None:
    (alder,) = references("Votes came late, Alder said in a letter to members.", BEFORE)
    assert alder.words == {"alder"}
    assert not alder.by_previous
    assert references("Votes came late, Jane Alder said in a letter to members.", BEFORE) == ()


def test_pronoun_follows_only_on_somebody_named() -> None:
    assert can_follow("He will vote against it.", "Senator Joe Brook asked for a vote.")
    assert not can_follow("He will vote against it.", "The vote came late.")
    assert can_follow("It will be held in May.", "The vote came late.")
