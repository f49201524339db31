"""Redirects that lead to no article are known by their target."""

from __future__ import annotations

import pytest

from sources.model import Outcome
from sources.pages.redirects import what_redirect_says

ARTICLE = "https://www.one.example/2026/08/chip-rule-1234"


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("https://www.one.example/", Outcome.SOFT_404),
        ("https://www.one.example", Outcome.SOFT_404),
        ("https://www.one.example/en/", Outcome.SOFT_404),
        ("https://www.one.example/index.html", Outcome.SOFT_404),
        ("https://www.one.example/404", Outcome.SOFT_404),
        ("https://www.one.example/not-found/?from=x", Outcome.SOFT_404),
        ("https://consent.yahoo.com/v2/collectConsent?sessionId=1", Outcome.COOKIE_WALL),
        ("https://guce.techcrunch.com/consent", Outcome.COOKIE_WALL),
        ("https://www.one.example/login?target=%2F", Outcome.PAYWALL),
        ("https://www.one.example/subscribe/offer", Outcome.PAYWALL),
        ("https://accounts.one.example/x", Outcome.PAYWALL),
        ("https://myaccount.one.example/x", None),
        ("https://www.one.example/2026/08/chip-rule-1234/", None),
        ("https://www.two.example/news/subscribe-to-nothing", None),
        ("https://www.one.example/?p=1234", None),
        ("https://www.one.example/register-of-interests/2026", None),
        ("https://www.one.example/error-in-chip-law", None),
        ("https://one.example/eu/chip-rule", None),
    ],
)
def test_target_says_what_the_redirect_means(target: str, outcome: Outcome | None) -> None:
    said = what_redirect_says(ARTICLE, target)
    assert (said[0] if said else None) == outcome


def test_home_page_that_moves_is_no_lost_article() -> None:
    assert what_redirect_says("https://one.example/", "https://www.one.example/") is None
    assert what_redirect_says("https://one.example/?p=1", "https://www.one.example/") is None
