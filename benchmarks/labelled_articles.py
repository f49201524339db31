"""All labelled articles: those of ../shared/data, our own labels of recorded articles, and invented ones.

article_labels.csv has labels by the hash of a title, so that no recorded text is copied here;
desk_examples.jsonl has headlines that were written for training.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering

from sources.clean.text import plain_text
from warehouse.classify.genre import GENRES, resolve_source_kind

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
OWN_LABELS = ROOT / "benchmarks" / "article_labels.csv"
STREAMS = (
    "ai_cyber_monitor ai_news_gitops tech_press_and_arxiv think_tanks_2026 google_news_policy_2025_26 "
    "defence_industry_2026_04"
).split()
# A label that was made in a hurry or with doubt teaches less, and an invented headline is no article.
UNSURE_WEIGHT = 0.6
INVENTED_WEIGHT = 0.5
SAME_STORY_COSINE = 0.73


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledArticle:
    """An article with its desk; importance (0 to 3) and genre are None where they were not labelled."""

    title: str
    summary: str
    source: str
    kind: str
    desk: str
    importance: int | None
    genre: str | None
    weight: float
    is_real: bool


def load_labelled() -> list[LabelledArticle]:
    """Returns every labelled article once, the first label of a title, in a fixed order."""
    articles: dict[str, LabelledArticle] = {}
    for article in (*_agreed(), *_threads(), *_own_labels(), *_invented()):
        articles.setdefault(title_key(article.title), article)
    return list(articles.values())


def title_key(title: str) -> str:
    """Returns the key of a title: of its letters and digits in lower case, 16 hex digits of the SHA-256."""
    return hashlib.sha256(re.sub(r"\W+", "", title.lower())[:90].encode()).hexdigest()[:16]


def story_groups(vectors: NDArray[np.float32]) -> NDArray[np.int_]:
    """Returns a group number per article: articles of one story share it, and so a fold."""
    clusters = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="single", distance_threshold=1 - SAME_STORY_COSINE
    )
    return np.asarray(clusters.fit_predict(vectors))


def _agreed() -> Iterator[LabelledArticle]:
    for name in ("desks", "desks_2", "desks_3"):
        for row in _rows(SHARED / "labelled" / f"{name}.jsonl.gz"):
            sure = row["sure"] and not row.get("rushed")
            yield _article(row, row["desk"], row.get("importance"), row["genre"], sure=sure)


def _threads() -> Iterator[LabelledArticle]:
    for row in _rows(SHARED / "labelled" / "threads.jsonl.gz"):
        yield _article(row, row["desk"], None, None, sure=True)


def _own_labels() -> Iterator[LabelledArticle]:
    with OWN_LABELS.open(encoding="utf-8", newline="") as lines:
        labels = {row["title_key"]: row for row in csv.DictReader(lines)}
    for name in STREAMS:
        for row in _rows(SHARED / "streams" / f"{name}.jsonl.gz"):
            if label := labels.get(title_key(plain_text(row["title"], 500))):
                yield _article(
                    row,
                    label["desk"],
                    int(label["importance"]),
                    label["genre"] or None,
                    sure=label["sure"] == "y",
                )


def _invented() -> Iterator[LabelledArticle]:
    for row in _rows(ROOT / "benchmarks" / "desk_examples.jsonl"):
        yield LabelledArticle(
            title=plain_text(row["title"], 500),
            summary=plain_text(row["summary"], 1000),
            source="",
            kind=row["kind"],
            desk=row["desk"],
            importance=row.get("importance"),
            genre=row.get("genre"),
            weight=INVENTED_WEIGHT,
            is_real=False,
        )


def _article(
    row: dict[str, Any], desk: str, importance: int | None, genre: str | None, *, sure: bool
) -> LabelledArticle:
    return LabelledArticle(
        title=plain_text(row["title"], 500),
        summary=plain_text(row.get("summary") or "", 1000),
        source=row["source"],
        kind=resolve_source_kind("news", row["source"]),
        desk=desk,
        importance=importance,
        genre=genre if genre in GENRES else None,
        weight=1.0 if sure else UNSURE_WEIGHT,
        is_real=True,
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        yield from (json.loads(line) for line in lines if line.strip())
