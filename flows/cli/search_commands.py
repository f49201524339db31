"""The command that searches the published snapshot and shows what it found."""

from __future__ import annotations

import re
import sys
import textwrap
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, read_settings, stop
from flows.cli.console import complain, show, show_json

if TYPE_CHECKING:
    from warehouse.search.hits import Hit
    from warehouse.search.searcher import Found

MODES = ("hybrid", "keyword", "semantic")
DESKS = ("export_controls", "arms_race", "regulation", "off_topic")
_BOLD = "\x1b[1m{}\x1b[0m"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@app.command()
def search(
    words: Annotated[
        list[str],
        typer.Argument(
            help='What to look for: words, "a phrase", -not, title:, entity:, publisher:, source:, desk:, genre:, language:, '
            "since:, until:. Put the whole in single quotes; after -- it may begin with a hyphen."
        ),
    ],
    mode: Annotated[str, typer.Option(help="hybrid (words and meaning), keyword or semantic.")] = "hybrid",
    desk: Annotated[str | None, typer.Option(help="Only this desk: export_controls, arms_race, regulation.")] = None,
    since: Annotated[str | None, typer.Option(help="Only since this day, as 2026-08-17.")] = None,
    until: Annotated[str | None, typer.Option(help="Only up to this day.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Only publishers with this in their name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most hits.")] = 10,
    on: Annotated[
        Path | None, typer.Option(help="Another snapshot than HOME/snapshot.duckdb, an older one say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search the published snapshot by words and by meaning."""
    if mode not in MODES:
        stop(f"--mode: {mode!r} is none of {', '.join(MODES)}.", Exit.USAGE)
    if desk is not None and desk not in DESKS:
        stop(f"--desk: {desk!r} is none of {', '.join(DESKS)}.", Exit.USAGE)
    for option, day in (("--since", since), ("--until", until)):
        _check_day(option, day)
    given = {"desk": desk, "since": since, "until": until, "publisher": publisher}

    def run() -> Found:
        from flows.steps.search import search as find
        from warehouse.search.query_syntax import Filter
        from warehouse.search.searcher import Mode

        filters = [Filter(column=column, value=value) for column, value in given.items() if value]
        return find(read_settings(), " ".join(words), mode=Mode(mode), limit=limit, filters=filters, on=on)

    found = attempt(run)
    if as_json:
        show_json(found)
        return
    for note in _notes(found):
        complain(f"watchfloor: {note}.")
    for number, hit in enumerate(found.hits, start=1):
        _show(number, hit)
    if not found.hits:
        show("Nothing found.")


def _check_day(option: str, day: str | None) -> None:
    try:
        date.fromisoformat(day or "2026-01-01")
    except ValueError:
        stop(f"{option}: {day!r} is no day; write it as 2026-08-17.", Exit.USAGE)


def _notes(found: Found) -> list[str]:
    spelled = [f"also looked for {', '.join(near)} in place of {term}" for term, near in found.spellings.items()]
    named = [f"also looked for {name} by its other names" for name in found.entities.values()]
    return [*spelled, *named, *found.notes]


def _show(number: int, hit: Hit) -> None:
    day = (hit.published_at or hit.first_seen_at).date()
    show(f"{number:2}. {_plain(hit.marked_title)}")
    show(f"    {hit.publisher}, {day}, {hit.desk or 'not filed yet'}, story {hit.story_id or '-'}")
    for line in textwrap.wrap(_CONTROLS.sub(" ", hit.snippet), 110):
        show(f"    {_plain(line)}")
    show(f"    {hit.url or 'no address'}\n")


def _plain(text: str) -> str:
    """The text for the terminal, which must not obey what stands in a headline; marks are bold where someone looks."""
    safe = _CONTROLS.sub(" ", text)
    return re.sub(r"\*\*(.+?)\*\*", lambda hit: _BOLD.format(hit[1]), safe) if sys.stdout.isatty() else safe
