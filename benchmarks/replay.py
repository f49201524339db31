"""Runs the pipeline over the recorded real feeds, week by week, and writes the digest of a week.

    python benchmarks/replay.py [--home DIR] [--week 2026-W33] [--keep 60] [--shared ../shared]

Collects every Monday 06:00 UTC from 1 June to 17 August 2026, enriches after each, then digests and
publishes. Prints what each week brought and, at the end, counts by desk. A second run finds nothing new. With
the default of 60 entries a feed, a weekly visit misses most of what a busy feed shows in a week; --keep 2000
gives what an hourly one sees.
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from flows import pipeline
from flows.collection import collect_feeds
from flows.settings import Settings
from reports.week import Week
from sources.model import Source
from warehouse.embed.encoder import load_embedder
from warehouse.store.db import open_read_only

FIRST_RUN = datetime(2026, 6, 1, 6, tzinfo=UTC)
RUNS = 12
PORT = 8808
BASE = f"http://127.0.0.1:{PORT}"
COUNTS = """
SELECT coalesce(desk, 'unclassified') AS desk, count(*) AS stories, sum(article_count)::BIGINT AS articles
FROM stories GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    home: Path
    week: Week
    keep: int
    shared: Path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=Path("replay"))
    parser.add_argument("--week", type=Week.parse, default=Week.parse("2026-W33"))
    parser.add_argument("--keep", type=int, default=60, help="entries a feed shows at most")
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    options = Options(**vars(parser.parse_args()))
    streams = sorted(map(str, options.shared.glob("data/streams/*.jsonl.gz")))
    if not streams:
        sys.exit(f"no recorded streams under {options.shared}; name their folder with --shared")
    server = subprocess.Popen(
        [
            sys.executable,
            options.shared / "tools/replay_feeds.py",
            *streams,
            f"--port={PORT}",
            f"--keep={options.keep}",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        print(server.stdout.readline().strip())
        replay(options)
    finally:
        server.terminate()
        server.wait()


def replay(options: Options) -> None:
    settings = Settings(home=options.home, allowed_hosts=frozenset({"127.0.0.1"}))
    embedder = load_embedder(settings.embedding_model)
    catalog = recorded_catalog()
    started = time.monotonic()
    for number in range(RUNS):
        now = FIRST_RUN + timedelta(weeks=number)
        httpx.post(f"{BASE}/clock", params={"at": now.isoformat()}).raise_for_status()
        fetched = collect_feeds(settings, now, catalog=catalog)
        made = pipeline.enrich_pending(settings, embedder=embedder)
        print(
            f"{now:%Y-%m-%d}  {fetched.entries.new:5} new articles, {len(fetched.failures)} feeds failed, "
            f"{made.new_stories:5} new stories, {time.monotonic() - started:5.0f} s",
            flush=True,
        )
    issue = pipeline.write_issue(settings, options.week, now)
    pipeline.publish(settings, now, by_hand=True)
    with open_read_only(settings.snapshot_path) as con:
        for desk, stories, articles in con.execute(COUNTS).fetchall():
            print(f"{desk:16} {stories:6} stories {articles:6} articles")
    for section in issue.digest.sections:
        print(f"{options.week} {section.desk}: {section.stories} stories, {section.trend.verdict.value}")
    print(f"{issue.files.html}\n{issue.files.markdown}")


def recorded_catalog() -> list[Source]:
    """The replay server's feeds as sources, with what is known of their publishers."""
    families = tomllib.loads(Path(__file__).with_name("replay_sources.toml").read_text("utf-8"))["family"]
    rows = csv.DictReader(io.StringIO(httpx.get(f"{BASE}/catalog.csv").text))
    return [_source(row, families) for row in rows]


def _source(row: dict[str, str], families: list[dict[str, object]]) -> Source:
    name = row["name"].lower().replace("-", " ")
    family = next((one for one in families if name.startswith(tuple(one["like"]))), {})
    return Source(
        id=row["id"],
        name=row["name"],
        publisher=str(family.get("publisher", row["publisher"])),
        url=row["url"],
        kind=str(family.get("kind", "news")),
        region="INT",
        language=row["language"] or "en",
    )


if __name__ == "__main__":
    main()
