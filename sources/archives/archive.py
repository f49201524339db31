"""Imports archives: files of JSONL rows or feeds, single, in folders, in zip or tar."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import IO

from sources.archives.jsonl_rows import ArchiveBatch, read_rows, rows_of
from sources.archives.row_feeds import LABEL_CHARS, RowFeeds, slug
from sources.clean.text import plain_text
from sources.clean.urls import canonical_url, host_of
from sources.errors import ArchiveError, NotAFeedError
from sources.feeds.feed_metadata import FeedMetadata, read_metadata
from sources.feeds.parse import parse_feed
from sources.model import ParsedFeed, Source

FEED_SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json"}
# A file in an archive is read whole. The largest real feed seen has 2 MB; a decompression bomb a thousand
# times its size.
MAX_FILE_BYTES = 64_000_000
MAX_FILES = 100_000
_NOTHING = ParsedFeed(articles=(), rejections=())


def read_archive(path: Path, now: datetime, catalog: Sequence[Source] = ()) -> Iterator[ArchiveBatch]:
    """Yields the articles of a file, folder, zip or tar of JSONL and feed files in batches, ordered by file
    name.

    Feeds are recognised by suffix (`.xml`, `.rss`, `.atom`, `.rdf`, `.json`, each also with `.gz`) and are
    first seen `now`; all other files are JSONL, whose rows with the address of a feed of `catalog` are of
    that feed. Raises ArchiveError if the path itself cannot be read; a batch's `failures` name bad files
    inside it.
    """
    yield from _read(path, now, RowFeeds(catalog))


def _read(path: Path, now: datetime, feeds: RowFeeds) -> Iterator[ArchiveBatch]:
    if path.is_dir():
        yield from _read_folder(path, now, feeds)
    elif path.is_file() and zipfile.is_zipfile(path):
        yield from _read_packed(path, _zip_members(path), now, feeds)
    elif path.is_file() and _is_tar(path):
        yield from _read_packed(path, _tar_members(path), now, feeds)
    elif _is_feed(path.name):
        yield replace(_read_feed(str(path), _content(path), now), bytes_read=path.stat().st_size)
    else:
        yield from read_rows(path, now, feeds)


def archive_size(path: Path) -> int:
    """Returns the final value of `bytes_read`; 0 if the path does not exist."""
    files = _files(path) if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.exists())


def _read_folder(folder: Path, now: datetime, feeds: RowFeeds) -> Iterator[ArchiveBatch]:
    files, links = _files(folder), _links(folder)
    if links:
        named = tuple(
            f"{link} is a link, which is not followed. Import its target by name." for link in links
        )
        yield ArchiveBatch(parsed=_NOTHING, sources=(), bytes_read=0, failures=named)
    elif not files:
        raise ArchiveError(str(folder), "contains no files. Name a folder of JSONL or feed files.")
    before = 0
    for file in files:
        try:
            for batch in _read(file, now, feeds):
                yield replace(batch, bytes_read=before + batch.bytes_read)
        except ArchiveError as error:
            yield ArchiveBatch(parsed=_NOTHING, sources=(), bytes_read=before, failures=(str(error),))
        before += file.stat().st_size


def _files(folder: Path) -> list[Path]:
    """Returns the files of a folder without hidden ones and links, which may lead out of it."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder))


def _links(folder: Path) -> list[Path]:
    """Returns the links in a folder, which may lead out of it or around in a circle; `rglob` follows none."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_symlink() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _is_hidden(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder)
    steps = (path, *path.parents)[: len(inside.parts)]
    return any(part.startswith(".") for part in inside.parts) or any(step.is_symlink() for step in steps)


def _read_packed(
    path: Path, members: Iterator[tuple[str, IO[bytes], int]], now: datetime, feeds: RowFeeds
) -> Iterator[ArchiveBatch]:
    """Yields the batches of a packed archive, given the (name, stream, bytes read so far) of its members."""
    try:
        for member, stream, bytes_read in members:
            name = f"{path}:{member}"
            try:
                content = _bounded(name, stream)
                batches = (
                    [_read_feed(name, content, now)]
                    if _is_feed(member)
                    else rows_of(name, content, now, feeds)
                )
                for batch in batches:
                    yield replace(batch, bytes_read=bytes_read)
            except ArchiveError as error:
                yield ArchiveBatch(parsed=_NOTHING, sources=(), bytes_read=bytes_read, failures=(str(error),))
    except (
        OSError,
        EOFError,
        zlib.error,
        tarfile.TarError,
        zipfile.BadZipFile,
        RuntimeError,
        ValueError,
    ) as error:
        raise ArchiveError(
            str(path), f"cannot be read to its end: {error}. Import it again once it is whole."
        ) from error


def _zip_members(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with zipfile.ZipFile(path) as pack:
        read = 0
        for member in sorted(pack.infolist(), key=lambda member: member.filename)[:MAX_FILES]:
            read += member.compress_size
            if not member.is_dir():
                with pack.open(member) as stream:
                    yield member.filename, stream, min(read, path.stat().st_size)


def _tar_members(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with path.open("rb") as raw, tarfile.open(fileobj=raw) as pack:
        for count, member in enumerate(pack):
            stream = pack.extractfile(member) if member.isreg() else None
            if stream is not None and count < MAX_FILES:
                yield member.name, stream, raw.tell()


def _read_feed(name: str, body: bytes, now: datetime) -> ArchiveBatch:
    """Returns the articles of a feed file, all first seen `now`; `bytes_read` is set by the caller."""
    source = _source(PurePath(name).stem, read_metadata(body))
    try:
        parsed = parse_feed(body, "", source, now)
    except NotAFeedError as error:
        raise ArchiveError(
            name, "is not a feed, which its suffix promises. Remove it and import the rest."
        ) from error
    return ArchiveBatch(parsed=parsed, sources=(source,), bytes_read=0)


def _source(stem: str, metadata: FeedMetadata) -> Source:
    address = canonical_url(metadata.link) or ""
    name = metadata.title or host_of(address) or plain_text(stem, LABEL_CHARS) or "archive"
    return Source(
        id=slug(name),
        name=name,
        publisher=host_of(address) or name,
        url=address,
        kind="news",
        region="INT",
        language=metadata.language[:2] or "en",
    )


def _is_tar(path: Path) -> bool:
    return ".tar" in path.suffixes[-2:] or path.suffix == ".tgz"


def _is_feed(name: str) -> bool:
    return PurePath(name.lower().removesuffix(".gz")).suffix in FEED_SUFFIXES


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return _bounded(str(path), stream)
    except OSError as error:
        raise ArchiveError(str(path), f"cannot be opened: {error.strerror}.") from error


def _bounded(name: str, stream: IO[bytes]) -> bytes:
    """Returns the content of a file, decompressed if gzipped.

    Raises ArchiveError if it is too large or cut off.
    """
    try:
        content = stream.read(MAX_FILE_BYTES + 1)
        if content[:2] == b"\x1f\x8b":
            decoder = zlib.decompressobj(wbits=31)
            content = decoder.decompress(content, MAX_FILE_BYTES + 1)
            if not decoder.eof and len(content) <= MAX_FILE_BYTES:
                raise ArchiveError(
                    name, "cannot be read to its end: it is cut off. Import it again once it is whole."
                )
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise ArchiveError(
            name, f"cannot be read to its end: {error}. Import it again once it is whole."
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise ArchiveError(
            name, f"is larger than {MAX_FILE_BYTES:,} bytes unpacked. Split it and import the parts."
        )
    return content
