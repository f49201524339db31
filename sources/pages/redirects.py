"""Redirects that lead to no article: to the home page, to a sign-in, to a page that asks for consent."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sources.model import Outcome

_HOME = re.compile(r"/?(?:[a-z]{2}(?:-[a-z]{2})?/?|(?:index|default|home)(?:\.\w+)?)?", re.IGNORECASE)
_CONSENT_HOST = re.compile(r"(?:consent|guce|cmp|privacy-?gate)\.[\w.-]+", re.IGNORECASE)
_SIGN_IN = re.compile(
    r"/(?:log-?in|sign-?in|sign-?up|register|subscribe|subscription|checkout|paywall|sso|oauth2?|authorize)"
    r"(?:[/.].*)?",
    re.IGNORECASE,
)
_SIGN_IN_HOST = re.compile(r"(?:login|signin|sso|auth|accounts?|subscribe)\.[\w.-]+", re.IGNORECASE)
_LOST = re.compile(r"/(?:404|not-?found|error(?:[-_]?404)?|page-not-found)(?:[/.].*)?", re.IGNORECASE)


def what_redirect_says(start: str, target: str) -> tuple[Outcome, str] | None:
    """Returns the outcome of an article's address that redirects to such a target; None for other targets."""
    before, after = urlsplit(start), urlsplit(target)
    host = (after.hostname or "").removeprefix("www.")
    if _CONSENT_HOST.fullmatch(host):
        return Outcome.COOKIE_WALL, f"redirects to {host}, which asks for consent"
    if _SIGN_IN_HOST.fullmatch(host) or (
        _SIGN_IN.fullmatch(after.path) and not _SIGN_IN.fullmatch(before.path)
    ):
        return Outcome.PAYWALL, f"redirects to {host}{after.path}, where readers sign in"
    if _LOST.fullmatch(after.path):
        return Outcome.SOFT_404, f"redirects to {host}{after.path}"
    if _HOME.fullmatch(after.path) and not after.query and not _HOME.fullmatch(before.path):
        return Outcome.SOFT_404, f"redirects to the home page of {host}"
    return None
