"""The commands of researchers, all on the published snapshot: SQL, search, export, and the schema."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import (
    AsJson,
    Exit,
    OnSnapshot,
    app,
    check_choice,
    exit_on_error,
    given_path,
    parse_day,
    read_settings,
    stop,
)
from flows.cli.console import complain, drop_output, show, show_json

if TYPE_CHECKING:
    from flows.cli.table_formats import Form
    from warehouse.search.hits import Hit
    from warehouse.search.searcher import Found

MODES = ("hybrid", "keyword", "semantic")
EXPORT_FORMS = ("parquet", "csv", "jsonl")
_BOLD = "\x1b[1m{}\x1b[0m"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SinceDay = Annotated[
    str | None, typer.Option("--since", help="Only since this day of publication, as 2026-08-17.")
]
UntilDay = Annotated[str | None, typer.Option("--until", help="Only up to this day.")]
Desk = Annotated[str | None, typer.Option("--desk", help="Only this desk.")]


@app.command("sql")
def run_sql(
    query: Annotated[str | None, typer.Argument(help="One SELECT, in quotes.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("-f", "--file", parser=given_path, help="File with the query; - for standard input."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="table, csv, json, markdown or parquet; else by the name of --out, else table."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(parser=given_path, help="File to write; without it the rows are printed.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Most rows of a table; the other forms have all.")] = 100,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds after which the query is stopped.")] = 60,
    memory_mb: Annotated[int, typer.Option(min=100, help="Megabytes the query may take.")] = 2_000,
    on: OnSnapshot = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the plan of the query instead of running it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Query the snapshot in SQL: read-only, without files or network, bounded in time and memory."""
    if (query is None) == (file is None):
        stop('give one query: watchfloor sql "SELECT ..." or watchfloor sql -f FILE.', Exit.USAGE)
    chosen = _form("json" if as_json else form, out)
    shown = None
    with exit_on_error():
        from flows.cli.table_formats import write_answer
        from warehouse.snapshot.sql import Limits, run_query

        sql = query if query is not None else _read(file)
        snapshot = on or read_settings().snapshot_path
        with run_query(
            snapshot, sql, Limits(timeout_s=timeout, memory_mb=memory_mb), explain=explain
        ) as answer:
            if explain:
                plan = "\n".join(
                    text for batch in answer for text in batch.column("explain_value").to_pylist()
                )
                show_json({"plan": plan}) if as_json else show(plan)
            else:
                try:
                    shown = write_answer(answer, chosen, out or sys.stdout, rows)
                except BrokenPipeError:  # the reader, `head` say, has read enough
                    drop_output()
    if shown is not None:
        complain(f"watchfloor: only the first {shown} rows are shown; --rows N shows more, --format csv all.")


