"""Sentences that a source puts under or over many of its articles, which say nothing of any of them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import duckdb
from sentencex import segment

from warehouse.store.db import to_db

LOOK_BACK = timedelta(days=30)
# Pieces between stops, not sentences, because SQL counts them; so many articles of one source with other
# titles have one that is boilerplate. Shorter pieces ("The U.", "S.") recur by chance.
_PIECE = "[^.!?]+[.!?]*"
LEAST_ARTICLES, LEAST_WORDS = 3, 4
_REPEATED = f"""
WITH pieces AS (
    SELECT article_id, source_id, title,
        unnest(list_transform(regexp_extract_all(summary, '{_PIECE}'), lambda piece: trim(piece))) AS piece
    FROM store.articles WHERE first_seen_at > $since AND first_seen_at <= $as_of AND summary <> ''
),
repeated AS (
    SELECT source_id, piece FROM pieces
    WHERE len(string_split(piece, ' ')) >= {LEAST_WORDS}
    GROUP BY source_id, piece HAVING count(DISTINCT title) >= {LEAST_ARTICLES}
)
SELECT article_id, list(DISTINCT piece) FROM pieces JOIN repeated USING (source_id, piece)
GROUP BY article_id
"""


def repeated_pieces(
    con: duckdb.DuckDBPyConnection, start: datetime, as_of: datetime
) -> dict[int, frozenset[str]]:
    """Returns, by article that has some, the pieces of its summary that its source repeats.

    Counted over the articles seen by `as_of` and since `LOOK_BACK` before `start`.
    """
    window = {"since": to_db(start - LOOK_BACK), "as_of": to_db(as_of)}
    rows = con.execute(_REPEATED, window).fetchall()
    return {article_id: frozenset(pieces) for article_id, pieces in rows}


def without_repeated(summary: str, language: str, repeated: frozenset[str]) -> str:
    """Returns the summary without the sentences all of which is repeated."""
    if not repeated:
        return summary
    kept = (sentence for sentence in segment(language, summary) if not _is_repeated(sentence, repeated))
    return "".join(kept).strip()


def _is_repeated(sentence: str, repeated: frozenset[str]) -> bool:
    pieces = [piece.strip() for piece in re.findall(_PIECE, sentence)]
    long = [piece for piece in pieces if len(piece.split(" ")) >= LEAST_WORDS]
    return bool(long) and all(piece in repeated for piece in long)
