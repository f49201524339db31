"""What a feed says of itself as a whole: its title, the page it belongs to, its language."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sources.feeds.bounds import before_entries
from sources.feeds.entries import first_text
from sources.feeds.feedparser_reader import read_feed_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Each as stated, and empty where the feed does not say."""

    title: str = ""
    link: str = ""
    language: str = ""


def read_heading(body: bytes) -> Heading:
    """The heading of a feed of any format; an empty one where the bytes are no feed."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_heading(body)
    said = read_feed_level(before_entries(body))
    return Heading(title=said.get("title", ""), link=said.get("link", ""), language=said.get("language", ""))


def _json_heading(body: bytes) -> Heading:
    try:
        feed: Any = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return Heading()
    if not isinstance(feed, dict):
        return Heading()
    return Heading(
        title=first_text(feed, "title", "description"),
        link=first_text(feed, "home_page_url", "feed_url"),
        language=first_text(feed, "language"),
    )
