"""The titles that the search page looks through: one small script a month, read from the youngest until enough is found."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File


def search_index(contents: Contents) -> Iterator[File]:
    """A shard for every month in which a story on topic began: rows of id, title, desk and day, youngest first.

    Scripts, not JSON, because a page opened from a disk may load the one and not the other. They hold nothing but one
    call on a literal in ASCII, so that no title can end it.
    """
    months: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for card in contents.cards.values():
        # An id as text: the numbers of JavaScript are exact to 53 bits.
        row = (str(card.story_id), card.title, card.desk, f"{card.began_at:%Y-%m-%d}")
        months[addresses.month_of(card.began_at)].append(row)
    for month, rows in months.items():
        content = f'watchfloorTitles("{month}", {json.dumps(rows, separators=(",", ":"))});\n'
        yield File(path=addresses.shard(month), content=content.replace("<", "\\u003c").encode("ascii"))
