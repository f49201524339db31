"""The stories perhaps on topic that have the desk of their thread."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True)
class InheritedDesk:
    """The desk that a story has of its thread, as its own texts do not say one surely enough."""

    thread_id: int
    desk: str


_INHERITED = """
SELECT story_id, thread_id, desk FROM inherited_desks_as_of($as_of)
WHERE story_id IN (SELECT unnest($ids::BIGINT[]))
"""


def inherited_desks(
    con: duckdb.DuckDBPyConnection, story_ids: Collection[int], as_of: datetime
) -> dict[int, InheritedDesk]:
    """Returns, by story, the desks inherited at `as_of` (aware UTC), of those of the stories that do."""
    rows = con.execute(_INHERITED, {"ids": sorted(story_ids), "as_of": to_db(as_of)}).fetchall()
    return {row[0]: InheritedDesk(*row[1:]) for row in rows}
