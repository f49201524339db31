"""The commands about issues: `digest` writes and explains, `verify` checks, `send` sends, `site` shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.alert_commands import watched
from flows.cli.app import (
    AsJson,
    Exit,
    app,
    check_choice,
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
    from reports.digest.candidates import Candidate
    from reports.digest.recall import Recall, WeekSample

SHOWN_FINDINGS = 20
WeekOption = Annotated[
    str | None, typer.Option("--week", help="ISO week, as 2026-W33; without it the last complete one.")
]


digest_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
app.add_typer(digest_app, name="digest")


@digest_app.callback()
def digest(
    context: typer.Context,
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

    Exit code 1 if nothing was collected for the week. `explain` and `audit` write nothing.
    """
    if context.invoked_subcommand:
        if week or as_of or out or as_json:
            stop(f"write the options after `digest {context.invoked_subcommand}`.", Exit.USAGE)
        return
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


@digest_app.command()
def explain(
    week: WeekOption = None,
    desk: Annotated[str | None, typer.Option(help="Only the candidates of one desk.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="As the issue with this cut-off (ISO 8601) had it; else from everything seen."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain what became of each candidate of a week: where the issue tells it, or why not.

    Candidates are the counted stories, those perhaps on topic, and what is on topic but never counted.
    """
    moment = parse_moment("--as-of", as_of) if as_of else present()
    chosen = parse_begun_week(week, moment)
    with exit_on_error():
        from reports.digest import candidates
        from reports.digest.build import issue_context
        from warehouse.classify.taxonomy import load_taxonomy

        check_choice("--desk", desk, load_taxonomy().desks)
        with open_current(read_settings()) as con, issue_context(con, chosen, moment) as issue:
            cut_off, found = issue.as_of, candidates.explain(issue)
    found = tuple(one for one in found if desk in (None, one.desk))
    if as_json:
        show_json({"week": str(chosen), "as_of": cut_off, "candidates": found})
    else:
        show(f"{chosen} as known at {cut_off:%Y-%m-%d %H:%M} UTC: {len(found)} candidates")
        _show_candidates(found)


@digest_app.command()
def audit(week: WeekOption = None, as_json: AsJson = False) -> None:
    """Show the texts of a week drawn for a ruling, and the recall that all rulings lead to.

    They are texts that were filed off topic, as in the week's issue. Rule on each of them by
    `watchfloor article set-desk`; off_topic confirms.
    """
    chosen = parse_week(week, present())
    with exit_on_error():
        from reports.digest.recall import estimate, read_samples, sampled_ids
        from warehouse.queries.off_topic_sample import rulings

        settings = read_settings()
        samples = {one.week: one for one in read_samples(settings.digests_dir)}
        with open_current(settings) as con:
            ruled = rulings(con, sampled_ids(samples.values()))
    sample = samples.get(str(chosen))
    if sample is None and week:
        stop(
            f"{chosen} has no issue with a sample. `watchfloor digest --week {chosen}` writes one.",
            Exit.PROBLEMS,
        )
    recall = estimate(list(samples.values()), ruled)
    if as_json:
        texts = sample.sample.texts if sample else ()
        show_json(
            {
                "week": str(chosen),
                "sample": [{**asdict(one), "ruling": ruled.get(one.article_id)} for one in texts],
                "recall": recall,
                "too_few_rulings": not recall.is_telling,
            }
        )
        return
    if sample:
        _show_sample(sample, ruled)
    _show_recall(recall)


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


def _show_candidates(found: Iterable[Candidate]) -> None:
    for standing, group in groupby(found, key=lambda one: one.standing):
        show(f"\n{standing.capitalize()}")
        for one in group:
            more = f" and {len(one.publishers) - 1} more" if len(one.publishers) > 1 else ""
            show(f"  {one.title} ({one.publishers[0]}{more})\n    {one.url or 'no link'}")
            show(
                f"    {one.desk}, on topic {one.on_topic:.2f}, importance {one.importance:.2f}; {one.why}; "
                f"story {one.story_id}"
            )


def _show_sample(sample: WeekSample, ruled: Mapping[int, str]) -> None:
    texts = sample.sample.texts
    show(f"{sample.week}: {len(texts)} of {sample.sample.off_topic:,} texts that were filed off topic\n")
    for one in texts:
        show(f"  {one.title} ({one.outlet})\n    {one.url or 'no link'}")
        ruling = ruled.get(one.article_id)
        show(
            f"    ruled {ruling}"
            if ruling
            else f"    watchfloor article set-desk {one.article_id} --desk off_topic"
        )
    show("\nRule by these commands, with the right desk instead of off_topic where there is one.\n")


def _show_recall(recall: Recall) -> None:
    from reports.digest.recall import audit_line

    if recall.weeks:
        show(f"Weeks ruled completely: {', '.join(recall.weeks)}")
    show(audit_line(recall))


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
