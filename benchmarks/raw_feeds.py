"""Parses the recorded feeds of ../shared/data/rawfeeds: a table by format, and entries a second of CPU.

    python benchmarks/raw_feeds.py [--speed]

Fails where a feed that feedparser reads is refused, gives fewer entries than feedparser finds, or takes over
5 s.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import feedparser

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flows.demo.formats import render  # noqa: E402
from flows.demo.sample import load_entries, load_outlets  # noqa: E402
from sources.errors import NotAFeedError  # noqa: E402
from sources.feeds.expat_reader import read_with_expat  # noqa: E402
from sources.feeds.feedparser_reader import read_with_feedparser  # noqa: E402
from sources.feeds.parse import parse_feed  # noqa: E402
from sources.model import Source  # noqa: E402

RAW = ROOT.parent / "shared" / "data" / "rawfeeds"
SEEN = datetime(2026, 8, 12, 12, tzinfo=UTC)
SOURCE = Source(
    id="raw",
    name="Raw",
    publisher="Raw",
    url="https://raw.example/feed",
    kind="news",
    region="INT",
    language="en",
)
LIMIT_S = 5.0
NEWS_ENTRIES = 30


@dataclass(slots=True)
class Row:
    """Results of the files of one format."""

    files: int = 0
    no_feed: int = 0
    fast: int = 0
    entries: int = 0
    articles: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    worst_s: float = 0.0


def main() -> int:
    """Returns 0 if every file is read in time and whole."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--speed", action="store_true", help="measure entries a second of CPU as well")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")  # feedparser's own, of what its result may be asked for
    if chosen.speed:
        _print_speed()
    return _print_table() if RAW.exists() else 0


def _print_table() -> int:
    rows: dict[str, Row] = {}
    faults: list[str] = []
    for listed in csv.DictReader((RAW / "manifest.csv").open()):
        body = gzip.decompress((RAW / listed["file"]).read_bytes())
        row = rows.setdefault(listed["version"] or "none", Row())
        faults += _read(listed["file"], body, row)
    print(
        f"{'format':10} {'files':>5} {'no feed':>7} {'fast':>5} {'entries':>7} {'articles':>8} {'worst':>7}  "
        "rejected"
    )
    for version, row in sorted(rows.items()):
        _print_row(version, row)
    total = Row()
    for row in rows.values():
        total = Row(
            *(
                getattr(total, name) + getattr(row, name)
                for name in ("files", "no_feed", "fast", "entries", "articles")
            ),
            total.rejected + row.rejected,
            max(total.worst_s, row.worst_s),
        )
    _print_row("all", total)
    print("\n".join(faults) or "no faults")
    return bool(faults)


def _print_row(version: str, row: Row) -> None:
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(row.rejected.items()))
    print(
        f"{version:10} {row.files:5} {row.no_feed:7} {row.fast:5} {row.entries:7,} {row.articles:8,} "
        f"{row.worst_s:6.2f}s  {reasons}"
    )


def _read(name: str, body: bytes, row: Row) -> list[str]:
    """Adds a file to its row; returns the faults in how it was read."""
    faults = []
    row.files += 1
    row.fast += read_with_expat(body, "") is not None
    found = len(feedparser.parse(io.BytesIO(body)).entries)
    started = time.process_time()
    try:
        parsed = parse_feed(body, "", SOURCE, SEEN)
    except NotAFeedError:
        row.no_feed += 1
        return [f"{name}: refused, though feedparser finds {found} entries"] if found else []
    taken_s = time.process_time() - started
    entries = len(parsed.articles) + len(parsed.rejections)
    row.entries += entries
    row.articles += len(parsed.articles)
    row.rejected.update(reason.value for reason in parsed.rejections)
    row.worst_s = max(row.worst_s, taken_s)
    if entries < found:
        faults.append(f"{name}: {entries} entries where feedparser finds {found}")
    if taken_s > LIMIT_S:
        faults.append(f"{name}: took {taken_s:.1f} s")
    return faults


def _print_speed() -> None:
    """Entries a second of CPU on the sample's feeds of up to 30 entries, the best of three rounds."""
    entries = load_entries()
    feeds = [
        render(outlet, [entry for entry in entries if entry.feed == outlet.source.id][:NEWS_ENTRIES])
        for outlet in load_outlets()
        if outlet.format != "jsonfeed"
    ]
    count = sum(
        len(parse_feed(body, content_type, SOURCE, SEEN).fingerprints) for content_type, body in feeds
    )
    known = {
        body: frozenset(parse_feed(body, content_type, SOURCE, SEEN).fingerprints)
        for content_type, body in feeds
    }
    ways: dict[str, Callable[[str, bytes], object]] = {
        "feedparser, default": lambda _, body: feedparser.parse(io.BytesIO(body)),
        "feedparser, our options": lambda content_type, body: read_with_feedparser(body, content_type),
        "fast reader": lambda content_type, body: read_with_expat(body, content_type),
        "parse_feed": lambda content_type, body: parse_feed(body, content_type, SOURCE, SEEN),
        "parse_feed, all known": lambda content_type, body: parse_feed(
            body, content_type, SOURCE, SEEN, known[body]
        ),
    }
    for name, read in ways.items():
        best_s = min(_taken_s(read, feeds) for _ in range(3))
        print(f"{name:24} {count / best_s:10,.0f} entries a second of CPU")


def _taken_s(read: Callable[[str, bytes], object], feeds: list[tuple[str, bytes]]) -> float:
    started = time.process_time()
    for content_type, body in feeds:
        read(content_type, body)
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
