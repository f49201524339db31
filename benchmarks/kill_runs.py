"""Kills stages at random moments over the bundled sample; each restart must give the undisturbed result.

    python benchmarks/kill_runs.py                     100 kills over ingest, enrich, digest and publish
    python benchmarks/kill_runs.py --stage enrich --kills 20

Each stage runs in a copy of the home before it, is killed (SIGKILL to its process group) at a
random moment of its duration, and runs again some minutes later, followed by the stages after it. Feeds are
asked in another order each time. Articles, filings, stories, members and the issue's bytes must equal those
of the undisturbed run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from flows.demo.sample import FIRST_WEEK  # noqa: E402
from warehouse.errors import WarehouseError  # noqa: E402
from warehouse.store.db import open_read_only  # noqa: E402

STAGES = ("ingest", "enrich", "digest", "publish")
WEEKS = 4  # of the sample's thirteen, all at once: enough for several batches of each stage
WEEK = FIRST_WEEK.before(1 - WEEKS)
RUN = """
import random, sys
from datetime import timedelta
from pathlib import Path
from flows import collection, pipeline
from flows.demo.server import sample_server
from flows.settings import Settings
from fakes import HashEmbedder
from reports.week import Week
from warehouse.classify import classifications
from warehouse.extract import extractions
from warehouse.store.db import open_warehouse
from warehouse.stories import assign

home, week, minutes, order, *stages = sys.argv[1:]
week, order = Week.parse(week), random.Random(order)
settings = Settings(home=Path(home), allowed_hosts="127.0.0.1")
now = week.end + timedelta(minutes=int(minutes))
collect_sources = collection.collect_sources
collection.collect_sources = lambda due, *more: collect_sources(order.sample(due, len(due)), *more)
classifications.COMMIT_EVERY = extractions.COMMIT_EVERY = assign.COMMIT_EVERY = 16
pipeline.load_embedder = lambda _: HashEmbedder()
print("begins", flush=True)
if "ingest" in stages:
    collection.BATCH_FEEDS = 3
    with sample_server() as server:
        server.clock = week.end
        collection.load_catalog = lambda _: server.catalog
        pipeline.ingest(settings, now)
if "enrich" in stages:
    pipeline.enrich(settings, now)
    # An issue tells when the last article was seen: only then may it differ from the undisturbed one.
    with open_warehouse(settings.warehouse_path) as con:
        con.execute(f"UPDATE store.articles SET first_seen_at = '{week.end:%F}'")
        con.execute(f"UPDATE store.fetches SET fetched_at = '{week.end:%F}'")
if "digest" in stages:
    pipeline.digest(settings, week, now)
if "publish" in stages:
    pipeline.publish(settings, now)
