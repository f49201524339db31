"""`watchfloor send`: an issue by e-mail and to chat, to each recipient once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, present, read_settings, stop
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.steps import SendReport
    from reports.week import Week


@app.command()
def send(
    week: Annotated[str | None, typer.Option(help="ISO week, as 2026-W33; without it the last complete one.")] = None,
    to: Annotated[
        list[str] | None, typer.Option(help="Send by e-mail to this address alone; may be given again.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go to whom, and send nothing.")] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send also what may have been sent before, or was refused for good.")
    ] = False,
    corrected: Annotated[
        bool, typer.Option("--corrected", help="Send an issue made anew to those who have an earlier edition.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send the issue of a week by e-mail and to chat; who has it already gets nothing. Exit code 1 if any needs a look."""
    from reports.week import Week

    now = present()
    try:
        chosen: Week = Week.parse(week) if week else Week.last_complete(now)
    except ValueError as error:
        stop(f"--week: {error}.", Exit.USAGE)

    def run() -> SendReport:
        from flows import steps

        return steps.send(
            read_settings(), chosen, now, to=to or (), dry_run=dry_run, resend=resend, corrected=corrected
        )

    report = attempt(run)
    show_json(report) if as_json else _show(report)
    _exit_for(report)


def _show(report: SendReport) -> None:
    show(f"Issue {report.week}, edition {report.edition}: {report.subject}")
    for one in report.sendings:
        why = f"  {one.detail}" if one.detail else ""
        show(f"  {one.outcome.replace('_', ' '):14} {one.channel:6} {one.recipient}{why}")


def _exit_for(report: SendReport) -> None:
    from reports.send.deliver import Outcome

    if not report.sendings:
        stop("no recipient is set: see WATCHFLOOR_MAIL_RECIPIENTS and WATCHFLOOR_APPRISE_URLS.", Exit.USAGE)
    if perhaps := report.having(Outcome.PERHAPS_SENT):
        stop(
            f"{len(perhaps)} may have been sent, or not: a run or a connection ended before the answer. Ask them; "
            "--resend sends again, under the same Message-ID.",
            Exit.PROBLEMS,
        )
    if refused := report.having(Outcome.REFUSED):
        stop(f"{len(refused)} refused for good. Mend what the server names, then --resend.", Exit.PROBLEMS)
    if failed := report.having(Outcome.FAILED):
        stop(f"{len(failed)} not sent for now. Run it again later.", Exit.TRY_AGAIN)
