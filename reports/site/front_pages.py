"""The pages there is one of: the front page, the search, the feeds' health, the downloads."""

from __future__ import annotations

from collections.abc import Iterator

from reports.names import DESKS
from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, page

NEWEST = 5


def front_pages(contents: Contents) -> Iterator[File]:
    """The pages that say what is new and lead to all others."""
    newest = {desk: [card for card in contents.cards.values() if card.desk == desk][:NEWEST] for desk in DESKS}
    yield page(
        addresses.HOME,
        "home",
        issues=contents.issues,
        newest=newest,
        cards=contents.cards,
        merged=contents.merged,
        last_seen_at=contents.last_seen_at,
    )
    months = sorted({addresses.month_of(card.began_at) for card in contents.cards.values()}, reverse=True)
    yield page(addresses.SEARCH, "search", months=months)
    yield page(addresses.DATA, "data", issues=contents.issues)
    yield page(addresses.FEEDS, "feeds", feeds=contents.feeds, last_seen_at=contents.last_seen_at)
