"""Measures what linking a week's stories into threads costs in a warehouse of a year's.

    python benchmarks/speed.py threads [100000] [1000000] [--near .2] [--json]

The stories are synthetic (`synthetic_stories.py`), evenly spread over 52 weeks. Those of the last week are
new, all others were compared before. `--near` is the share on topic or near it; only those are compared.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from speed_stories import peak_gb, store, store_members
from synthetic_stories import START, SyntheticArticle, synthetic_stories

from warehouse.store.db import open_warehouse, to_db
from warehouse.threads.linking import CHANGED, link_threads
from warehouse.threads.read_stories import read_stories

SIZES = (100_000,)
YEAR = 364.0
ARTICLES_A_STORY = 2.4  # of `synthetic_stories`; more are made than needed
AT_ONCE = 100_000
_FILE = """
INSERT INTO store.article_desks (article_id, desk, score, is_primary, is_filed, reasons)
SELECT article_id, if(story_id % 1000 < 1000 * $near, 'regulation', 'off_topic'), .99, TRUE, TRUE, ''
FROM store.story_members
"""
_COMPARED = f"""
INSERT INTO store.thread_comparisons (story_id, members_hash)
SELECT story_id, members_hash FROM ({CHANGED})
WHERE story_id IN (SELECT story_id FROM thread_texts GROUP BY story_id HAVING max(moment) < $monday)
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "threads",
        help="linking a week's stories into threads among 100,000 and more",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="stories in the warehouse")
    parser.add_argument("--near", type=float, default=0.2, help="share of them on topic or near it")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    measured = {size: measure(size, options.near) for size in options.sizes}
    if options.json:
        print(json.dumps(measured, indent=2))
        return
    for size, figures in measured.items():
        print(f"{size:,} stories, {options.near:.0%} of them on topic or near it")
        for figure, value in figures.items():
            print(f"  {figure:24} {value:10.2f}")


def measure(size: int, near: float) -> dict[str, float]:
    """Links the last week in a process of its own, so that its memory is not that of the making."""
    articles = synthetic_stories(round(ARTICLES_A_STORY * size), YEAR)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        fill(path, [one for one in articles if one.event < size], near)
        done = subprocess.run([sys.executable, __file__, path], stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def fill(path: Path, articles: list[SyntheticArticle], near: float) -> None:
    """Stores the articles as filed and grouped, with all but the last week's stories compared."""
    with open_warehouse(path) as con:
        for start in range(0, len(articles), AT_ONCE):
            store(con, articles[start : start + AT_ONCE])
            store_members(con, articles[start : start + AT_ONCE])
        con.execute(_FILE, {"near": near})
        read_stories(con)
        con.execute(_COMPARED, {"monday": to_db(START + timedelta(days=YEAR - 7))})


def link(path: Path) -> dict[str, float]:
    """What linking the stories of the last week costs."""
    with open_warehouse(path) as con:
        started, busy = time.perf_counter(), time.process_time()
        linked = link_threads(con)
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
    return {
        "compared": linked.compared,
        "linked": linked.linked,
        "seconds": seconds,
        "cpu_seconds": busy,
        "peak_gb": peak_gb(),
    }


if __name__ == "__main__":
    print(json.dumps(link(Path(sys.argv[1]))))
