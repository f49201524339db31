"""The command that exports a part of the snapshot for others to cite and reuse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, read_settings, stop
from flows.cli.console import show, show_json
from flows.cli.search_commands import DESKS

if TYPE_CHECKING:
    from flows.steps.export import ExportReport

FORMS = ("parquet", "csv", "jsonl")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not be there yet.")],
    since: Annotated[str | None, typer.Option(help="First day of publication, as 2026-06-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day of publication.")] = None,
    desk: Annotated[str | None, typer.Option(help="Only this desk: export_controls, arms_race, regulation.")] = None,
    form: Annotated[str, typer.Option("--format", help="parquet, csv or jsonl.")] = "parquet",
    on: Annotated[
        Path | None, typer.Option(help="Another snapshot than HOME/snapshot.duckdb, an older one say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Export articles, stories, names and coverage with a datasheet, a citation and checksums; texts only where terms allow."""
    if form not in FORMS:
        stop(f"--format: {form!r} is none of {', '.join(FORMS)}.", Exit.USAGE)
    if desk is not None and desk not in DESKS:
        stop(f"--desk: {desk!r} is none of {', '.join(DESKS)}.", Exit.USAGE)
    first, last = _day("--since", since), _day("--until", until)

    def run() -> ExportReport:
        from flows.steps.export import export as write
        from warehouse.snapshot.export import ExportForm, Selection

        chosen = Selection(since=first, until=last, desk=desk)
        return write(read_settings(), chosen, ExportForm(form), folder, on=on)

    report = attempt(run)
    if as_json:
        show_json(report)
    else:
        show(f"Wrote {report.folder}: {report.rows['articles']:,} articles, {report.rows['stories']:,} stories")


def _day(option: str, given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        stop(f"{option}: {given!r} is no day; write it as 2026-08-17.", Exit.USAGE)