"""
# What a run found, not how it went: times, ports and the ledger of runs differ.
CONTENTS = {
    "articles": "SELECT article_id, source_id, url, title, published_at, text_hash FROM store.articles",
    "fetches": "SELECT DISTINCT source_id FROM store.fetches",
    "vectors": "FROM store.vectors",
    "classifications": "FROM store.classifications",
    "desks": "FROM store.article_desks",
    "extractions": "FROM store.extractions",
    "members": "FROM store.story_members",
    "stories": "SELECT * EXCLUDE (created_at) FROM store.stories",
    "summaries": "FROM store.story_summaries",
    "digests": "SELECT week, article_count, story_count, content_hash FROM store.issues",
}


@dataclass
class Tally:
    """The kills of one stage: how many came before its end, and how many restarts gave the same result."""

    kills: int = 0
    killed_before_end: int = 0
    completed: int = 0
    same: int = 0


def main() -> int:
    """Prints the table; exit code 1 if a restart failed or came out otherwise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--stage", choices=STAGES, help="kill only this one")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    stages = (args.stage,) if args.stage else STAGES
    chance, tallies = random.Random(args.seed), {stage: Tally() for stage in stages}
    with tempfile.TemporaryDirectory() as folder:
        before = dict(homes(Path(folder)))
        undisturbed = contents(before[STAGES[-1]][1])
        for number in range(args.kills):
            stage = stages[number % len(stages)]
            home = Path(folder) / "tried"
            shutil.copytree(before[stage][0], home, symlinks=True)
            tally, seconds = tallies[stage], before[stage][2]
            tally.kills += 1
            tally.killed_before_end += kill(stage, home, chance.uniform(0, seconds))
            again = command(*STAGES[STAGES.index(stage) :], home=home, minutes=chance.randrange(60))
            restarted = subprocess.run(again, cwd=ROOT, env=environment(), capture_output=True, check=False)
            tally.completed += restarted.returncode == 0
            found = contents(home)
            tally.same += found == undisturbed
            if found != undisturbed or restarted.returncode:
                differ = [name for name in undisturbed if found.get(name) != undisturbed[name]]
                print(f"{stage}: {differ} {restarted.stderr.decode()[-1000:]}", file=sys.stderr)
            shutil.rmtree(home)
            if number % 10 == 9:
                print(
                    f"{number + 1} kills, {sum(one.same for one in tallies.values())} as undisturbed",
                    file=sys.stderr,
                )
    print(
        "| stage | kills | before it had ended | restarts completed | as undisturbed |\n|---|---|---|---|---|"
    )
    for stage, tally in tallies.items():
        print(f"| {stage} | {tally.kills} | {tally.killed_before_end} | {tally.completed} | {tally.same} |")
    counts = {
        name: len(rows)
        for name, rows in undisturbed.items()
        if name in ("articles", "members", "stories", "digests")
    }
    print(f"\nundisturbed: {counts}")
    return int(any(tally.same < tally.kills or tally.completed < tally.kills for tally in tallies.values()))


def homes(folder: Path) -> Iterator[tuple[str, tuple[Path, Path, float]]]:
    """Yields for each stage: the home before it, the home after it undisturbed, and its seconds."""
    before = folder / "new"
    before.mkdir()
    for stage in STAGES:
        after = folder / f"after-{stage}"
        shutil.copytree(before, after, symlinks=True)
        process = start(stage, after)
        began = time.monotonic()
        if process.wait() != 0:
            raise SystemExit(f"{stage} fails undisturbed")
        yield stage, (before, after, time.monotonic() - began)
        before = after


def kill(stage: str, home: Path, after_s: float) -> bool:
    """Starts the stage, kills it some seconds after its first output; returns whether it still ran."""
    process = start(stage, home)
    time.sleep(after_s)
    killed_before_end = process.poll() is None
    if killed_before_end:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return killed_before_end


def start(stage: str, home: Path) -> subprocess.Popen[bytes]:
    """A process at work on the stage, once it has imported everything."""
    process = subprocess.Popen(
        command(stage, home=home),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
    return process


def command(*stages: str, home: Path, minutes: int = 0) -> list[str]:
    """The command that does the stages, so many minutes after the week's end."""
    return [sys.executable, "-c", RUN, str(home), str(WEEK), str(minutes), str(random.random()), *stages]


def environment() -> dict[str, str]:
    """Where the stage finds the code and the fakes."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}


def contents(home: Path) -> dict[str, list[object]]:
    """Returns what a home contains: rows of the tables, checksums of the issues, counts of the snapshot."""
    found: dict[str, list[object]] = {}
    try:
        with open_read_only(home / "warehouse.duckdb") as con:
            for name, query in CONTENTS.items():
                found[name] = con.execute(f"SELECT * FROM ({query}) ORDER BY ALL").fetchall()
    except WarehouseError as error:
        return {"error": [str(error)]}
    issues = (home / "digests").glob("*") if (home / "digests").is_dir() else ()
    found["issues"] = sorted((path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in issues)
    if (home / "snapshot.duckdb").exists():
        with open_read_only(home / "snapshot.duckdb") as con:
            found["published"] = con.execute(
                "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM stories)"
            ).fetchall()
    return found


if __name__ == "__main__":
    sys.exit(main())
