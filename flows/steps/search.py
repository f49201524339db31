"""The step that searches the published snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flows.settings import Settings
from warehouse.embed.encoder import load_embedder
from warehouse.search.query_syntax import Filter
from warehouse.search.searcher import Found, Mode, Searcher
from warehouse.snapshot.api import open_to_read


def search(
    settings: Settings, typed: str, *, mode: Mode, limit: int, filters: Iterable[Filter], on: Path | None
) -> Found:
    """What answers to `typed` in the snapshot; the model is loaded only if meaning is asked for."""
    with open_to_read(on or settings.snapshot_path) as con:
        return Searcher(con, lambda: load_embedder(settings.embedding_model)).search(typed, mode, limit, filters)
