"""What a page says of itself is no sentence of its article; what an article says of pages is."""

from __future__ import annotations

import pytest

from warehouse.extract.page_chrome import is_page_chrome


@pytest.mark.parametrize(
    "sentence",
    [
        "96 Explore the latest stories in privacy and data protection law.",
        "Skip to main content Menu Search.",
        "The postWhat Defenders Need to Know about Iranappeared first onCheck Point Blog.",
        "The post Export rules tighten appeared first on The Wire.",
        "Read more",
        "Read the full story at The Verge.",
        "Share this article with your friends.",
        "Subscribe to our newsletter for more news on chips.",
        "Sign up for our daily briefing on technology policy.",
        "This site uses cookies to improve your experience.",
        "1,204 views",
        "The Stepback arrives in our subscribers' inboxes on Sunday.",
        "This essay originally appeared in Foreign Policy.",
    ],
)
def test_sentence_of_the_page_is_chrome(sentence: str) -> None:
    assert is_page_chrome(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Forty states sign up to the treaty on autonomous weapons.",
        "The Post said the order is aimed at chips.",
        "The post of deputy minister stays vacant.",
        "The regulator fined Meta over cookies set without consent.",
        "Starlink has 12 million subscribers, the company said.",
        "The minister shares this view of the export rules.",
        "Members must subscribe to the voluntary code by June.",
        "Lawmakers read more than 3,000 comments on the rule.",
    ],
)
def test_sentence_about_such_things_is_news(sentence: str) -> None:
    assert not is_page_chrome(sentence)
