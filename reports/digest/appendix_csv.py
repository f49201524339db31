"""Every counted story of the week as CSV, for spreadsheets; no spreadsheet takes a cell of it for a formula."""

from __future__ import annotations

import csv
import io

from reports.digest.digest import Digest
from reports.digest.items import Item
from reports.digest.phrases import day
from reports.escaping import safe_cell, safe_link

COLUMNS = (
    "week desk story_id title new articles texts publishers confidence act stage latest_on outlet date link more_links"
).split()


def to_csv(digest: Digest) -> str:
    """Returns one row a story, in the order of the appendix; the outlet, date and link are those of its first citation."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for desk, items in digest.appendix:
        writer.writerows(map(safe_cell, (digest.week, desk, *_row(item))) for item in items)
    return written.getvalue()


def _row(item: Item) -> tuple[object, ...]:
    first, *others = item.citations
    return (
        item.story_id,
        item.title,
        "yes" if item.is_new else "no",
        item.articles,
        item.texts,
        item.publishers,
        f"{item.confidence:.2f}",
        item.act or "",
        item.stage or "",
        item.latest_at.date(),
        first.outlet,
        day(first.published_at),
        safe_link(first.url),
        " ".join(filter(None, (safe_link(one.url) for one in others))),
    )
