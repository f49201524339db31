"""The texts that a story's articles are quoted from, as they were known at an issue's watermark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """The beginning of an article's whole text, its paragraphs one a line, and its language (ISO 639)."""

    text: str
    language: str

    @property
    def is_english(self) -> bool:
        """Whether it is in English, of which the forms of sentences are known."""
        return self.language.lower().startswith("en")


# News says first what matters; the end of a long text is background. English has some six characters a word.
WORDS_READ = 1_500
_CHARS_READ = 8 * WORDS_READ
# By row number: else DuckDB reads the texts of whole row groups, half a second for twenty of 300,000.
_TEXTS = f"""
WITH known AS (
    SELECT rowid AS row FROM store.article_texts
    WHERE article_id IN (SELECT unnest($ids::BIGINT[])) AND fetched_at <= $as_of
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
),
pages AS (
    SELECT article_id, left(text, {_CHARS_READ}) AS text, language FROM store.article_texts
    WHERE rowid IN (SELECT row FROM known) AND text <> ''
)
SELECT a.article_id, coalesce(p.text, left(a.text, {_CHARS_READ})),
    coalesce(nullif(p.language, ''), a.language)
FROM store.articles AS a LEFT JOIN pages AS p ON p.article_id = a.article_id
WHERE a.article_id IN (SELECT unnest($ids::BIGINT[])) AND (p.text IS NOT NULL OR is_whole_text(a.text))
"""


def texts_as_of(
    con: duckdb.DuckDBPyConnection, article_ids: Sequence[int], as_of: datetime
) -> dict[int, ArticleText]:
    """Returns the whole texts of those of the articles that have one, by id.

    It is the latest version that was fetched by `as_of` and is still kept, else what the feed brought.
    """
    rows = con.execute(_TEXTS, {"ids": list(article_ids), "as_of": to_db(as_of)}).fetchall()
    return {
        article_id: ArticleText(text=_first_words(text), language=language)
        for article_id, text, language in rows
    }


def _first_words(text: str) -> str:
    """The lines in which the first words stand, at most `WORDS_READ` of them."""
    kept, left = list[str](), WORDS_READ
    for line in text.split("\n"):
        words = len(line.split())
        if words > left:
            kept.append(" ".join(line.split()[:left]))
            break
        kept.append(line)
        left -= words
    return "\n".join(kept)
