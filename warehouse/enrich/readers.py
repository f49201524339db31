"""All that is read of an article beside its desk, in the order in which it is read."""

from __future__ import annotations

from warehouse.enrich.entities import load_gazetteer
from warehouse.enrich.names import EntityReader
from warehouse.enrich.readings import Reader
from warehouse.enrich.references import ReferenceReader
from warehouse.enrich.topics import load_topic_reader


def load_readers() -> tuple[Reader, ...]:
    """The readers of topics and facets, of entities, and of instruments and dates."""
    return load_topic_reader(), EntityReader(load_gazetteer()), ReferenceReader()
