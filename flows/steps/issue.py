"""The steps that tell: the digest of a week, built, written and recorded; and an issue held against the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from flows.steps.looking import open_to_look
from reports.digest.build import build_digest, make_issue
from reports.digest.digest import Digest
from reports.digest.record import to_json
from reports.digest.verify import Finding, verify_file
from reports.digest.write import DigestFiles, write_digest
from reports.week import Week
from sources.model import stable_id
from warehouse.store.db import open_read_only, open_warehouse
from warehouse.store.issues import IssueRecord, issue_hash, save_issue
from warehouse.store.trend_tests import save_trend_tests

REBUILT = "as-of"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport:
    """One issue: its digest, and the files it was written to."""

    digest: Digest
    files: DigestFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltReport:
    """An old issue made again; `same` as it was when last made, None if none with its cut-off is on record."""

    digest: Digest
    files: DigestFiles
    same: bool | None


def digest(settings: Settings, week: Week, now: datetime, out_dir: Path | None = None) -> DigestReport:
    """Builds the digest of `week` from all that was seen by `now`, writes it in all its forms and enters it in the ledger."""
    with open_warehouse(settings.warehouse_path) as con:
        issue = make_issue(con, week, now)
        files = write_digest(issue.digest, out_dir or settings.digests_dir)
        save_trend_tests(con, issue.trend_tests)
        save_issue(con, _record(issue.digest), now)
    return DigestReport(digest=issue.digest, files=files)


def rebuild_digest(settings: Settings, week: Week, as_of: datetime, out_dir: Path | None = None) -> RebuiltReport:
    """Makes the issue of `week` as of a moment again, in a folder of its own, and says whether it is what it was."""
    with open_warehouse(settings.warehouse_path) as con:
        built = build_digest(con, week, as_of)
        folder = settings.digests_dir / REBUILT / f"{built.watermark:%Y%m%dT%H%M%SZ}"
        files = write_digest(built, out_dir or folder)
        recorded = issue_hash(con, str(week), built.watermark)
    return RebuiltReport(
        digest=built, files=files, same=None if recorded is None else recorded == _record(built).content_hash
    )


def verify(settings: Settings, file: Path, on: Path | None = None) -> list[Finding]:
    """What of an issue's file does not stand in the warehouse, or in the snapshot `on`."""
    with open_read_only(on) if on else open_to_look(settings) as con:
        return verify_file(con, file)


def _record(built: Digest) -> IssueRecord:
    return IssueRecord(
        week=str(built.week),
        watermark=built.watermark,
        articles=built.corpus.articles,
        stories=built.corpus.stories,
        desks={section.desk: section.stories for section in built.sections},
        content_hash=stable_id(to_json(built)),
    )
