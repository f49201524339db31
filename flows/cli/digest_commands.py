"""The commands about issues: `digest` writes one, `verify` checks it, `send` sends it, `site` shows them."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.alert_commands import watched
from flows.cli.app import (
    AsJson,
    Exit,
    app,
    exit_on_error,
    given_path,
    open_current,
    parse_begun_week,
    parse_moment,
    parse_week,
    present,
    read_settings,
    stop,
)
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.pipeline import DigestReport, RebuiltReport
    from flows.sending import SendReport

SHOWN_FINDINGS = 20
WeekOption = Annotated[
    str | None, typer.Option("--week", help="ISO week, as 2026-W33; without it the last complete one.")
]


@app.command()
def digest(
    week: WeekOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Make an old issue again from what had been seen by this moment (ISO 8601), beside the "
            "present one."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(parser=given_path, help="Folder for the issue; without it HOME/digests.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the digest of a week: page, Markdown, JSON, mail, CSV appendix and calendar.

    Exit code 1 if nothing was collected for the week.
    """
    moment = parse_moment("--as-of", as_of) if as_of else present()
    chosen = parse_begun_week(week, moment)
    report: DigestReport | RebuiltReport
    with exit_on_error():
        from flows import pipeline
        from flows.jobs import not_skipped

        if as_of:
            report = pipeline.rebuild_issue(read_settings(), chosen, moment, out)
        else:
            report = not_skipped(pipeline.digest(read_settings(), chosen, moment, out, force=True))
    show_json(digest_summary(report)) if as_json else show_digest(report)
    if not report.digest.corpus.collected:
        stop(
            f"nothing was collected for {chosen}, so its issue is empty. `watchfloor ingest` collects.",
            Exit.PROBLEMS,
        )


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(
            parser=given_path, help="The issue in any form; its JSON must lie beside it, except for the page."
        ),
    ],
    on: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            help="The file to check against, a published snapshot say; else HOME/warehouse.duckdb.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check each sentence, number, date and link of an issue against the warehouse."""
    from reports.digest.verify import UnreadableIssueError, verify_file

    try:
        with exit_on_error():
            from warehouse.store.db import open_read_only

            with open_read_only(on, any_schema=True) if on else open_current(read_settings()) as con:
                findings = verify_file(con, file)
    except UnreadableIssueError as error:
        stop(str(error), Exit.USAGE)
    if as_json:
        show_json({"file": file, "stands": not findings, "findings": findings})
    else:
        for finding in findings[:SHOWN_FINDINGS]:
            show(f"BAD  {finding.where}\n     issue  {finding.said}\n     source {finding.instead}")
        if not findings:
            show(f"{file}: every sentence, number, date and link is confirmed.")
    if findings:
        stop(f"{file}: {len(findings)} thing(s) are not confirmed.", Exit.PROBLEMS)


@app.command()
def send(
    week: WeekOption = None,
    to: Annotated[
        list[str] | None, typer.Option(help="Send by e-mail only to this address; may be repeated.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go to whom, and send nothing.")
    ] = False,
    resend: Annotated[
        bool,
        typer.Option("--resend", help="Send also what may have been sent before, or was refused for good."),
    ] = False,
    corrected: Annotated[
        bool,
        typer.Option("--corrected", help="Send an issue made again to those who have an earlier edition."),
    ] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="Send also an issue for whose week nothing was collected.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send the issue of a week by e-mail and to chat, to each recipient once.

    Exit code 1 if any delivery needs a person.
    """
    now = present()
    chosen = parse_week(week, now)
    with nullcontext() if dry_run else watched("send"):
        with exit_on_error():
            from flows import sending

            report = sending.send(
                read_settings(),
                chosen,
                now,
                to=to or (),
                dry_run=dry_run,
                resend=resend,
                corrected=corrected,
                empty=empty,
            )
        show_json(report) if as_json else _show_sent(report)
        _exit_for(report)


@app.command()
def site(
    out: Annotated[
        Path | None, typer.Option(parser=given_path, help="Folder of the site; without it HOME/site.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the static site from the snapshot and the issues: files for a web server or a shared disk."""
    with exit_on_error():
        from flows import pipeline

        report = pipeline.site(read_settings(), out.absolute() if out else None)
    if as_json:
        show_json(report)
        return
    show(
        f"Site of {report.issues} issues and {report.stories:,} stories: {report.written:,} files written, "
        f"{report.kept:,} unchanged"
    )
    if report.gone:
        show(f"  {report.gone:,} pages say that what they showed is no longer on topic")
    show(f"  {report.out}/index.html")


def show_digest(report: DigestReport | RebuiltReport) -> None:
    """Prints what is in an issue, and where it is."""
    from flows.pipeline import RebuiltReport

    corpus = report.digest.corpus
    counts = ", ".join(f"{section.stories} {section.desk}" for section in report.digest.sections)
    show(
        f"Digest of {report.digest.week}: {corpus.stories} stories ({counts}) from {corpus.articles} "
        f"articles of {corpus.publishers} publishers"
    )
    show(f"  HTML      {report.files.html}")
    show(f"  Markdown  {report.files.markdown}")
    if isinstance(report, RebuiltReport):
        show(f"  {_SAME[report.same]}")


def digest_summary(report: DigestReport | RebuiltReport) -> dict[str, object]:
    """Returns an issue for a program: its week, cut-off, counts and files."""
    from flows.pipeline import RebuiltReport

    return {
        "week": str(report.digest.week),
        "watermark": report.digest.watermark,
        "corpus": report.digest.corpus,
        "stories": {section.desk: section.stories for section in report.digest.sections},
        **asdict(report.files),
        **({"same_as_recorded": report.same} if isinstance(report, RebuiltReport) else {}),
    }


_SAME = {
    True: "It is the same as when it was made.",
    False: "It differs from what was made then: an article's text or the configuration has changed since.",
    None: "No issue with this cut-off is on record.",
}


def _show_sent(report: SendReport) -> None:
    show(f"Issue {report.week}, edition {report.edition}: {report.subject}")
    for one in report.deliveries:
        why = f"  {one.detail}" if one.detail else ""
        show(f"  {one.outcome.replace('_', ' '):14} {one.channel:6} {one.recipient}{why}")


def _exit_for(report: SendReport) -> None:
    from reports.send.deliver import Outcome

    if not report.deliveries:
        stop("no recipient is set: see WATCHFLOOR_MAIL_RECIPIENTS and WATCHFLOOR_APPRISE_URLS.", Exit.USAGE)
    if perhaps := report.having(Outcome.PERHAPS_SENT):
        stop(
            f"{len(perhaps)} may have been sent, or not: a run or a connection ended before the answer. Ask "
            "them; --resend sends again, under the same Message-ID.",
            Exit.PROBLEMS,
        )
    if refused := report.having(Outcome.REFUSED):
        stop(f"{len(refused)} refused for good. Mend what the server names, then --resend.", Exit.PROBLEMS)
    if failed := report.having(Outcome.FAILED):
        stop(f"{len(failed)} not sent for now. Run it again later.", Exit.TRY_AGAIN)
