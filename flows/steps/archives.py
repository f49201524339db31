"""The step that backfills: archives of rows or feeds are stored as if their feeds had been watched all along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.progress import Progress, silent
from flows.settings import Settings
from sources.archives.archive import archive_size, read_archive
from sources.errors import ArchiveError
from sources.model import EntryCounts
from warehouse.store.articles import save_articles
from warehouse.store.db import open_warehouse, transaction
from warehouse.store.feeds import save_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the entries of archives, and which files in them could not be read."""

    files: int
    entries: EntryCounts
    failures: tuple[str, ...] = ()


def import_archives(
    settings: Settings, paths: Sequence[Path], now: datetime, progress: Progress = silent
) -> ImportReport:
    """Stores the articles of archives as if their feeds had been watched when they were first seen.

    What cannot be read is named in the report and the rest goes on; ArchiveError if it is the only thing asked for.
    """
    entries = EntryCounts()
    failures: list[str] = []
    with open_warehouse(settings.warehouse_path) as con:
        for path in paths:
            size = archive_size(path)
            try:
                for batch in read_archive(path, now):
                    with transaction(con):
                        save_sources(con, batch.sources)
                        entries += save_articles(con, [batch.parsed], now)[0]
                    failures += batch.failures
                    progress(f"Importing {path.name}", batch.bytes_read, size, f"{entries.new:,} new articles")
            except ArchiveError as error:
                if len(paths) == 1:
                    raise
                failures.append(str(error))
    return ImportReport(files=len(paths), entries=entries, failures=tuple(failures))
