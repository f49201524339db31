"""Imports JSONL: one article a line, plain or gzipped, read line by line."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sources.archives.row_feeds import RowFeeds
from sources.clean.urls import canonical_url
from sources.errors import ArchiveError
from sources.feeds.entries import Entry, first_text
from sources.feeds.federal_register import register_document
from sources.feeds.parse import shared_links, to_article
from sources.feeds.publication_dates import parse_date
from sources.model import Article, ParsedFeed, Rejection, Source

BATCH_LINES = 1_000
MAX_BAD_LINES = 100  # in one batch: a file with more is no JSONL


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveBatch:
    """Part of an archive: articles and rejections, their sources, the bytes of the archive read so far, and
    failures.

    `failures` gives the file and the reason for each file inside the archive, and each line, that could not
    be read.
    """

    parsed: ParsedFeed
    sources: tuple[Source, ...]
    bytes_read: int
    failures: tuple[str, ...] = ()


def read_rows(path: Path, now: datetime, feeds: RowFeeds) -> Iterator[ArchiveBatch]:
    """Yields the articles of a JSONL file in batches; a line that cannot be read is
    one of the batch's `failures`.

    A line has source, title, url or link, summary, published, first_seen; optionally feed_url, text, guid or
    id, lang, publisher, and the Federal Register's fields. Without first_seen an article is first seen when
    it was published, else `now`.
    """
    numbered: Iterator[tuple[int, str]]
    with _open(path) as (raw, lines):
        numbered = enumerate(lines, start=1)
        while batch := _read(path, numbered):
            yield _to_batch(str(path), batch, now, feeds, raw.tell())


def rows_of(name: str, content: bytes, now: datetime, feeds: RowFeeds) -> Iterator[ArchiveBatch]:
    """Yields the articles of a JSONL file's bytes in batches; `bytes_read` is set by the caller."""
    # Lines end as in a file: `splitlines` also breaks at U+2028, which a JSON string may hold.
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", errors="surrogateescape")
    numbered = enumerate(lines, start=1)
    while batch := list(islice(numbered, BATCH_LINES)):
        yield _to_batch(name, batch, now, feeds, 0)


def _read(path: Path, numbered: Iterator[tuple[int, str]]) -> list[tuple[int, str]]:
    try:
        return list(islice(numbered, BATCH_LINES))
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(
            str(path), f"cannot be read to its end: {error}. Import it again once it is whole."
        ) from error


@contextmanager
def _open(path: Path) -> Iterator[tuple[IO[bytes], IO[str]]]:
    try:
        raw = path.open("rb")
    except OSError as error:
        raise ArchiveError(str(path), f"cannot be opened: {error.strerror}.") from error
    with raw:
        gzipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        # Both read through `raw`, whose position is the progress of the import.
        content = gzip.GzipFile(fileobj=raw) if gzipped else raw
        with io.TextIOWrapper(content, encoding="utf-8-sig", errors="surrogateescape") as lines:
            yield raw, lines


def _to_batch(
    name: str, batch: list[tuple[int, str]], now: datetime, feeds: RowFeeds, bytes_read: int
) -> ArchiveBatch:
    articles: dict[int, Article] = {}
    sources: dict[str, Source] = {}
    rejections: list[Rejection] = []
    failures: list[str] = []
    rows: list[tuple[dict[str, Any], Entry, Source]] = []
    first: ArchiveError | None = None
    for number, line in batch:
        if not line.strip():
            continue
        try:
            row = _row(name, number, line)
        except ArchiveError as error:
            failures.append(str(error))
            first = first or error
            if len(failures) > MAX_BAD_LINES:
                raise
            continue
        rows.append((row, _entry(row), feeds.feed_of(row)))
    if first and not rows:  # not a bad line among others: the file is something else
        raise first
    shared = _shared_links(rows)
    for row, entry, source in rows:
        made = to_article(entry, source, _seen_at(row, now), shared[source.id])
        if isinstance(made, Rejection):
            rejections.append(made)
        elif made.article_id in articles:
            rejections.append(Rejection.REPEATED_IN_FEED)
        else:
            articles[made.article_id] = feeds.credited(made, row, source)
            sources[source.id] = source
    return ArchiveBatch(
        parsed=ParsedFeed(articles=tuple(articles.values()), rejections=tuple(rejections)),
        sources=tuple(sources.values()),
        bytes_read=bytes_read,
        failures=tuple(failures),
    )


def _shared_links(rows: Sequence[tuple[dict[str, Any], Entry, Source]]) -> dict[str, frozenset[str]]:
    """Returns for each source the links that several of its rows share and that therefore identify none.

    Rows of one link and title are records of one article, whatever their guids.
    """
    entries: defaultdict[str, dict[tuple[str, str], Entry]] = defaultdict(dict)
    for _, entry, source in rows:
        entries[source.id].setdefault((entry.link, entry.title), entry)
    sources = {source.id: source for _, _, source in rows}
    return {id_: shared_links([*distinct.values()], sources[id_]) for id_, distinct in entries.items()}


def _row(name: str, number: int, line: str) -> dict[str, Any]:
    try:
        line.encode()  # half a surrogate pair stands for a byte that is not UTF-8
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(
            name, f"line {number} is not JSON: {error}. Correct it and import the file again."
        ) from error
    if not isinstance(row, dict):
        raise ArchiveError(name, f"line {number} is not a JSON object. Correct it and import the file again.")
    return row


def _entry(row: dict[str, Any]) -> Entry:
    link, stated = first_text(row, "url", "link"), first_text(row, "published")
    title = first_text(row, "title")
    return Entry(
        guid=first_text(row, "guid", "id"),
        link=link if canonical_url(link) else "",
        title=title,
        summary=first_text(row, "summary"),
        content=first_text(row, "text", "content"),
        stated_date=stated,
        published_at=parse_date(stated) if stated else None,
        register=register_document(row),
    )


def _seen_at(row: dict[str, Any], now: datetime) -> datetime:
    for key in ("first_seen", "published"):
        moment = parse_date(first_text(row, key))
        if moment is not None and moment <= now:
            return moment
    return now
