"""Writes the warehouse from which the upgrade tests start: `make release-home`, once for each schema.

A few articles go through the whole pipeline, with the tests' embedder, and analysts correct what it found,
until every table of the schema has a row. The file is made when a schema is released and never again: it
stands for the homes that users have.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from datetime import timedelta
from itertools import islice
from pathlib import Path

from paths import TESTS

os.environ["WATCHFLOOR_ALLOWED_HOSTS"] = "127.0.0.1"

from fakes import HashEmbedder

from flows.collection import collect_feeds
from flows.demo.sample import LAST_WEEK
from flows.demo.server import sample_server
from flows.pipeline import digest, enrich_pending, import_archives
from flows.settings import Settings
from warehouse.classify.classifications import correct_desk
from warehouse.store.config_changes import note_value
from warehouse.store.db import open_warehouse, transaction
from warehouse.store.deliveries import Delivery, DeliveryLedger, DeliveryStatus
from warehouse.store.migrate import newest_version
from warehouse.stories.story_corrections import Correction, merge_stories, split_story

RELEASES = TESTS / "releases"
FEEDS = 1
NOW = LAST_WEEK.end + timedelta(hours=6)
CHANGED = {"source": "wire", "title": "Chip rule", "url": "https://wire.example/1", "published": str(NOW)}


def main() -> None:
    """Makes the file of the newest schema, unless it is there."""
    target = RELEASES / f"schema-{newest_version()}.duckdb.gz"
    if target.exists():
        sys.exit(
            f"{target} is there. Of a released schema it is never made anew; of another, delete it first."
        )
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        fill(settings)
        target.write_bytes(gzip.compress(settings.warehouse_path.read_bytes(), mtime=0))


def fill(settings: Settings) -> None:
    """Collects, enriches, corrects, writes and sends: a row in every table."""
    with sample_server() as server:
        server.clock = NOW
        collect_feeds(settings, NOW, catalog=server.catalog[:FEEDS])
    import_archives(settings, [TESTS / "feeds" / "federal_register.json"], NOW)
    archive = settings.home_dir / "archive.jsonl"
    for text in (
        "A first text.",
        "Comments are due by 15 July 2026.",
    ):  # the search index marks the first as deleted
        archive.write_text(json.dumps(CHANGED | {"summary": text}), "utf-8")
        import_archives(settings, [archive], NOW)
        enrich_pending(settings, embedder=HashEmbedder())
    correct(settings)
    digest(settings, LAST_WEEK, NOW)
    send(settings)


def correct(settings: Settings) -> None:
    """An analyst sets a desk, merges two stories and splits them; the classifier has a new version."""
    by = Correction(by="ana", why="by hand", at=NOW)
    with open_warehouse(settings.warehouse_path) as con:
        stories = con.execute(
            "SELECT story_id, min(article_id) FROM store.story_members GROUP BY 1 ORDER BY 1"
        )
        (one, article), (other, _) = islice(iter(stories.fetchall()), 2)
        with transaction(con):
            correct_desk(con, article, "arms_race", "by hand", NOW)
            for version in ("1", "2"):
                note_value(con, "classification", version, NOW)
        merge_stories(con, one, [other], by)
        split_story(con, one, [article], by)


def send(settings: Settings) -> None:
    """One recipient has the issue."""
    ledger = DeliveryLedger(settings.warehouse_path, lambda _seconds: None, 0)
    delivery = Delivery(
        week=str(LAST_WEEK),
        edition="1",
        channel="mail",
        recipient_key="k",
        recipient="a…@desk.example",
        message_id="<k@watchfloor>",
    )
    ledger.claim(delivery, NOW, again=False)
    ledger.record(delivery, DeliveryStatus.SENT, NOW, "")


if __name__ == "__main__":
    main()