@app.command()
def schema(
    out: Annotated[
        Path | None, typer.Option(parser=given_path, help="File to write; without it the page is printed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the data dictionary: every public view, column and macro, and what it means."""
    with exit_on_error():
        from warehouse.snapshot.data_dictionary import data_dictionary
        from warehouse.store.atomic_files import output_file

        page = data_dictionary()
        if out:
            with output_file(out) as fresh:
                fresh.write_text(page, "utf-8")
    if as_json:
        show_json({"markdown": page})
    else:
        show(f"Wrote {out}" if out else page.rstrip())


@app.command()
def search(
    words: Annotated[
        list[str],
        typer.Argument(
            help='What to look for: words, "a phrase", -not, title:, entity:, publisher:, source:, desk:, '
            "genre:, language:, "
            "since:, until:. Put the whole in single quotes; after -- it may begin with a hyphen."
        ),
    ],
    mode: Annotated[str, typer.Option(help="hybrid (words and meaning), keyword or semantic.")] = "hybrid",
    desk: Desk = None,
    since: SinceDay = None,
    until: UntilDay = None,
    publisher: Annotated[str | None, typer.Option(help="Only publishers with this in their name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most hits.")] = 10,
    on: OnSnapshot = None,
    as_json: AsJson = False,
) -> None:
    """Search the published snapshot by words and by meaning."""
    check_choice("--mode", mode, MODES)
    parse_day("--since", since)
    parse_day("--until", until)
    given = {"desk": desk, "since": since, "until": until, "publisher": publisher}
    with exit_on_error():
        from warehouse.classify.taxonomy import load_taxonomy
        from warehouse.embed.encoder import load_embedder
        from warehouse.search.query_syntax import Filter
        from warehouse.search.searcher import Mode, Searcher
        from warehouse.snapshot.api import open_snapshot

        check_choice("--desk", desk, load_taxonomy().labels)
        settings = read_settings()
        filters = [Filter(field=field, value=value) for field, value in given.items() if value]
        with open_snapshot(on or settings.snapshot_path) as snapshot:
            searcher = Searcher(snapshot.con, lambda: load_embedder(settings.embedding_model))
            found = searcher.search(" ".join(words), Mode(mode), limit, filters)
    if as_json:
        show_json(found)
        return
    for note in _notes(found):
        complain(f"watchfloor: {note}.")
    for number, hit in enumerate(found.hits, start=1):
        _show_hit(number, hit)
    if not found.hits:
        show("Nothing found.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(parser=given_path, help="Folder to make; it must not exist yet.")],
    since: SinceDay = None,
    until: UntilDay = None,
    desk: Desk = None,
    form: Annotated[str, typer.Option("--format", help="parquet, csv or jsonl.")] = "parquet",
    on: OnSnapshot = None,
    as_json: AsJson = False,
) -> None:
    """Export articles, stories, names and coverage with a datasheet, a citation and checksums.

    Texts are included only where their terms allow it.
    """
    check_choice("--format", form, EXPORT_FORMS)
    first, last = parse_day("--since", since), parse_day("--until", until)
    with exit_on_error():
        from sources.catalog import load_catalog
        from sources.clean.publishers import own_domains
        from warehouse.classify.taxonomy import load_taxonomy
        from warehouse.snapshot.export import ExportForm, Selection, export_bundle

        check_choice("--desk", desk, load_taxonomy().labels)
        settings = read_settings()
        redistributable = {
            source.id: own_domains(source)
            for source in load_catalog(settings.catalog_path)
            if source.redistribute
        }
        selection = Selection(since=first, until=last, desk=desk)
        snapshot = on or settings.snapshot_path
        report = export_bundle(snapshot, folder, selection, ExportForm(form), redistributable)
    if as_json:
        show_json(report)
    else:
        show(
            f"Wrote {report.folder}: {report.rows['articles']:,} articles, {report.rows['stories']:,} stories"
        )


def _notes(found: Found) -> list[str]:
    spelled = [
        f"also looked for {', '.join(near)} in place of {term}" for term, near in found.spellings.items()
    ]
    named = [f"also looked for {name} by its other names" for name in found.entities.values()]
    return [*spelled, *named, *found.notes]


def _show_hit(number: int, hit: Hit) -> None:
    day = (hit.published_at or hit.first_seen_at).date()
    show(f"{number:2}. {_plain(hit.marked_title)}")
    show(f"    {hit.publisher}, {day}, {hit.desk or 'not classified yet'}, story {hit.story_id or '-'}")
    source = "In its text: " if hit.snippet_from == "text" else ""
    for line in textwrap.wrap(_CONTROLS.sub(" ", source + hit.snippet), 110):
        show(f"    {_plain(line)}")
    show(f"    {hit.url or 'no address'}\n")


def _plain(text: str) -> str:
    """Returns the text without the control characters a terminal would obey; marked words are bold."""
    safe = _CONTROLS.sub(" ", text)
    return re.sub(r"\*\*(.+?)\*\*", lambda hit: _BOLD.format(hit[1]), safe) if sys.stdout.isatty() else safe


def _read(file: Path | None) -> str:
    return sys.stdin.read() if file is None or str(file) == "-" else file.read_text("utf-8")


def _form(given: str | None, out: Path | None) -> Form:
    from flows.cli.table_formats import SUFFIXES, Form

    forms = [form.value for form in Form]
    if given is not None and given not in forms:
        stop(f"--format: {given!r} is none of {', '.join(forms)}.", Exit.USAGE)
    form = Form(given) if given else SUFFIXES.get(out.suffix.lower(), Form.TABLE) if out else Form.TABLE
    if form is Form.PARQUET and out is None:
        stop("--format parquet needs a file: --out FILE.", Exit.USAGE)
    return form
