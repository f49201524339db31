"""`watchfloor story`: shows a story, and records corrections of which articles belong together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, exit_on_error, present, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    import duckdb

    from warehouse.queries.story_history import StoryDetails
    from warehouse.stories.story_corrections import Corrected, Correction

Why = Annotated[str, typer.Option(help="The reason, for later readers of the record.")]
By = Annotated[str | None, typer.Option(help="Who corrects; without it the user of this computer.")]

story_app = typer.Typer(
    help="Stories: show one, and correct which articles belong together. Corrections hold for all later "
    "runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(story_app, name="story")


@story_app.command("show")
def show_story(
    story_id: Annotated[int, typer.Argument(help="Id of the story, also one that was merged away.")],
    as_json: AsJson = False,
) -> None:
    """Show a story: summary, timeline, and what became of it."""
    with exit_on_error():
        from warehouse.queries.story_history import read_story
        from warehouse.store.db import open_read_only

        with open_read_only(read_settings().warehouse_path) as con:
            page = read_story(con, story_id)
    show_json(page) if as_json else _show(page)


@story_app.command("merge")
def merge(
    into: Annotated[int, typer.Argument(help="The story that stays.")],
    others: Annotated[list[int], typer.Argument(help="The stories that become part of it.")],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Merge stories about one event; the ids merged away lead to the one that stays."""
    with _correcting() as con:
        from warehouse.stories.story_corrections import merge_stories

        corrected = merge_stories(con, into, others, correction(by, why))
    _report(corrected, as_json=as_json)


@story_app.command("split")
def split(
    story_id: Annotated[int, typer.Argument(help="The story about two events.")],
    articles: Annotated[list[int], typer.Argument(help="The articles that become a story of their own.")],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Split articles off a story; no later run joins the two again."""
    with _correcting() as con:
        from warehouse.stories.story_corrections import split_story

        corrected = split_story(con, story_id, articles, correction(by, why))
    _report([corrected], as_json=as_json)


@story_app.command("move")
def move(
    article: Annotated[int, typer.Argument(help="The article; its copies move with it.")],
    to: Annotated[int, typer.Argument(help="The story it belongs to.")],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Move an article to another story."""
    with _correcting() as con:
        from warehouse.stories.story_corrections import move_article

        corrected = move_article(con, article, to, correction(by, why))
    _report([corrected], as_json=as_json)


@contextmanager
def _correcting() -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for a correction, and summarises the stories it changed."""
    with exit_on_error():
        from warehouse.store.db import open_warehouse
        from warehouse.stories.summaries import summarise_stories

        with open_warehouse(read_settings().warehouse_path) as con:
            yield con
            summarise_stories(con)


def correction(by: str | None, why: str) -> Correction:
    """A correction made now, by the user of this computer if nobody is named."""
    from warehouse.stories.story_corrections import Correction

    return Correction(by=by or getuser(), why=why, at=present())


def _report(corrected: list[Corrected], *, as_json: bool) -> None:
    if as_json:
        show_json(corrected)
        return
    for made in corrected:
        show(f"Correction {made.correction_id}: {made.articles} article(s) went to story {made.story_id}")


def _show(page: StoryDetails) -> None:
    merged = (
        f" (asked for as {page.asked_for}, which was merged into it)"
        if page.asked_for != page.story_id
        else ""
    )
    show(f"{page.title}\n  story {page.story_id}{merged}, {page.status}, desk {page.desk or 'none yet'}")
    show(
        f"  {page.articles} articles, {page.texts} texts, {len(page.publishers)} publishers; "
        f"{', '.join(page.key_terms)}"
    )
    if page.inherited:
        show(f"  filed with its thread {page.inherited.thread_id} at {page.inherited.desk}, counted nowhere")
    if page.document_id:
        show(f"  primary document {page.document_id}: {page.document_shown_by}")
    if page.summary:
        show("\nSummary")
        for sentence, article_id in page.summary:
            show(f"  {sentence} [{article_id}]")
    show("\nTimeline")
    for article in page.timeline:
        copy = f"  (copy of {article.copy_of})" if article.copy_of else ""
        show(
            f"  {article.moment:%Y-%m-%d %H:%M}  {article.article_id:<20} {article.publisher}: "
            f"{article.title}{copy}"
        )
    show("\nEvents")
    for event in page.events:
        other = f" {event.story_id} into {event.other_story_id}" if event.other_story_id else ""
        by = f", {event.made_by}" if event.made_by else ""
        show(f"  {event.at:%Y-%m-%d %H:%M}  {event.event}{other}: {event.reason}{by}")
