"""`watchfloor digest` and `verify`: write the issue of a week, make an old one again, hold one against the warehouse."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, present, read_settings, stop
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.steps.issue import DigestReport, RebuiltReport
    from reports.digest.verify import Finding
    from reports.week import Week

SHOWN_FINDINGS = 20


@app.command()
def digest(
    week: Annotated[str | None, typer.Option(help="ISO week, as 2026-W33; without it the last complete one.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Make an old issue again from what had been seen by this moment (ISO 8601), beside the present one."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the issue; without it HOME/digests.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the digest of a week: page, Markdown, JSON, mail, CSV appendix and calendar."""
    from reports.week import Week

    now = present()
    moment = _moment(as_of) if as_of else now
    try:
        chosen: Week = Week.parse(week) if week else Week.last_complete(moment)
    except ValueError as error:
        stop(f"--week: {error}.", Exit.USAGE)
    if chosen.start > moment:
        stop(f"--week: {chosen} has not begun by {moment:%Y-%m-%d %H:%M} UTC.", Exit.USAGE)

    def run() -> DigestReport | RebuiltReport:
        from flows import pipeline
        from flows.steps.issue import rebuild_digest

        if as_of:
            return rebuild_digest(read_settings(), chosen, moment, out)
        return pipeline.by_hand(pipeline.digest(read_settings(), chosen, now, out, force=True))

    report = attempt(run)
    show_json(digest_summary(report)) if as_json else show_digest(report)


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(help="The issue in any form; its JSON must lie beside it, except for the page.")
    ],
    on: Annotated[
        Path | None,
        typer.Option(help="The file to check against, a published snapshot say; else HOME/warehouse.duckdb."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that each sentence, number, date and link of an issue stands where it was taken from."""
    from reports.digest.verify import UnreadableIssueError

    def run() -> list[Finding]:
        from flows.steps.issue import verify

        return verify(read_settings(), file, on)

    try:
        findings = attempt(run)
    except UnreadableIssueError as error:
        stop(str(error), Exit.USAGE)
    if as_json:
        show_json({"file": file, "stands": not findings, "findings": findings})
    else:
        for finding in findings[:SHOWN_FINDINGS]:
            show(f"BAD  {finding.where}\n     says   {finding.said}\n     stands {finding.instead}")
        if not findings:
            show(f"{file}: every sentence, number, date and link stands.")
    if findings:
        stop(f"{file}: {len(findings)} thing(s) do not stand.", Exit.PROBLEMS)


def show_digest(report: DigestReport | RebuiltReport) -> None:
    """Says what is in an issue, and where it lies."""
    from flows.steps.issue import RebuiltReport

    corpus = report.digest.corpus
    counts = ", ".join(f"{section.stories} {section.desk}" for section in report.digest.sections)
    show(
        f"Digest of {report.digest.week}: {corpus.stories} stories ({counts}) from {corpus.articles} articles of "
        f"{corpus.publishers} publishers"
    )
    show(f"  HTML      {report.files.html}")
    show(f"  Markdown  {report.files.markdown}")
    if isinstance(report, RebuiltReport):
        show(f"  {_SAME[report.same]}")


def digest_summary(report: DigestReport | RebuiltReport) -> dict[str, object]:
    """An issue for a program: its week, cut-off and counts, and its files."""
    from flows.steps.issue import RebuiltReport

    return {
        "week": str(report.digest.week),
        "watermark": report.digest.watermark,
        "corpus": report.digest.corpus,
        "stories": {section.desk: section.stories for section in report.digest.sections},
        **asdict(report.files),
        **({"same_as_recorded": report.same} if isinstance(report, RebuiltReport) else {}),
    }


_SAME = {
    True: "It is what it was when it was made.",
    False: "It is not what it was when it was made: an article's text or the configuration has changed since.",
    None: "No issue with this cut-off is on record.",
}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        stop(f"--as-of: {text!r} is no ISO 8601 moment; write it as 2026-08-17T06:00Z.", Exit.USAGE)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
