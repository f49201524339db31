"""Explains an article's classification: terms, rules, scores of every desk, neighbours, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from warehouse.classify.desk_classifier import DeskClassifier, DeskScore, Text
from warehouse.classify.passages import READ_CHARS, passages_of
from warehouse.errors import WarehouseError

NEIGHBOURS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A classified article with similar text; `similarity` is the cosine of the vectors."""

    title: str
    desk: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An article's desks with corrections applied, the classifier's scores, and all that was extracted."""

    article_id: int
    title: str
    publisher: str
    url: str | None
    genre: str | None
    desks: tuple[DeskScore, ...]
    label_scores: tuple[DeskScore, ...]
    topics: tuple[tuple[str, str], ...]
    themes: tuple[tuple[str, str], ...]
    facets: tuple[tuple[str, str], ...]
    entities: tuple[tuple[str, str], ...]
    instruments: tuple[tuple[str, str], ...]
    deadlines: tuple[tuple[str, str], ...]
    corrections: tuple[tuple[str, str], ...]
    neighbours: tuple[Neighbour, ...]


_ARTICLE = """
SELECT a.title, a.lead AS summary,
    coalesce(s.kind, 'news') AS source_kind,
    a.publisher, a.url, left(a.text, $read_chars) AS text, c.genre, v.model, v.vector, v.head_outputs
FROM store.read_articles AS a
LEFT JOIN store.sources AS s ON s.source_id = a.source_id
LEFT JOIN store.classifications AS c ON c.article_id = a.article_id
LEFT JOIN store.vectors AS v ON v.article_id = a.article_id AND v.text_hash = a.text_hash
WHERE a.article_id = $article_id
ORDER BY v.model DESC NULLS LAST
LIMIT 1
"""
_DESKS = """
SELECT desk, score, is_primary, reasons FROM article_desks
WHERE article_id = $article_id ORDER BY is_primary DESC, score DESC, desk
"""
_PAIRS = {
    "topics": """
SELECT topic, reasons
FROM article_topics WHERE article_id = $article_id ORDER BY score DESC, topic
""",
    "themes": """
SELECT theme, reasons
FROM article_themes WHERE article_id = $article_id ORDER BY score DESC, theme
""",
    "facets": """
SELECT format('{} {}', facet, value), reasons
FROM article_facets WHERE article_id = $article_id ORDER BY facet
""",
    "entities": """
SELECT name, kind
FROM article_entities WHERE article_id = $article_id ORDER BY in_title DESC, mentions DESC, name
""",
    "instruments": """
SELECT number, kind
FROM article_instruments WHERE article_id = $article_id ORDER BY kind, number
""",
    "deadlines": """
SELECT format('{} {}', kind, due_on), evidence
FROM deadlines WHERE article_id = $article_id ORDER BY due_on, kind
""",
    "corrections": """
SELECT format('{} on {}', desk, corrected_at::DATE), note
FROM desk_corrections WHERE article_id = $article_id ORDER BY number
""",
}
_NEIGHBOURS = """
SELECT a.title, d.desk, list_cosine_similarity(v.vector, $vector::FLOAT[]) AS similarity
FROM store.vectors AS v
JOIN store.articles AS a ON a.article_id = v.article_id
JOIN article_desks AS d ON d.article_id = v.article_id AND d.is_primary
WHERE v.model = $model AND v.article_id <> $article_id
ORDER BY similarity DESC, v.article_id
LIMIT $limit
"""


def explain_article(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier, article_id: int
) -> Explanation:
    """Returns the explanation of a stored article. Raises WarehouseError if the id is unknown."""
    row = con.execute(_ARTICLE, {"article_id": article_id, "read_chars": READ_CHARS}).fetchone()
    if row is None:
        raise WarehouseError(
            f"article {article_id}", "is not in the warehouse. The view `articles` lists the ids."
        )
    title, summary, source_kind, publisher, url, read, genre, model, vector, head_outputs = row
    has_vector = vector is not None and classifier.accepts_vectors_of(model)
    text = Text(
        title=title,
        summary=summary,
        source_kind=source_kind,
        publisher=publisher,
        url=url,
        vector=np.array(vector if has_vector else [], np.float32),
        head_outputs=np.array(head_outputs if has_vector and head_outputs else [], np.float32),
        passages=passages_of(read),
    )
    desks = con.execute(_DESKS, {"article_id": article_id}).fetchall()
    pairs: dict[str, Any] = {
        name: tuple(
            (str(value), str(why)) for value, why in con.execute(query, {"article_id": article_id}).fetchall()
        )
        for name, query in _PAIRS.items()
    }
    return Explanation(
        article_id=article_id,
        title=title,
        publisher=publisher,
        url=url,
        genre=genre,
        desks=tuple(
            DeskScore(desk=desk, score=score, is_primary=is_primary, reasons=reasons)
            for desk, score, is_primary, reasons in desks
        ),
        label_scores=classifier.score_labels(text),
        neighbours=_neighbours(con, article_id, model, vector) if vector is not None else (),
        **pairs,
    )


def _neighbours(
    con: duckdb.DuckDBPyConnection, article_id: int, model: str, vector: list[float]
) -> tuple[Neighbour, ...]:
    params = {"article_id": article_id, "model": model, "vector": vector, "limit": NEIGHBOURS}
    return tuple(
        Neighbour(title=title, desk=desk, similarity=round(similarity, 3))
        for title, desk, similarity in con.execute(_NEIGHBOURS, params).fetchall()
    )
