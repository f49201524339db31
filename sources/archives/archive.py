"""Archives as a source: files of rows or of feeds, alone, in folders, in zip or tar. The way to backfill."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import IO

from sources.archives.batch import ArchiveBatch
from sources.archives.feed_files import read_feed
from sources.archives.jsonl_rows import read_rows, rows_of
from sources.errors import ArchiveError
from sources.model import ParsedFeed

FEED_SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json"}
# A file in an archive is read whole. The largest real feed seen has 2 MB; a bomb has a thousand times what it is packed in.
MOST_FILE_BYTES = 64_000_000
MOST_FILES = 100_000
_NOTHING = ParsedFeed(articles=(), rejections=())


def read_archive(path: Path, now: datetime) -> Iterator[ArchiveBatch]:
    """The articles of a file, folder, zip or tar of JSONL and feed files, a batch at a time, in order of their names.

    Feeds are told by their names (`.xml`, `.rss`, `.atom`, `.rdf`, `.json`, each also with `.gz`) and are seen `now`; all else
    is JSONL. ArchiveError where the path itself cannot be read; a bad file within it is named in its batch's `failures`.
    """
    if path.is_dir():
        yield from _read_folder(path, now)
    elif path.is_file() and zipfile.is_zipfile(path):
        yield from _read_packed(path, _zip_members(path), now)
    elif path.is_file() and _is_tar(path):
        yield from _read_packed(path, _tar_members(path), now)
    elif _is_feed(path.name):
        yield replace(read_feed(str(path), _content(path), now), bytes_read=path.stat().st_size)
    else:
        yield from read_rows(path, now)


def archive_size(path: Path) -> int:
    """The bytes that `bytes_read` will have reached at the end; 0 if there is no such path."""
    files = _files(path) if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.exists())


def _read_folder(folder: Path, now: datetime) -> Iterator[ArchiveBatch]:
    files = _files(folder)
    if not files:
        raise ArchiveError(str(folder), "holds no files. Name a folder of JSONL or feed files.")
    before = 0
    for file in files:
        try:
            for batch in read_archive(file, now):
                yield replace(batch, bytes_read=before + batch.bytes_read)
        except ArchiveError as error:
            yield ArchiveBatch(parsed=_NOTHING, sources=(), bytes_read=before, failures=(str(error),))
        before += file.stat().st_size


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _read_packed(path: Path, members: Iterator[tuple[str, IO[bytes], int]], now: datetime) -> Iterator[ArchiveBatch]:
    """The batches of the (name, stream, bytes of the pack read) of a pack's members."""
    try:
        for member, stream, bytes_read in members:
            name = f"{path}:{member}"
            try:
                content = _bounded(name, stream)
                batches = [read_feed(name, content, now)] if _is_feed(member) else rows_of(name, content, now)
                for batch in batches:
                    yield replace(batch, bytes_read=bytes_read)
            except ArchiveError as error:
                yield ArchiveBatch(parsed=_NOTHING, sources=(), bytes_read=bytes_read, failures=(str(error),))
    except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        raise ArchiveError(
            str(path), f"cannot be read to its end: {error}. Import it again once it is whole."
        ) from error


def _zip_members(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with zipfile.ZipFile(path) as pack:
        read = 0
        for member in sorted(pack.infolist(), key=lambda member: member.filename)[:MOST_FILES]:
            read += member.compress_size
            if not member.is_dir():
                with pack.open(member) as stream:
                    yield member.filename, stream, min(read, path.stat().st_size)


def _tar_members(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with path.open("rb") as raw, tarfile.open(fileobj=raw) as pack:
        for count, member in enumerate(pack):
            stream = pack.extractfile(member) if member.isreg() else None
            if stream is not None and count < MOST_FILES:
                yield member.name, stream, raw.tell()


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
    """The content of a file, unpacked if it is gzipped; ArchiveError if it is too large or not whole."""
    try:
        content = stream.read(MOST_FILE_BYTES + 1)
        if content[:2] == b"\x1f\x8b":
            decoder = zlib.decompressobj(wbits=31)
            content = decoder.decompress(content, MOST_FILE_BYTES + 1)
            if not decoder.eof and len(content) <= MOST_FILE_BYTES:
                raise ArchiveError(name, "cannot be read to its end: it is cut off. Import it again once it is whole.")
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise ArchiveError(name, f"cannot be read to its end: {error}. Import it again once it is whole.") from error
    if len(content) > MOST_FILE_BYTES:
        raise ArchiveError(name, f"is larger than {MOST_FILE_BYTES:,} bytes unpacked. Split it and import the parts.")
    return content
