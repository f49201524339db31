"""The pages that exist once: the front page, search with its index of titles, the feeds' health, the downloads."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, page
from warehouse.classify.taxonomy import load_taxonomy

NEWEST = 5


def home_page(contents: Contents) -> Iterator[File]:
    """Yields the front page: the latest issue, the newest stories of each desk, all issues."""
    newest = {
        desk: [card for card in contents.cards.values() if card.desk == desk][:NEWEST] for desk in load_taxonomy().desks
    }
    yield page(
        addresses.HOME,
        "home",
        issues=contents.issues,
        newest=newest,
        cards=contents.cards,
        merged=contents.merged,
        last_seen_at=contents.last_seen_at,
    )


def data_page(contents: Contents) -> Iterator[File]:
    """Yields the list of downloads."""
    yield page(addresses.DATA, "data", issues=contents.issues)


def feeds_page(contents: Contents) -> Iterator[File]:
    """Yields the table of the feeds' health."""
    yield page(addresses.FEEDS, "feeds", feeds=contents.feeds, last_seen_at=contents.last_seen_at)


def search_page(contents: Contents) -> Iterator[File]:
    """Yields the search page, and the titles it searches."""
    months = sorted({addresses.month_of(card.began_at) for card in contents.cards.values()}, reverse=True)
    yield page(addresses.SEARCH, "search", months=months)
    yield from _title_index(contents)


def _title_index(contents: Contents) -> Iterator[File]:
    """Yields a script for every month in which a story on topic began: rows of id, title, desk and day, newest first.

    The search page loads them from the newest until it has found enough. They are scripts and not JSON because a page
    opened from a disk may load only scripts. Each is one call with a literal in ASCII, so that no title can end it.
    """
    months: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for card in contents.cards.values():
        # The id is a text: numbers of JavaScript are exact to 53 bits only.
        row = (str(card.story_id), card.title, card.desk, f"{card.began_at:%Y-%m-%d}")
        months[addresses.month_of(card.began_at)].append(row)
    for month, rows in months.items():
        content = f'watchfloorTitles("{month}", {json.dumps(rows, separators=(",", ":"))});\n'
        yield File(path=addresses.shard(month), content=content.replace("<", "\\u003c").encode("ascii"))
