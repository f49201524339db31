"""The standfirst of an article: the sentences between title and body, which extraction often misses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sources.pages.paragraphs import key_of

_TAGS = ("p", "h2", "h3", "h4", "div", "span", "strong")
MIN_CHARS, MAX_CHARS = 40, 700
SAME_CHARS = 60  # a description that begins so is the standfirst's, which it may cut short


def standfirst_of(tree: Any, descriptions: Sequence[str]) -> str:
    """Returns the page's standfirst, or an empty string: a visible text that begins as a description which
    the page states.
    """
    starts = {key[:SAME_CHARS] for key in map(key_of, descriptions) if len(key) >= MIN_CHARS}
    if not starts:
        return ""
    for element in tree.iter(*_TAGS):
        if len(element) > 8:
            continue
        text = " ".join(element.text_content().split())
        if MIN_CHARS <= len(text) <= MAX_CHARS and key_of(text[: 3 * SAME_CHARS]).startswith(tuple(starts)):
            return text
    return ""
