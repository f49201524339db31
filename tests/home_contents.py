"""What a home holds after a run: the rows of every table and the bytes of every issue."""

from __future__ import annotations

from flows.settings import Settings
from warehouse.store.db import open_read_only

# Everything the pipeline stores, but for what tells how a run went (times, the
# server's port), not what it found.
TABLES = {
    "articles": "* EXCLUDE (updated_at)",
    "vectors": "*",
    "classifications": "*",
    "article_desks": "*",
    "extractions": "*",
    "article_topics": "*",
    "article_themes": "*",
    "article_facets": "*",
    "article_entities": "*",
    "article_instruments": "*",
    "article_dates": "*",
    "story_members": "*",
    "stories": "*",
    "article_terms": "*",
    "story_changes": "*",
    "story_moves": "*",
    "story_summaries": "*",
    "story_sentences": "*",
    "embedding_models": "*",
    # A server at another port is asked without validators: what was "not modified"
    # comes again as "unchanged".
    "fetches": "* EXCLUDE (elapsed_s, message, was_conditional, http_status) "
    "REPLACE (CASE outcome WHEN 'not_modified' THEN 'unchanged' ELSE outcome END AS outcome)",
    "feed_states": "* EXCLUDE (catalog_url, etag)",
    "issues": "*",
    "issue_desks": "*",
    "trend_tests": "*",
}


def contents(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    with open_read_only(settings.warehouse_path) as con:
        return {
            name: con.execute(f"SELECT {what} FROM store.{name} ORDER BY ALL").fetchall()
            for name, what in TABLES.items()
        }


def issue_bytes(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(settings.digests_dir.iterdir()) if path.is_file()}
