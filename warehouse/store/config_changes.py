"""Records changes of the configuration that affect counts: the model, the classification, the feed list."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

import duckdb

from sources.model import Source, stable_id
from warehouse.store.db import from_db, to_db

_NAMED = 5  # feeds named in the detail of a change; source_ids has all of them
_LAST = """
SELECT value_after, source_ids FROM store.config_changes
WHERE kind = $kind ORDER BY changed_at DESC, change_id DESC LIMIT 1
"""
_SAVE = """
INSERT INTO store.config_changes (change_id, changed_at, kind, value_before, value_after, detail, source_ids)
VALUES ($change_id, $changed_at, $kind, $before, $after, $detail, $source_ids)
"""


def note_catalog(con: duckdb.DuckDBPyConnection, sources: Iterable[Source], now: datetime) -> bool:
    """Records the feed list if its feeds or addresses differ from the last one; returns whether it did."""
    feeds = sorted({source.id: f"{source.id} {source.shown_url}" for source in sources}.items())
    checksum = hashlib.sha256("\n".join(line for _, line in feeds).encode()).hexdigest()
    return _note(con, "catalog", f"{len(feeds)} feeds, {checksum[:8]}", now, [feed for feed, _ in feeds])


def note_value(con: duckdb.DuckDBPyConnection, kind: str, value: str, now: datetime) -> bool:
    """Records the version of the model or classification if it differs from the last; returns whether."""
    return _note(con, kind, value, now, [])


_BREAKS = (
    "SELECT changed_at, detail FROM config_changes WHERE is_break AND changed_at <= $as_of "
    "ORDER BY changed_at, change_id"
)


def breaks_by(con: duckdb.DuckDBPyConnection, as_of: datetime) -> list[tuple[datetime, str]]:
    """Returns the changes by `as_of` that are marked in the charts: time (aware UTC) and detail."""
    rows = con.execute(_BREAKS, {"as_of": to_db(as_of)}).fetchall()
    return [(from_db(moment), detail) for moment, detail in rows]


def _note(con: duckdb.DuckDBPyConnection, kind: str, value: str, now: datetime, members: list[str]) -> bool:
    row = con.execute(_LAST, {"kind": kind}).fetchone()
    before, known = row if row else (None, [])
    if before == value:
        return False
    con.execute(
        _SAVE,
        {
            "change_id": stable_id("config", kind, value, now.isoformat()),
            "changed_at": to_db(now),
            "kind": kind,
            "before": before,
            "after": value,
            "detail": _detail(kind, value, known, members) if before else "first entry",
            "source_ids": members,
        },
    )
    return True


def _detail(kind: str, value: str, before: Collection[str], after: Collection[str]) -> str:
    if kind != "catalog":
        return f"another {kind}: {value}"
    came, went = sorted(set(after) - set(before)), sorted(set(before) - set(after))
    parts = [f"{_named(ids)} {verb}" for ids, verb in ((came, "added"), (went, "removed")) if ids]
    return "; ".join(parts) or "addresses changed"


def _named(ids: list[str]) -> str:
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
