"""All that is read of an article beside its desk, in the order in which it is read."""

from __future__ import annotations

from warehouse.classify.topics import load_topic_extractor
from warehouse.extract.entities import load_gazetteer
from warehouse.extract.entity_extractor import EntityExtractor
from warehouse.extract.extractions import Extractor
from warehouse.extract.reference_extractor import ReferenceExtractor


def load_extractors() -> tuple[Extractor, ...]:
    """The readers of topics and facets, of entities, and of instruments and dates."""
    return load_topic_extractor(), EntityExtractor(load_gazetteer()), ReferenceExtractor()
