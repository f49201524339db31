"""Measures the digest of a week on a synthetic warehouse of real shape, compared with one plain GROUP BY.

    python benchmarks/speed.py digest [100000] [1000000] [--folder DIR] [--json]

panel     which feeds were watched, by day, from the fetch log
tests     the panel, every series counted, tested and judged
digest    the whole issue, tests included, as a value
render    the issue in all its forms
peer      what an analyst would write by hand: stories a week and desk by one GROUP BY over the same
          counted articles, with no panel, no test and no topics, themes or entities

Each is run three times and the best counts. The warehouse is made first, in about a minute a
million; --folder keeps it for a next time. Targets: a digest in under 2 s from 100,000
articles, in under 10 s from 1,000,000.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from synthetic_warehouse import AS_OF, LAST_WEEK, fill

from reports.digest.build import build_digest
from reports.digest.write import forms_of
from reports.trends.panel import read_panel
from reports.trends.trend_ledger import trend_tests_of
from warehouse.queries.week_articles import watermark
from warehouse.store.db import open_warehouse, to_db

SIZES = (100_000, 1_000_000)
ROUNDS = 3
PEER = "SELECT desk, week, count(DISTINCT story_id) FROM counted_articles($as_of) GROUP BY desk, week"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "digest",
        help="the digest of a week from 100,000 and from 1,000,000 articles",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sizes", nargs="*", type=int, default=SIZES, help="articles; without any, 100000 and 1000000"
    )
    parser.add_argument("--folder", type=Path, help="where the warehouses are kept, or found")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        measured = {size: measure(made(folder / f"{size}.duckdb", size)) for size in options.sizes}
    if options.json:
        print(json.dumps(measured, indent=2))
        return
    for size, figures in measured.items():
        print(f"{size:,} articles")
        for figure, value in figures.items():
            print(f"  {figure:24} {value:10.2f}")


def made(path: Path, size: int) -> Path:
    """The warehouse of that size, made unless it is there; a half made one is not left behind."""
    if not path.exists():
        started, fresh = time.perf_counter(), path.with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        with open_warehouse(fresh) as con:
            fill(con, size)
        fresh.rename(path)
        print(f"made {size:,} articles in {time.perf_counter() - started:.0f} s", flush=True)
    return path


def measure(path: Path) -> dict[str, float]:
    with open_warehouse(path) as con:
        as_of = watermark(con, AS_OF) or AS_OF
        panel = read_panel(con, LAST_WEEK, as_of)
        tests = trend_tests_of(con, panel, as_of, is_over=True)
        digest = build_digest(con, LAST_WEEK, AS_OF)
        seconds = {
            "panel_s": best(lambda: read_panel(con, LAST_WEEK, as_of)),
            "tests_s": best(
                lambda: trend_tests_of(con, read_panel(con, LAST_WEEK, as_of), as_of, is_over=True)
            ),
            "digest_s": best(lambda: build_digest(con, LAST_WEEK, AS_OF)),
            "render_s": best(lambda: forms_of(digest)),
            "peer_s": best(lambda: con.execute(PEER, {"as_of": to_db(as_of)}).fetchall()),
        }
    counts = {"tests": len(tests), "tested": tests[0].tested, "stories_of_the_week": digest.corpus.stories}
    return seconds | {"digest_and_render_s": seconds["digest_s"] + seconds["render_s"]} | counts


def best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
