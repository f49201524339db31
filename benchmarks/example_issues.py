"""Writes issues for docs/examples: outlet names, headlines and links only, no sentence of an article.

    python benchmarks/example_issues.py --home replay --out docs/examples 2026-W27 2026-W32

HOME is a folder that `replay.py` or `watchfloor import` filled. An issue is as of its last digest, else of
the last run.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from reports.digest.build import build_digest
from reports.digest.digest import Digest
from reports.digest.items import Item
from reports.digest.render import to_html, to_markdown
from reports.digest.sections.bottom_line import Bullet
from reports.digest.sections.deadlines_and_events import DueDate, DueDates
from reports.week import Week
from warehouse.store.db import from_db, open_warehouse

_AS_OF = """
SELECT coalesce((SELECT max(watermark) FROM issues WHERE week = $week), (SELECT max(fetched_at) FROM fetches))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weeks", type=Week.parse, nargs="+")
    parser.add_argument("--home", type=Path, default=Path("replay"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with open_warehouse(options.home / "warehouse.duckdb") as con:
        for week in options.weeks:
            (as_of,) = con.execute(_AS_OF, {"week": str(week)}).fetchone()
            digest = links_only(build_digest(con, week, from_db(as_of)))
            for form, text in {"html": to_html(digest), "md": to_markdown(digest)}.items():
                path = options.out / f"{week}.{form}"
                path.write_text(text, "utf-8")
                print(path)


def links_only(digest: Digest) -> Digest:
    """The issue without sentences of articles: headlines stand where they stood."""
    return replace(
        digest,
        bottom_line=tuple(map(_bullet, digest.bottom_line)),
        sections=tuple(
            replace(
                section,
                items=tuple(map(_item, section.items)),
                single=tuple(map(_item, section.single)),
                unsure=tuple(map(_item, section.unsure)),
            )
            for section in digest.sections
        ),
        due_dates=DueDates(
            upcoming=tuple(map(_due, digest.due_dates.upcoming)),
            unobserved=tuple(map(_due, digest.due_dates.unobserved)),
        ),
        commentary=replace(digest.commentary, analysis=tuple(map(_item, digest.commentary.analysis))),
    )


def _item(item: Item) -> Item:
    return replace(item, sentences=(), differences=())


def _bullet(bullet: Bullet) -> Bullet:
    return replace(bullet, text=bullet.source.title) if bullet.source else bullet


def _due(due: DueDate) -> DueDate:
    return replace(due, from_register=True, evidence="")


if __name__ == "__main__":
    main()
