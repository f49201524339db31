"""The steps around filing: why an article is where it is, an analyst's correction, and how well the filing agrees with labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from warehouse.classify.desk_classifier import Text, load_desk_classifier
from warehouse.classify.desk_corrections import correct_desk, corrected_pairs
from warehouse.classify.evaluation import ClassificationScores, read_labelled, score_classification
from warehouse.classify.explain_article import Explanation, explain_article
from warehouse.embed.encoder import Embedder, load_embedder, text_to_embed
from warehouse.store.db import open_read_only, open_warehouse, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One item filed otherwise than meant, with the reasons of where it was filed."""

    title: str
    meant: str
    found: str
    score: float
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How the filing agrees with labels, and every item on which it does not, the surest mistake first."""

    scores: ClassificationScores
    mistakes: tuple[Mistake, ...]


def explain(settings: Settings, article_id: int) -> Explanation:
    """Everything that is known of why an article is filed as it is."""
    filer = load_desk_classifier()
    with open_read_only(settings.warehouse_path) as con:
        return explain_article(con, filer, article_id)


def correct(settings: Settings, article_id: int, desk: str, note: str, now: datetime) -> str:
    """Files an article by hand; returns its title."""
    with open_warehouse(settings.warehouse_path) as con, transaction(con):
        return correct_desk(con, article_id, desk, note, now)


def evaluate_file(settings: Settings, path: Path, embedder: Embedder | None = None) -> Evaluation:
    """Files the items of a labelled JSONL file, in memory, and scores their primary desks."""
    items = read_labelled(path)
    embedder = embedder or load_embedder(settings.embedding_model)
    filer = load_desk_classifier()
    vectors = embedder.encode([text_to_embed(item.title, item.summary) for item in items])
    fits = filer.reads_vectors_of(embedder.model)
    filings = filer.classify_all(
        [
            Text(
                title=item.title,
                summary=item.summary,
                source_kind=item.kind,
                publisher=item.source,
                url=item.url,
                vector=vector if fits else vector[:0],
            )
            for item, vector in zip(items, vectors, strict=True)
        ]
    )
    primaries = [filing.desks[0] for filing in filings]
    mistakes = [
        Mistake(title=item.title, meant=item.desk, found=desk.desk, score=desk.score, reasons=desk.reasons)
        for item, desk in zip(items, primaries, strict=True)
        if item.desk != desk.desk
    ]
    return Evaluation(
        scores=score_classification([desk.desk for desk in primaries], [item.desk for item in items]),
        mistakes=tuple(sorted(mistakes, key=lambda one: (-one.score, one.title))),
    )


def evaluate_corrections(settings: Settings) -> ClassificationScores:
    """Scores what the machine says today against every analyst's correction."""
    with open_read_only(settings.warehouse_path) as con:
        pairs = corrected_pairs(con)
    return score_classification([found for found, _ in pairs], [meant for _, meant in pairs])
