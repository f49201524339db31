"""The step that tells: the digest of a week, built, written and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from reports.digest import build_digest
from reports.ledger import is_collected, make_claims
from reports.model import Digest
from reports.render import DigestFiles, to_json, write_digest
from reports.week import Week
from sources.model import stable_id
from warehouse.claims import save_claims
from warehouse.db import open_warehouse
from warehouse.digests import DigestRecord, save_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport:
    """One issue: its digest, and the files it was written to."""

    digest: Digest
    files: DigestFiles


def digest(settings: Settings, week: Week, now: datetime, out_dir: Path | None = None) -> DigestReport:
    """Builds the digest of `week` from all that was seen by `now` and writes it as HTML, Markdown and JSON."""
    with open_warehouse(settings.warehouse_path) as con:
        built = build_digest(con, week, now)
        files = write_digest(built, out_dir or settings.digests_dir)
        save_claims(con, make_claims(con, week, built.watermark, is_over=is_collected(week, now, built.watermark)))
        save_digest(
            con,
            DigestRecord(
                week=str(week),
                watermark=built.watermark,
                article_count=built.corpus.articles,
                story_count=built.corpus.stories,
                content_hash=stable_id(to_json(built)),
            ),
            now,
        )
    return DigestReport(digest=built, files=files)
