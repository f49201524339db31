"""Joins a primary document with the story of the news that reports it, and stores what shows it.

Which text reports a document depends on the two texts, and the first in order of arrival counts, so it does
not matter how often this is run. One thing does: a text that fits two documents stays with the one that was
there when it was first compared, though the other, which came later, may fit it better.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.extract.entities import Gazetteer, load_gazetteer
from warehouse.store.db import from_db, rows_table, transaction
from warehouse.stories.assign import MOMENT
from warehouse.stories.constraints import Constraints
from warehouse.stories.document_evidence import CITED_DAYS, Evidence, ReadText, evidence, number_agrees
from warehouse.stories.documents import DAY_S
from warehouse.stories.primary_documents import AUTHORITIES, is_primary_document, power_of
from warehouse.stories.story_changes import Change, record_change
from warehouse.stories.story_corrections import load_constraints

_TEXT_CHARS = 4_000  # of a document: its summary, or the preamble that names what it adds
_REPORT_CHARS = 600  # of a report: its first sentences; further down it tells what was before
_DOCUMENTS_AT_ONCE = 200
_DOCUMENT_GENRES = ("primary_document", "official_statement")
_NO_REPORTS = ("primary_document", "opinion", "newsletter", "vendor", "research")
_READ = f"""
m.article_id, a.publisher, a.title, left(a.text, {_TEXT_CHARS}) AS text, a.opening, a.url, a.first_seen_at,
    epoch({MOMENT}) / {DAY_S} AS day, m.story_id, m.position
"""
_LAST = """
SELECT coalesce(max(compared_until), -1), (SELECT max(position) FROM store.story_members)
FROM store.document_comparisons
"""
_DOCUMENTS = f"""
SELECT {_READ}, s.kind, s.url AS feed_url, s.region, m.position > $last AS is_new
FROM store.story_members AS m
JOIN store.read_articles AS a ON a.article_id = m.article_id
JOIN store.classifications AS f ON f.article_id = m.article_id
JOIN store.sources AS s ON s.source_id = a.source_id
LEFT JOIN store.document_comparisons AS d ON d.article_id = m.article_id
WHERE m.copy_of IS NULL AND d.report_id IS NULL
    AND (m.position > $last OR d.article_id IS NOT NULL AND {MOMENT} >= $recent)
    AND (list_contains($genres, f.genre) OR list_contains($kinds, s.kind))
ORDER BY day, m.article_id
"""
_NEW_SINCE = f"""
SELECT min({MOMENT}) - INTERVAL {int(CITED_DAYS) + 1} DAY
FROM store.story_members AS m JOIN store.articles AS a ON a.article_id = m.article_id WHERE m.position > $last
"""
_REPORTS = f"""
SELECT {_READ}
FROM store.story_members AS m
JOIN store.read_articles AS a ON a.article_id = m.article_id
JOIN store.classifications AS f ON f.article_id = m.article_id
WHERE m.copy_of IS NULL AND m.position > $after AND epoch({MOMENT}) / {DAY_S} BETWEEN $since AND $until
    AND NOT list_contains($not_reports, f.genre)
ORDER BY day, m.article_id
"""
_PRESENT = "SELECT story_id FROM store.story_members WHERE article_id = $article_id"
_OTHERS = """
SELECT count(*) FILTER (article_id <> $article_id AND copy_of IS DISTINCT FROM $article_id),
    list(article_id) FILTER (article_id = $article_id OR copy_of = $article_id)
FROM store.story_members WHERE story_id = $story_id
"""
_AGES = "SELECT story_id FROM store.stories WHERE story_id IN ($one, $other) ORDER BY creation_order"
_TAKEN = "SELECT report_id, article_id FROM store.document_comparisons WHERE report_id IS NOT NULL"
_COMPARISONS = pa.schema(
    [
        ("article_id", pa.int64()),
        ("compared_until", pa.int64()),
        ("report_id", pa.int64()),
        ("reason", pa.string()),
    ]
)
_SAVE = """
INSERT OR REPLACE INTO store.document_comparisons (article_id, compared_until, report_id, reason)
SELECT article_id, compared_until, report_id, reason FROM compared
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An article as it was read, with its place: `power` is that of a document's authority."""

    text: ReadText
    story_id: int
    position: int
    first_seen_at: Any
    power: str = ""
    is_new: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    document: _Read
    report: _Read
    shown: Evidence


def join_documents(con: duckdb.DuckDBPyConnection) -> int:
    """Compares new documents with all reports near their day, and new reports with older documents.

    Returns how many documents were found reported.
    """
    ((last, latest),) = con.execute(_LAST).fetchall()
    if latest is None or latest <= last:
        return 0
    gazetteer, constraints = load_gazetteer(), load_constraints(con)
    documents = _documents(con, gazetteer, last)
    joined = 0
    for start in range(0, len(documents), _DOCUMENTS_AT_ONCE):
        chunk = documents[start : start + _DOCUMENTS_AT_ONCE]
        reports = _reports(con, gazetteer, chunk, last)
        taken = dict(con.execute(_TAKEN).fetchall())
        found = _first_reports(chunk, reports, taken, last)
        with transaction(con):
            for one in found.values():
                _join(con, one, constraints)
            _save(con, chunk, found, latest)
        joined += len(found)
    return joined


