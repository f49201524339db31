"""Parses mutated feeds: none may crash, take over 5 s, lose an entry, or be read differently by the fast
reader and feedparser.

    python benchmarks/fuzz_feeds.py [--cases 100000] [--seed 1] [--only CASE]

Seed and case number determine the bytes; `--only` runs one case and writes it to a file. Seeds are the feeds
of the sample and of tests/feeds and, if present, the recorded feeds of ../shared/data/rawfeeds.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import random
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flows.demo.formats import render  # noqa: E402
from flows.demo.sample import load_entries, load_outlets  # noqa: E402
from sources.errors import NotAFeedError  # noqa: E402
from sources.feeds.entries import UnreadableError, fingerprint  # noqa: E402
from sources.feeds.expat_reader import read_with_expat  # noqa: E402
from sources.feeds.feedparser_reader import read_with_feedparser  # noqa: E402
from sources.feeds.parse import parse_feed  # noqa: E402
from sources.model import ParsedFeed, Rejection, Source  # noqa: E402

RAW = ROOT.parent / "shared" / "data" / "rawfeeds"
SEEN = datetime(2026, 8, 12, 12, tzinfo=UTC)
SOURCE = Source(
    id="fuzz",
    name="Fuzz",
    publisher="Fuzz",
    url="https://fuzz.example/feed",
    kind="news",
    region="INT",
    language="en",
)
LIMIT_S = 5.0
HANG_S = 30
SEED_ENTRIES = 3  # more entries add time, not cases
SEED_BYTES = 20_000
CHUNK = 200
CONTENT_TYPES = [
    "",
    "",
    "text/xml",
    "application/rss+xml; charset=utf-8",
    "text/xml; charset=iso-8859-1",
    "text/html",
]
ENTRY = re.compile(rb"<(item|entry)[\s>].*?</\1>", re.DOTALL)
ELEMENT = re.compile(rb"<([A-Za-z][\w:.-]*)(?:\s[^<>]*)?>[^<]*</\1>")
NAME = re.compile(rb"(</?)([A-Za-z][\w:.-]*)")
NAMES = (
    b"title link guid id description summary content content:encoded pubDate published updated dc:date "
    b"dc:title media:title media:group media:content media:description itunes:summary source author category "
    b"enclosure image item entry channel textInput info abstract body date lastBuildDate svg foo x:y"
).split()
PIECES = [
    b"<title></title>", b"<title>Other &amp; more</title>", b"<media:title>Second</media:title>",
    b"<source>Wire</source>", b"<dc:title>Dublin</dc:title>", b"<summary>Short</summary>",
    b"<description>&lt;p&gt;x&lt;/p&gt;</description>", b"<content type='html'>Long</content>",
    b"<content:encoded><![CDATA[<p>Long</p>]]></content:encoded>", b"<guid isPermaLink='false'>7</guid>",
    b"<guid>http://a.example/7</guid>", b"<id>tag:a.example,2026:7</id>", b"<link>http://a.example/7</link>",
    b"<link href='http://a.example/8'/>", b"<link rel='self' href='/x'/>", b"<link/>",
    b"<pubDate>Wed, 12 Aug 2026 07:30:00 GMT</pubDate>", b"<dc:date>2026-08-12</dc:date>",
    b"<updated>never</updated>", b"<published>2026-08-12T07:30:00.5+02:00</published>",
    b"<media:group><media:title>In</media:title></media:group>",
    b"<media:content><media:description>In</media:description></media:content>", b"<x:y a='1'>z</x:y>",
    b"<date>1</date>", b"<itunes:summary>Pod</itunes:summary>", b" xml:base='http://b.example/'",
    b" xmlns:dc='urn:x'", b" xmlns='urn:y'", b" type='xhtml'", b" type='text/plain'", b" mode='base64'",
    b" isPermaLink='true'", b"&nbsp;", b"&#x92;", b"&#xD83D;", b"\xc3\x83\xc2\xa9", b"\xe9", b"\x00",
    b"\xff\xfe", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE a [", b"&amp;b;", b"<!ENTITY a 'b'>",
    b"<?xml version='1.0' encoding='utf-16'?>", b"http:///x", b"\n" * 1_200, b"{", b"<script>", b"<",
]  # fmt: skip


def mutated(seed: int, case: int) -> tuple[bytes, str]:
    """Returns the bytes and the content type of a case: a seed feed changed in one to six places."""
    dice = random.Random(f"{seed}:{case}")
    body = dice.choice(seeds())
    for _ in range(dice.choice([1, 1, 1, 2, 3, 6])):
        body = dice.choice(MUTATIONS)(dice, body)
    return body, dice.choice(CONTENT_TYPES)


@cache
def seeds() -> list[bytes]:
    """Returns feeds of every format, cut to a few entries."""
    entries = load_entries()
    bodies = [
        render(outlet, [entry for entry in entries if entry.feed == outlet.source.id][:SEED_ENTRIES])[1]
        for outlet in load_outlets()
    ]
    bodies += [path.read_bytes() for path in sorted((ROOT / "tests" / "feeds").iterdir())]
    bodies += [gzip.decompress(path.read_bytes()) for path in sorted(RAW.glob("*.gz"))]
    return [_cut(body) for body in bodies]


def _cut(body: bytes) -> bytes:
    found = list(ENTRY.finditer(body))
    if len(found) > SEED_ENTRIES:
        body = body[: found[SEED_ENTRIES].start()] + body[found[-1].end() :]
    return body[:SEED_BYTES]


def _flip(dice: random.Random, body: bytes) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + dice.randbytes(1) + body[at + 1 :]


def _remove(dice: random.Random, body: bytes) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + body[at + dice.choice([1, 10, 200]) :]


def _repeat(dice: random.Random, body: bytes) -> bytes:
    at, length = dice.randrange(len(body) + 1), dice.choice([1, 20, 500])
    return body[:at] + body[at : at + length] * dice.choice([2, 2, 50]) + body[at + length :]


def _insert(dice: random.Random, body: bytes) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + dice.choice(PIECES) + body[at:]


def _insert_between(dice: random.Random, body: bytes) -> bytes:
    borders = [found.start() for found in re.finditer(rb"<[A-Za-z]", body)]
    at = dice.choice(borders) if borders else 0
    return body[:at] + dice.choice(PIECES) + body[at:]


def _insert_in_tag(dice: random.Random, body: bytes) -> bytes:
    borders = [found.end() for found in re.finditer(rb"<[A-Za-z][\w:.-]*", body)]
    at = dice.choice(borders) if borders else 0
    return body[:at] + dice.choice(PIECES) + body[at:]


def _move(dice: random.Random, body: bytes) -> bytes:
    found = list(ELEMENT.finditer(body))
    if not found:
        return body
    source, target = dice.choice(found), dice.choice(found)
    copied = body[: target.start()] + source[0] + body[target.start() :]
    return copied if dice.random() < 0.5 else copied.replace(source[0], b"", 1)


def _rename(dice: random.Random, body: bytes) -> bytes:
    found = NAME.findall(body)
    old, new = (dice.choice(found)[1] if found else b"x"), dice.choice(NAMES)
    return NAME.sub(lambda name: name[1] + (new if name[2] == old else name[2]), body)


def _refill(dice: random.Random, body: bytes) -> bytes:
    found = list(ELEMENT.finditer(body))
    if not found:
        return body
    old, piece = dice.choice(found), dice.choice(PIECES)
    start, end = body.index(b">", old.start()) + 1, body.rindex(b"</", old.start(), old.end())
    return body[:start] + piece + body[end:]


def _truncate(dice: random.Random, body: bytes) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _splice(dice: random.Random, body: bytes) -> bytes:
    other = dice.choice(seeds())
    return body[: dice.randrange(len(body) + 1)] + other[dice.randrange(len(other) + 1) :]


def _recode(dice: random.Random, body: bytes) -> bytes:
    encoding = dice.choice(["utf-16", "utf-16-be", "utf-32", "utf-7", "iso-8859-1", "cp037", "utf-8-sig"])
    return body.decode("utf-8", "replace").encode(encoding, "replace")


MUTATIONS: list[Callable[[random.Random, bytes], bytes]] = [
    _flip, _remove, _repeat, _insert, _insert_between, _insert_between, _insert_between, _insert_in_tag,
    _insert_in_tag, _move, _move, _rename, _rename, _refill, _refill, _truncate, _splice, _recode,
]  # fmt: skip


def fault(body: bytes, content_type: str) -> str | None:
    """Returns the fault in how these bytes are read, or None."""
    started = time.process_time()
    try:
        parsed: ParsedFeed | None = parse_feed(body, content_type, SOURCE, SEEN)
    except NotAFeedError:
        parsed = None
    taken_s = time.process_time() - started
    if taken_s > LIMIT_S:
        return f"took {taken_s:.1f} s"
    return (parsed and _miscounted(parsed)) or _differing(body, content_type)


def _miscounted(parsed: ParsedFeed) -> str | None:
    entries = len(parsed.fingerprints) + parsed.rejections.count(Rejection.BEYOND_LIMIT)
    if len(parsed.articles) + len(parsed.rejections) + parsed.known != entries:
        return "its counts do not add up"
    if any(not article.title or "\x00" in article.title for article in parsed.articles):
        return "a title is not plain text"
    return None


def _differing(body: bytes, content_type: str) -> str | None:
    fast = read_with_expat(body, content_type)
    if fast is None:
        return None
    try:
        slow = read_with_feedparser(body, content_type)
    except UnreadableError as error:
        return f"only the fast reader reads it: {error}"
    again = parse_feed(body, content_type, SOURCE, SEEN, frozenset(map(fingerprint, fast.read)))
    if again.articles or again.known != len(fast.read):
        return "known entries are processed again"
    return None if fast == slow else f"fast reader and feedparser differ:\n{fast}\n{slow}"


def run_chunk(job: tuple[int, int, int]) -> tuple[int, int, list[str]]:
    """Returns cases done, cases read by the fast reader, and the faults among cases `first` to `last` of a
    seed.
    """
    seed, first, last = job
    faults: list[str] = []
    fast = 0
    for case in range(first, last):
        body, content_type = mutated(seed, case)
        signal.alarm(HANG_S)
        try:
            found = fault(body, content_type)
            fast += read_with_expat(body, content_type) is not None
        except Exception:
            found = traceback.format_exc()
        finally:
            signal.alarm(0)
        if found:
            faults.append(f"case {case}: {found}")
    return last - first, fast, faults


def _start_worker() -> None:
    os.nice(10)
    signal.signal(signal.SIGALRM, _hang)


def _hang(_signum: int, _frame: object) -> None:
    raise TimeoutError(f"over {HANG_S} s")


def _chunks(seed: int, cases: int) -> Iterator[tuple[int, int, int]]:
    for first in range(0, cases, CHUNK):
        yield seed, first, min(first + CHUNK, cases)


def main() -> int:
    """Returns 0 if every case passed, else 1."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", type=int, help="run this case alone and write it to fuzz-case.xml")
    options.add_argument(
        "--minutes", type=float, default=60, help="time limit; prints how many cases were done"
    )
    chosen = options.parse_args()
    if chosen.only is not None:
        body, content_type = mutated(chosen.seed, chosen.only)
        Path("fuzz-case.xml").write_bytes(body)
        found = fault(body, content_type)
        print(f"{len(body):,} bytes as {content_type or 'no type'}: {found or 'no fault'}")
        return bool(found)
    return _run_all(chosen.seed, chosen.cases, chosen.minutes * 60)


def _run_all(seed: int, cases: int, limit_s: float) -> int:
    started = time.monotonic()
    done = fast = shown = 0
    faults: list[str] = []
    print(f"{cases:,} cases of seed {seed} from {len(seeds())} feeds", flush=True)
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), _start_worker) as pool:
        for passed, fast_passed, found in pool.imap_unordered(run_chunk, _chunks(seed, cases)):
            done, fast = done + passed, fast + fast_passed
            faults += found
            for line in found:
                print(line, flush=True)
            if done * 20 // cases > shown:
                shown = done * 20 // cases
                print(
                    f"{done:,} done, {fast:,} by the fast reader, {len(faults)} faults, "
                    f"{time.monotonic() - started:.0f} s",
                    flush=True,
                )
            if time.monotonic() - started > limit_s:
                pool.terminate()
                break
    print(f"{done:,} of {cases:,} cases, {len(faults)} faults; repeat one by --seed {seed} --only CASE")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
