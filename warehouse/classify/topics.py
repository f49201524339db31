"""Topics of the desks, themes across them, and the facets act and stage, by the cues of topics.toml. Pure.

Which desks an article is at it does not know: the views show a topic only where its desk is the article's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pyarrow as pa

from warehouse.classify.lexicon import Lexicon, NamesByKind
from warehouse.errors import WarehouseError
from warehouse.extract.entities import load_gazetteer
from warehouse.extract.extractions import ExtractionInput, Rows
from warehouse.versions import content_version

BUNDLED = "bundled topics.toml"
GROUPS = ("topic", "theme", "act", "stage")
LEAD_CHARS = 1_000
_REASONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One thing said of a text: its group (topic, theme, act or stage), its score and the cues that told."""

    group: str
    name: str
    score: float
    reasons: str


class TopicExtractor:
    """Reads topics, themes, act and stage. `version` covers the cues and the names they take in."""

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
            [("article_id", pa.int64()), ("theme", pa.string()), ("score", pa.float64()), ("reasons", pa.string())]
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

    def __init__(self, tables: Mapping[str, Any], names: NamesByKind, version: str) -> None:
        self.version = version
        self._given_from = float(tables["decision"]["given_from"])
        self._most_themes = int(tables["decision"]["most_themes"])
        self._labels = [(group, name) for group in GROUPS for name in tables[group]]
        self._desk_of: dict[str, str] = {name: table["desk"] for name, table in tables["topic"].items()}
        self._cues = Lexicon({f"{group}.{name}": tables[group][name] for group, name in self._labels}, names)

    def label(self, texts: Sequence[tuple[str, str]]) -> list[list[Label]]:
        """The labels of every (title, lead), strongest first: all topics, some themes, at most one act and one stage."""
        reading = self._cues.read(texts)
        return [
            self._choose(reading.total[row].tolist(), [(cue.concept, cue.shown) for cue in reading.found[row]])
            for row in range(len(texts))
        ]

    def read(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """Rows of topics, themes and facets."""
        found: dict[str, Rows] = {table: [] for table in self.tables}
        texts = [(article.title, article.summary or article.text[:LEAD_CHARS]) for article in articles]
        for article, labels in zip(articles, self.label(texts), strict=True):
            for label in labels:
                row = {"article_id": article.article_id, "score": label.score, "reasons": label.reasons}
                if label.group == "topic":
                    found["article_topics"].append(row | {"topic": label.name, "desk": self._desk_of[label.name]})
                elif label.group == "theme":
                    found["article_themes"].append(row | {"theme": label.name})
                else:
                    found["article_facets"].append(row | {"facet": label.group, "value": label.name})
        return found

    def _choose(self, scores: Sequence[float], cues: Sequence[tuple[int, str]]) -> list[Label]:
        enough = [number for number, score in enumerate(scores) if score >= self._given_from]
        enough.sort(key=lambda number: -scores[number])
        most = {"topic": len(self._desk_of), "theme": self._most_themes, "act": 1, "stage": 1}
        chosen = []
        for number in enough:
            group, name = self._labels[number]
            if most[group]:
                most[group] -= 1
                told = list(dict.fromkeys(shown for concept, shown in cues if concept == number))
                chosen.append(Label(group=group, name=name, score=scores[number], reasons="; ".join(told[:_REASONS])))
        return chosen


def load_topic_extractor() -> TopicExtractor:
    """The reader of the bundled topics; WarehouseError says what is wrong with the file."""
    try:
        tables = tomllib.loads(files("warehouse.classify").joinpath("topics.toml").read_text("utf-8"))
        version = content_version(
            "classify/topics.toml", "classify/topics.py", "classify/lexicon.py", "extract/entities.toml"
        )
        return TopicExtractor(tables, load_gazetteer().names_by_kind(), version)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise WarehouseError(BUNDLED, f"cannot be used: {error}.") from error
