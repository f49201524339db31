"""Runs one of the compared collectors: reads phases from standard input and prints figures.

    python benchmarks/collectors.py ours|reader HOME BASE FEEDS

Each line of input is a kind of feed to collect; each line of output is JSON: seconds, CPU seconds (workers
included), peak memory in MB (the sum over all processes), articles stored.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGAN = datetime(2026, 8, 2, tzinfo=UTC)


def ours(home: Path, base: str, feeds: int) -> Callable[[str], int]:
    from flows.collection import collect_feeds
    from flows.settings import Settings
    from sources.model import Source

    settings, now = Settings(home=home, allowed_hosts=frozenset({"127.0.0.1"})), BEGAN
    stored = 0

    def collect(kind: str) -> int:
        nonlocal now, stored
        catalog = [
            Source(
                id=f"{kind}-{number}",
                name=f"Outlet {number}",
                publisher=f"Outlet {number}",
                url=f"{base}/{kind}/{number}",
                kind="news",
                region="INT",
                language="en",
            )
            for number in range(feeds)
        ]
        now += timedelta(hours=1)
        report = collect_feeds(settings, now, catalog=catalog, force=True)
        if report.failures:
            sys.exit(f"ours: {report.failures[:3]}")
        stored += report.entries.new
        return stored

    return collect


def reader(home: Path, base: str, feeds: int) -> Callable[[str], int]:
    from reader import make_reader

    opened = make_reader(str(home / "reader.sqlite"))

    def collect(kind: str) -> int:
        for number in range(feeds):
            opened.add_feed(f"{base}/{kind}/{number}", exist_ok=True)
        for feed in opened.get_feeds():
            if f"/{kind}/" in feed.url:
                opened.enable_feed_updates(feed)
            else:
                opened.disable_feed_updates(feed)
        opened.update_feeds(workers=10, scheduled=False)
        if broken := [feed for feed in opened.get_feeds() if feed.last_exception]:
            sys.exit(f"reader: {broken[0].last_exception}")
        return opened.get_entry_counts().total

    return collect


class PeakMemory:
    """Samples the proportional set size of this process and its descendants while the block runs."""

    def __enter__(self) -> PeakMemory:
        self.mb, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.mb = max(self.mb, sum(map(pss_mb, descendants(Path("/proc/self").resolve().name))))


def descendants(pid: str) -> list[str]:
    children = [
        child
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text("utf-8").split()
    ]
    return [pid, *(one for child in children for one in descendants(child))]


def pss_mb(pid: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def cpu_s() -> float:
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    name, home, base, feeds = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    collect = {"ours": ours, "reader": reader}[name](home, base, feeds)
    print("ready", flush=True)
    for line in sys.stdin:
        started, cpu = time.perf_counter(), cpu_s()
        with PeakMemory() as peak:
            articles = collect(line.strip())
        elapsed = time.perf_counter() - started
        print(
            json.dumps({"s": elapsed, "cpu_s": cpu_s() - cpu, "peak_mb": peak.mb, "articles": articles}),
            flush=True,
        )


if __name__ == "__main__":
    main()
