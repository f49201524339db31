"""The step that understands: whatever is new or changed is embedded, filed at its desks, grouped into stories and indexed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flows.progress import Progress, silent
from flows.settings import Settings
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.classify.extractors import load_extractors
from warehouse.embed.encoder import Embedder, load_embedder
from warehouse.embed.vectors import embed_pending
from warehouse.extract.extractions import extract_pending
from warehouse.search.inverted_index import code_pending, index_pending
from warehouse.store.db import open_warehouse
from warehouse.stories.assign import assign_stories
from warehouse.stories.summaries import summarise_stories


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichReport:
    """One enrichment run: articles that went through each step, all zero when nothing was pending; by which model and filing."""

    embedded: int
    filed: int
    assigned: int
    stories_founded: int
    indexed: int
    model: str
    filing: str


def enrich(settings: Settings, progress: Progress = silent, *, embedder: Embedder | None = None) -> EnrichReport:
    """Embeds, files, groups and indexes whatever is new or changed. The model is loaded only if something is."""
    filer = load_desk_classifier()
    embedder = embedder or load_embedder(settings.embedding_model)
    with open_warehouse(settings.warehouse_path) as con:
        embedded = embed_pending(con, embedder, _named(progress, "Embedding articles"))
        filed = classify_pending(con, filer, embedder.model, _named(progress, "Classification articles"))
        for reader in load_extractors():
            extract_pending(con, reader, _named(progress, f"Reading {reader.name}"))
        assigned, founded = assign_stories(con, embedder.model, _named(progress, "Grouping stories"))
        summarise_stories(con)
        indexed = index_pending(con, _named(progress, "Indexing articles"))
        code_pending(con, embedder.model)
    return EnrichReport(
        embedded=embedded,
        filed=filed,
        assigned=assigned,
        stories_founded=founded,
        indexed=indexed,
        model=embedder.model,
        filing=filer.version,
    )


def _named(progress: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(what, done, total)
