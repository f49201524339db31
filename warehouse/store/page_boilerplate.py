"""Cuts from the texts of a source's pages the lines that stand on many of them: they are of the site."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from sources.model import stable_id
from warehouse.store.db import to_db

LOOK_BACK = timedelta(days=60)
# On so many pages of one source with different headlines, and on so large a share of them, a line is of the
# site.
LEAST_PAGES, LEAST_SHARE = 3, 0.05
# A text of which more would be cut is one report in several versions, not a page with the site's lines.
MOST_CUT = 0.3

_REPEATED = f"""
WITH texts AS (
    SELECT a.source_id, a.title, t.article_id, t.version, t.text, t.lines_cut
    FROM store.article_texts AS t JOIN store.articles AS a ON a.article_id = t.article_id
    WHERE t.is_latest AND t.text <> '' AND t.fetched_at > $since
        AND a.source_id IN (SELECT unnest($sources::VARCHAR[]))
),
lines AS (
    SELECT DISTINCT source_id, title, article_id, unnest(string_split(text, chr(10)) || lines_cut) AS line
    FROM texts
),
pages AS (SELECT source_id, count(*) AS pages FROM texts GROUP BY source_id),
repeated AS (
    SELECT source_id, line
    FROM lines JOIN pages USING (source_id)
    GROUP BY source_id, line, pages
    HAVING count(DISTINCT title) >= greatest({LEAST_PAGES}, {LEAST_SHARE} * pages)
)
SELECT t.article_id, t.version, t.text, t.lines_cut, list(r.line)
FROM texts AS t JOIN lines AS l ON l.article_id = t.article_id
JOIN repeated AS r ON r.source_id = l.source_id AND r.line = l.line
GROUP BY ALL ORDER BY t.article_id
"""
_SAVE = """
UPDATE store.article_texts AS t
SET text = c.text, words = c.words, text_hash = c.text_hash, lines_cut = c.lines_cut
FROM cut AS c WHERE c.article_id = t.article_id AND c.version = t.version
"""


def cut_repeated_lines(con: duckdb.DuckDBPyConnection, source_ids: Collection[str], now: datetime) -> int:
    """Cuts what is repeated from the latest texts of these sources; returns how many texts were cut.

    It is no correction by the publisher, so it makes no version. In the caller's transaction.
    """
    params = {"sources": sorted(source_ids), "since": to_db(now - LOOK_BACK)}
    found = con.execute(_REPEATED, params).fetchall()
    cut = [
        (id_, version, rest, sorted({*cut_before, *repeated}))
        for id_, version, text, cut_before, repeated in found
        if (rest := without(text, repeated, cut_before)) != text
    ]
    if cut:
        table = {
            "article_id": pa.array([id_ for id_, *_ in cut], pa.int64()),
            "version": pa.array([version for _, version, *_ in cut], pa.int32()),
            "text": pa.array([text for _, _, text, _ in cut], pa.string()),
            "words": pa.array([len(text.split()) for _, _, text, _ in cut], pa.int32()),
            "text_hash": pa.array([stable_id("page text", text) for _, _, text, _ in cut], pa.int64()),
            "lines_cut": pa.array([lines for *_, lines in cut], pa.list_(pa.string())),
        }
        con.register("cut", pa.table(table))
        con.execute(_SAVE)
        con.unregister("cut")
    return len(cut)


def without(text: str, lines: Collection[str], cut_before: Collection[str] = ()) -> str:
    """Returns the text without the lines; as it is if, with what was cut before, too much of it would go."""
    repeated = frozenset(lines)
    rest = "\n".join(line for line in text.split("\n") if line not in repeated)
    whole = len(text) + sum(map(len, cut_before))
    return rest if len(rest) >= (1 - MOST_CUT) * whole else text
