"""Extracts topics, themes, and the facets act and stage, by the terms of taxonomy.toml.

They are read in title and lead: what an article is about, and what was done, stands there. It does not know
the desks of an article: the views show a topic only where its desk is one of the article's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from warehouse.classify.lexicon import Lexicon, NamesByKind
from warehouse.classify.taxonomy import TAXONOMY_FILE, Taxonomy, errors_of, load_taxonomy
from warehouse.extract.due_dates import DateExtractor
from warehouse.extract.entities import EntityExtractor, load_gazetteer
from warehouse.extract.extractions import ExtractionInput, Extractor, Rows, content_version
from warehouse.extract.instruments import InstrumentExtractor

GROUPS = ("topic", "theme", "act", "stage")
MOST_REASONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A topic, theme, act or stage of a text, with its score and the terms found."""

    group: str
    name: str
    score: float
    reasons: str


class TopicExtractor:
    """Extracts topics, themes, acts and stages."""

    name = "topics"
    tables: Mapping[str, pa.Schema] = {
        "article_topics": pa.schema(
            [
                ("article_id", pa.int64()),
                ("desk", pa.string()),
                ("topic", pa.string()),
                ("score", pa.float64()),
                ("reasons", pa.string()),
            ]
        ),
        "article_themes": pa.schema(
            [
                ("article_id", pa.int64()),
                ("theme", pa.string()),
                ("score", pa.float64()),
                ("reasons", pa.string()),
            ]
        ),
        "article_facets": pa.schema(
            [
                ("article_id", pa.int64()),
                ("facet", pa.string()),
                ("value", pa.string()),
                ("score", pa.float64()),
                ("reasons", pa.string()),
            ]
        ),
    }

    def __init__(self, taxonomy: Taxonomy, names: NamesByKind, version: str) -> None:
        tables = taxonomy.tables
        self.version = version
        self._topics = taxonomy.topics
        self._least_score = float(tables["thresholds"]["label"])
        self._most = {
            "topic": len(taxonomy.topics),
            "theme": int(tables["thresholds"]["themes_per_article"]),
            "act": 1,
            "stage": 1,
        }
        self._labels = [(group, name) for group in GROUPS for name in tables[group]]
        self._lexicon = Lexicon(
            {f"{group}.{name}": tables[group][name] for group, name in self._labels},
            names,
            tables["company"],
        )

    def label(self, texts: Sequence[tuple[str, str]]) -> list[list[Label]]:
        """Returns the labels of (title, lead) pairs, best first, with at most one act and one stage."""
        matches = self._lexicon.match(texts)
        return [
            self._choose(
                matches.total[row].tolist(), [(term.concept, term.spelling) for term in matches.found[row]]
            )
            for row in range(len(texts))
        ]

    def extract(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """Returns the rows of topics, themes and facets."""
        rows: dict[str, Rows] = {table: [] for table in self.tables}
        labelled = self.label([(article.title, article.lead) for article in articles])
        for article, labels in zip(articles, labelled, strict=True):
            for label in labels:
                row = {"article_id": article.article_id, "score": label.score, "reasons": label.reasons}
                if label.group == "topic":
                    rows["article_topics"].append(
                        row | {"topic": label.name, "desk": self._topics[label.name].desk}
                    )
                elif label.group == "theme":
                    rows["article_themes"].append(row | {"theme": label.name})
                else:
                    rows["article_facets"].append(row | {"facet": label.group, "value": label.name})
        return rows

    def _choose(self, scores: Sequence[float], terms: Sequence[tuple[int, str]]) -> list[Label]:
        candidates = [number for number, score in enumerate(scores) if score >= self._least_score]
        candidates.sort(key=lambda number: -scores[number])
        left = dict(self._most)
        chosen = []
        for number in candidates:
            group, name = self._labels[number]
            if left[group]:
                left[group] -= 1
                found = list(dict.fromkeys(spelling for concept, spelling in terms if concept == number))
                chosen.append(
                    Label(
                        group=group, name=name, score=scores[number], reasons="; ".join(found[:MOST_REASONS])
                    )
                )
        return chosen


def load_topic_extractor() -> TopicExtractor:
    """Returns the extractor of the bundled taxonomy. Raises WarehouseError with what is wrong in the file."""
    taxonomy, names = load_taxonomy(), load_gazetteer().names_by_kind()
    version = content_version(
        TAXONOMY_FILE, "classify/topics.py", "classify/lexicon.py", "extract/entities.toml"
    )
    with errors_of(TAXONOMY_FILE):
        return TopicExtractor(taxonomy, names, version)


def load_extractors() -> tuple[Extractor, ...]:
    """Returns all extractors: of topics and facets, of entities, of instruments, of dates."""
    return load_topic_extractor(), EntityExtractor(load_gazetteer()), InstrumentExtractor(), DateExtractor()
