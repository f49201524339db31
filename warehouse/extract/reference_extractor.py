"""Writes down the instruments an article names and the dates it gives. The finding is instruments.py's and deadlines.py's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from warehouse.extract.due_dates import find_dates
from warehouse.extract.evidence import sentence_at
from warehouse.extract.extractions import ExtractionInput, Rows
from warehouse.extract.instruments import find_instruments, instrument_of_url
from warehouse.versions import content_version


class ReferenceExtractor:
    """Reads titles, summaries and texts; an article that is a register's own document names that document."""

    name = "references"
    tables: Mapping[str, pa.Schema] = {
        "article_instruments": pa.schema(
            [("article_id", pa.int64()), ("kind", pa.string()), ("number", pa.string()), ("evidence", pa.string())]
        ),
        "article_dates": pa.schema(
            [
                ("article_id", pa.int64()),
                ("kind", pa.string()),
                ("due_on", pa.date32()),
                ("year_inferred", pa.bool_()),
                ("evidence", pa.string()),
            ]
        ),
    }

    def __init__(self) -> None:
        self.version = content_version(
            "extract/instruments.py", "extract/due_dates.py", "extract/evidence.py", "extract/reference_extractor.py"
        )

    def read(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """Rows of instruments and of typed dates."""
        found: dict[str, Rows] = {table: [] for table in self.tables}
        for article in articles:
            text = f"{article.title}\n{article.text or article.summary}"
            found["article_instruments"] += _instruments(article, text)
            found["article_dates"] += [
                {
                    "article_id": article.article_id,
                    "kind": one.kind,
                    "due_on": one.due_on,
                    "year_inferred": one.year_inferred,
                    "evidence": one.evidence,
                }
                for one in find_dates(text, article.published_on)
            ]
        return found


def _instruments(article: ExtractionInput, text: str) -> Rows:
    named = {(one.kind, one.number): sentence_at(text, one.start, one.end) for one in find_instruments(text)}
    if own := instrument_of_url(article.url):
        named.setdefault(("fr_document", own), article.title)
    return [
        {"article_id": article.article_id, "kind": kind, "number": number, "evidence": evidence}
        for (kind, number), evidence in named.items()
    ]
