"""The step that backfills: archive files are stored as if their feeds had been watched all along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.progress import Progress, silent
from flows.settings import Settings
from sources.archive import read_archive
from sources.model import EntryCounts
from warehouse.articles import save_articles
from warehouse.db import open_warehouse, transaction
from warehouse.feeds import save_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the lines of archive files."""

    files: int
    entries: EntryCounts


def import_archives(
    settings: Settings, paths: Sequence[Path], now: datetime, progress: Progress = silent
) -> ImportReport:
    """Stores the articles of JSONL files as if their feeds had been watched when they were first seen."""
    entries = EntryCounts()
    with open_warehouse(settings.warehouse_path) as con:
        for path in paths:
            size = path.stat().st_size if path.exists() else 0
            for batch in read_archive(path, now):
                with transaction(con):
                    save_sources(con, batch.sources)
                    entries += save_articles(con, [batch.parsed], now)[0]
                progress(f"Importing {path.name}", batch.bytes_read, size, f"{entries.new:,} new articles")
    return ImportReport(files=len(paths), entries=entries)
