"""Publishes again and again while readers in other processes read in a loop, and says what they saw.

    python benchmarks/publish_readers.py [--publications 200] [--readers 2] [--articles 2000]

Each publication adds an article and its source. A reader fails on any error, on a state in which articles and
sources differ, on one older than the last it saw, and on Parquet, manifest and database that do not agree.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fakes import NOW, article, save  # noqa: E402

from warehouse.snapshot.manifest import read_manifest  # noqa: E402
from warehouse.snapshot.publish import publish_snapshot  # noqa: E402
from warehouse.store.db import open_warehouse  # noqa: E402

STATE = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM sources)"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--publications", type=int, default=200)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--articles", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options)


def measure(home: Path, options: argparse.Namespace) -> None:
    with open_warehouse(home / "warehouse.duckdb") as con:
        save(
            con, *(article(f"Article {n}", f"Summary {n}", feed=f"feed-{n}") for n in range(options.articles))
        )
    publish_snapshot(home / "warehouse.duckdb", home / "snapshot.duckdb", NOW, 0)
    stop = multiprocessing.Event()
    with multiprocessing.Pool(options.readers, initializer=share, initargs=(stop,)) as pool:
        readers = [pool.apply_async(read_in_a_loop, (home,)) for _ in range(options.readers)]
        took = [publish(home, number) for number in range(options.publications)]
        stop.set()
        seen = [reader.get(timeout=60) for reader in readers]
    print(
        json.dumps(
            {
                "publications": len(took),
                "publish_s": {"median": round(statistics.median(took), 3), "max": round(max(took), 3)},
                "readers": seen,
                "errors": sum(len(one["errors"]) for one in seen),
            },
            indent=2,
        )
    )


def publish(home: Path, number: int) -> float:
    with open_warehouse(home / "warehouse.duckdb") as con:
        save(con, article(f"New {number}", feed=f"new-{number}"))
    began = time.monotonic()
    publish_snapshot(
        home / "warehouse.duckdb", home / "snapshot.duckdb", NOW + timedelta(minutes=number + 1), 0
    )
    return time.monotonic() - began


_stop: Event


def share(stop: Event) -> None:
    global _stop
    _stop = stop


def read_in_a_loop(home: Path) -> dict[str, object]:
    reads, states, errors, last = 0, set(), [], 0
    while not _stop.is_set():
        reads += 1
        try:
            last = read(home, last)
        except Exception as error:  # every kind is what we look for
            errors.append(f"{type(error).__name__}: {error}")
        states.add(last)
    return {"reads": reads, "states": len(states), "errors": errors}


def read(home: Path, last: int) -> int:
    with duckdb.connect(home / "snapshot.duckdb", read_only=True) as con:
        articles, sources = con.execute(STATE).fetchall()[0]
    folder = (home / "snapshots" / "latest").resolve()
    listed = read_manifest(folder).views["articles"]
    with duckdb.connect(folder / "snapshot.duckdb", read_only=True) as con:
        stored = con.execute(STATE).fetchall()[0]
        files = f"{folder}/parquet/articles/*/*.parquet"
        rows = con.execute("SELECT count(*) FROM read_parquet($1)", [files]).fetchall()[0][0]
    if not (articles == sources and stored == (rows, rows) and listed == rows and last <= articles <= rows):
        raise ValueError((last, articles, sources, stored, listed, rows))
    return rows


if __name__ == "__main__":
    main()
