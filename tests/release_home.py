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
from sources.model import Outcome, PageResult, PageText, RobotsFile, WantedPage
from warehouse.classify.classifications import correct_desk
from warehouse.store.article_texts import save_page_texts
from warehouse.store.config_changes import note_value
from warehouse.store.db import open_warehouse, transaction
from warehouse.store.deliveries import Delivery, DeliveryLedger, DeliveryStatus
from warehouse.store.migrate import newest_version
from warehouse.store.page_fetches import save_page_fetches, save_robots
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
    read_pages(settings)
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


def read_pages(settings: Settings) -> None:
    """A page is read, and an entry of an aggregator is found to be its article."""
    with open_warehouse(settings.warehouse_path) as con, transaction(con):
        columns = ", ".join(WantedPage.__dataclass_fields__)
        rows = con.execute(f"SELECT {columns} FROM store.articles ORDER BY article_id LIMIT 1")
        wanted = WantedPage(**rows.to_arrow_table().to_pylist()[0])
        result = PageResult(
            wanted=wanted,
            fetched_at=NOW,
            outcome=Outcome.OK,
            elapsed_s=0.5,
            http_status=200,
            final_url=wanted.url,
            page=PageText(text="The rule takes effect in May.", extractor="fake 1"),
        )
        save_page_fetches(con, [result])
        save_page_texts(con, [result])
        robots = RobotsFile(origin="https://wire.example", fetched_at=NOW, outcome=Outcome.OK, rules="# none")
        save_robots(con, [robots])
        con.execute("INSERT INTO store.article_aliases VALUES (1, $1)", [wanted.article_id])


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
