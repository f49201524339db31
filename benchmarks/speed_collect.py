"""`speed.py collect`: many feeds fetched for the first time and again unchanged, by us and by `reader`."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peers

HERE = Path(__file__).resolve().parent
# Phases in order, with the kind of feed: the server answers the second request to /etag/ with 304, to /bare/
# with 200.
PHASES = (
    ("first fetch", "etag"),
    ("asked again, 304", "etag"),
    ("first fetch", "bare"),
    ("asked again, same bytes", "bare"),
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("collect", help="collecting feeds, beside `reader`", description=__doc__)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    contestants = {"ours": Path(sys.executable), "reader": peers.python_with("reader", "sgmllib3k")}
    figures: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    with load_server(options.feeds, options.entries) as base:
        for number in range(options.rounds):
            for name, python in contestants.items():
                for phase, figure in measured(name, python, base, options.feeds):
                    figures[phase, name].append(figure)
                    print(
                        f"round {number + 1}  {name:7} {phase:24} {figure['s']:6.1f} s",
                        file=sys.stderr,
                        flush=True,
                    )
    print(
        f"{options.feeds} feeds of {options.entries} entries on loopback, median of {options.rounds} rounds\n"
    )
    print(
        "| | ours: feeds/s | CPU s | peak MB | reader: feeds/s | CPU s | peak MB | ours / reader, feeds/s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for phase in dict.fromkeys(phase for phase, _ in PHASES):
        rate = {name: options.feeds / median(figures[phase, name], "s") for name in contestants}
        cells = [
            f"{rate[name]:.0f} | {median(figures[phase, name], 'cpu_s'):.1f} | "
            f"{median(figures[phase, name], 'peak_mb'):.0f}"
            for name in contestants
        ]
        print(f"| {phase} | {' | '.join(cells)} | {rate['ours'] / rate['reader']:.1f} |")


def median(figures: list[dict[str, float]], key: str) -> float:
    return statistics.median(figure[key] for figure in figures)


def measured(name: str, python: Path, base: str, feeds: int) -> Iterator[tuple[str, dict[str, float]]]:
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [python, HERE / "collectors.py", name, home, base, str(feeds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin and process.stdout
        process.stdout.readline()
        for phase, kind in PHASES:
            process.stdin.write(f"{kind}\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                sys.exit(f"{name} ended early at {phase}")
            yield phase, json.loads(line)
        process.stdin.close()
        process.wait()


@contextmanager
def load_server(feeds: int, entries: int) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, HERE / "feed_load.py", str(feeds), str(entries)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait()