def _documents(con: duckdb.DuckDBPyConnection, gazetteer: Gazetteer, last: int) -> list[_Read]:
    (recent,) = con.execute(_NEW_SINCE, {"last": last}).fetchone() or (None,)
    parameters = {
        "last": last,
        "recent": recent,
        "genres": list(_DOCUMENT_GENRES),
        "kinds": sorted(AUTHORITIES),
    }
    rows = con.execute(_DOCUMENTS, parameters).to_arrow_table().to_pylist()
    return [
        _read(
            row,
            row["text"] or row["opening"],
            gazetteer,
            power_of(row["url"], row["publisher"], gazetteer, row["region"]),
        )
        for row in rows
        if is_primary_document(row["title"], row["url"], row["publisher"], row["kind"], row["feed_url"])
    ]


def _reports(
    con: duckdb.DuckDBPyConnection, gazetteer: Gazetteer, documents: Sequence[_Read], last: int
) -> list[_Read]:
    """The texts that may report one of these documents, by day."""
    days = [one.text.day for one in documents]
    parameters = {
        "since": min(days) - CITED_DAYS,
        "until": max(days) + CITED_DAYS,
        "after": -1 if any(one.is_new for one in documents) else last,
        "not_reports": list(_NO_REPORTS),
    }
    rows = con.execute(_REPORTS, parameters).to_arrow_table().to_pylist()
    return [_read(row, row["opening"][:_REPORT_CHARS], gazetteer) for row in rows]


def _read(row: dict[str, Any], text: str, gazetteer: Gazetteer, power: str = "") -> _Read:
    return _Read(
        text=ReadText(
            article_id=row["article_id"],
            publisher=row["publisher"],
            title=row["title"],
            text=text,
            url=row["url"],
            day=row["day"],
            gazetteer=gazetteer,
        ),
        story_id=row["story_id"],
        position=row["position"],
        first_seen_at=row["first_seen_at"],
        power=power,
        is_new=row.get("is_new", True),
    )


def _first_reports(
    documents: Sequence[_Read], reports: Sequence[_Read], taken: dict[int, int], last: int
) -> dict[int, _Found]:
    """The first report of each document that has one, by the document's id.

    A text reports one document, of two rounds of a list the one whose numbers or day it has.
    """
    pairs = [
        _Found(document=document, report=report, shown=shown)
        for document in documents
        for report in _near(document, reports, last)
        if taken.get(report.text.article_id, document.text.article_id) == document.text.article_id
        and (shown := evidence(document.text, report.text, document.power))
    ]
    best: dict[int, tuple[Any, ...]] = {}
    for pair in pairs:
        id_ = pair.report.text.article_id
        best[id_] = max(best.get(id_, _likeness(pair)), _likeness(pair))
    found: dict[int, _Found] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.report.position, pair.document.position)):
        if _likeness(pair) == best[pair.report.text.article_id]:
            found.setdefault(pair.document.text.article_id, pair)
    return found


def _near(document: _Read, reports: Sequence[_Read], last: int) -> Iterator[_Read]:
    day = document.text.day
    start = bisect_left(reports, day - CITED_DAYS, key=lambda one: one.text.day)
    end = bisect_right(reports, day + CITED_DAYS, key=lambda one: one.text.day)
    return (one for one in reports[start:end] if document.is_new or one.position > last)


def _likeness(pair: _Found) -> tuple[bool, bool, bool, float]:
    """Equal for two documents of one day: one announcement may be printed as two rules."""
    return (
        pair.shown.address,
        bool(pair.shown.number),
        number_agrees(pair.document.text, pair.report.text),
        -abs(round(pair.shown.days, 1)),
    )


def _join(con: duckdb.DuckDBPyConnection, found: _Found, constraints: Constraints) -> None:
    """Brings a document into the story of its report; a story of the document alone becomes part of it."""
    document = found.document.text.article_id
    (ours,), (theirs,) = (
        con.execute(_PRESENT, {"article_id": one}).fetchone() or (0,)
        for one in (document, found.report.text.article_id)
    )
    if ours == theirs or constraints.keep_apart(ours, theirs) or not constraints.allows(document, theirs):
        return
    others, copies = con.execute(_OTHERS, {"article_id": document, "story_id": ours}).fetchone() or (0, [])
    gone, kept = ours, theirs
    if not others:  # the older id stays
        kept, gone = (row[0] for row in con.execute(_AGES, {"one": ours, "other": theirs}).fetchall())
    seen = max(found.document.first_seen_at, found.report.first_seen_at)
    change = Change(
        event="split" if others else "merged",
        story_id=gone,
        other_story_id=kept,
        at=from_db(seen),
        reason=f"a text reports the document: {found.shown.in_words}",
        article_id=document,
    )
    record_change(con, change, copies if others else None)
    if not others:
        constraints.record_merge(gone, kept)


def _save(
    con: duckdb.DuckDBPyConnection, documents: Sequence[_Read], found: dict[int, _Found], latest: int
) -> None:
    rows = []
    for one in documents:
        reported = found.get(one.text.article_id)
        rows.append(
            {
                "article_id": one.text.article_id,
                "compared_until": latest,
                "report_id": reported.report.text.article_id if reported else None,
                "reason": reported.shown.in_words if reported else None,
            }
        )
    con.register("compared", rows_table(rows, _COMPARISONS))
    con.execute(_SAVE)
    con.unregister("compared")
