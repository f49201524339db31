"""The commands of researchers: SQL on the published snapshot, and what its views mean."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, read_settings, stop
from flows.cli.console import complain, show, show_json

if TYPE_CHECKING:
    from flows.table_formats import Form


@app.command("sql")
def run_sql(
    query: Annotated[str | None, typer.Argument(help="One SELECT, in quotes.")] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", help="File with the query; - for standard input.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="table, csv, json, markdown or parquet; else by the name of --out, else table."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; without it the rows are printed.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Most rows of a table; the other forms have all.")] = 100,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds after which the query is stopped.")] = 60,
    memory_mb: Annotated[int, typer.Option(min=100, help="Megabytes the query may take.")] = 2_000,
    on: Annotated[
        Path | None, typer.Option(help="Another snapshot than HOME/snapshot.duckdb, an older one say.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the plan of the query instead of running it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the published snapshot in SQL: read-only, no file or network in reach, bounded in time and memory."""
    if (query is None) == (file is None):
        stop('give one query: watchfloor sql "SELECT ..." or watchfloor sql -f FILE.', Exit.USAGE)
    sql = attempt(lambda: query if query is not None else _read(file))
    chosen = _form("json" if as_json else form, out)

    def run() -> int | None:
        from flows.steps import research
        from warehouse.snapshot.sql import Limits

        limits = Limits(timeout_s=timeout, memory_mb=memory_mb)
        if explain:
            plan = research.plan(read_settings(), sql or "", on=on, limits=limits)
            show_json({"plan": plan}) if as_json else show(plan)
            return None
        try:
            return research.ask(read_settings(), sql or "", chosen, out or sys.stdout, on=on, limits=limits, most=rows)
        except BrokenPipeError:  # whoever reads, `head` say, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None

    shown = attempt(run)
    if shown is not None:
        complain(f"watchfloor: only the first {shown} rows are shown; --rows N shows more, --format csv all.")


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="File to write; without it the page is printed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the data dictionary: every public view, column and macro, and what it means."""

    def run() -> str:
        from warehouse.snapshot.data_dictionary import data_dictionary

        page = data_dictionary()
        if out:
            out.write_text(page, "utf-8")
        return page

    page = attempt(run)
    if as_json:
        show_json({"markdown": page})
    else:
        show(f"Wrote {out}" if out else page.rstrip())


def _read(file: Path | None) -> str:
    return sys.stdin.read() if file is None or str(file) == "-" else file.read_text("utf-8")


def _form(given: str | None, out: Path | None) -> Form:
    from flows.table_formats import SUFFIXES, Form

    forms = [form.value for form in Form]
    if given is not None and given not in forms:
        stop(f"--format: {given!r} is none of {', '.join(forms)}.", Exit.USAGE)
    form = Form(given) if given else SUFFIXES.get(out.suffix.lower(), Form.TABLE) if out else Form.TABLE
    if form is Form.PARQUET and out is None:
        stop("--format parquet needs a file: --out FILE.", Exit.USAGE)
    return form
