"""Writes down which entities an article names. The finding is entities.py's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from warehouse.extract.entities import Gazetteer
from warehouse.extract.extractions import ExtractionInput, Rows
from warehouse.versions import content_version


class EntityExtractor:
    """Reads titles, summaries and texts with a gazetteer."""

    name = "entities"
    tables: Mapping[str, pa.Schema] = {
        "article_entities": pa.schema(
            [
                ("article_id", pa.int64()),
                ("entity_id", pa.string()),
                ("name", pa.string()),
                ("kind", pa.string()),
                ("role", pa.string()),
                ("jurisdiction", pa.string()),
                ("alias", pa.string()),
                ("mentions", pa.int32()),
                ("in_title", pa.bool_()),
            ]
        )
    }

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.version = f"{gazetteer.version}+{content_version('extract/entities.py')}"
        self._gazetteer = gazetteer

    def read(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """A row an article and entity."""
        return {
            "article_entities": [
                {
                    "article_id": article.article_id,
                    "entity_id": mention.entity.id,
                    "name": mention.entity.name,
                    "kind": mention.entity.kind,
                    "role": mention.entity.role or None,
                    "jurisdiction": mention.entity.place or None,
                    "alias": mention.alias,
                    "mentions": mention.times,
                    "in_title": mention.in_title,
                }
                for article in articles
                for mention in self._gazetteer.find(article.title, article.text or article.summary)
            ]
        }
