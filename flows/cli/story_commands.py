"""`watchfloor story`: look at a story, and correct what belongs together."""

from __future__ import annotations

from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, attempt, present, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from warehouse.queries.story_details import StoryPage
    from warehouse.stories.story_corrections import Corrected, Ruling

Why = Annotated[str, typer.Option(help="Why, for those who read the record later.")]
By = Annotated[str | None, typer.Option(help="Who rules; without it the user of this computer.")]

story_app = typer.Typer(
    help="Stories: look at one, and correct what belongs together. Corrections hold for all later runs.",
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

    def run() -> StoryPage:
        from flows.steps.storydesk import show_story

        return show_story(read_settings(), story_id)

    page = attempt(run)
    show_json(page) if as_json else _show(page)


@story_app.command("merge")
def merge(
    into: Annotated[int, typer.Argument(help="The story that stays.")],
    others: Annotated[list[int], typer.Argument(help="The stories that become part of it.")],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Merge stories that tell one event; the ids merged away answer with the one that stays."""

    def run() -> list[Corrected]:
        from flows.steps.storydesk import merge_stories

        return merge_stories(read_settings(), into, others, _ruling(by, why))

    _report(attempt(run), as_json=as_json)


@story_app.command("split")
def split(
    story_id: Annotated[int, typer.Argument(help="The story that tells two events.")],
    articles: Annotated[list[int], typer.Argument(help="The articles that become a story of their own.")],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Split articles off a story; no later run brings the two together again."""

    def run() -> list[Corrected]:
        from flows.steps.storydesk import split_story

        return [split_story(read_settings(), story_id, articles, _ruling(by, why))]

    _report(attempt(run), as_json=as_json)


@story_app.command("move")
def move(
    article: Annotated[int, typer.Argument(help="The article, which takes the copies of it along.")],
    to: Annotated[int, typer.Argument(help="The story it belongs to.")],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Move an article to another story."""

    def run() -> list[Corrected]:
        from flows.steps.storydesk import move_article

        return [move_article(read_settings(), article, to, _ruling(by, why))]

    _report(attempt(run), as_json=as_json)


def _ruling(by: str | None, why: str) -> Ruling:
    from warehouse.stories.story_corrections import Ruling

    return Ruling(by=by or getuser(), why=why, at=present())


def _report(corrected: list[Corrected], *, as_json: bool) -> None:
    if as_json:
        show_json(corrected)
        return
    for made in corrected:
        show(f"Correction {made.correction_id}: {made.articles} article(s) went to story {made.story_id}")


def _show(page: StoryPage) -> None:
    merged = f" (asked for as {page.asked_for}, which was merged into it)" if page.asked_for != page.story_id else ""
    show(f"{page.title}\n  story {page.story_id}{merged}, {page.status}, desk {page.desk or 'none yet'}")
    show(
        f"  {page.articles} articles, {page.texts} texts, {len(page.publishers)} publishers; {', '.join(page.key_terms)}"
    )
    if page.summary:
        show("\nSummary")
        for sentence, article_id in page.summary:
            show(f"  {sentence} [{article_id}]")
    show("\nTimeline")
    for told in page.timeline:
        copy = f"  (copy of {told.copy_of})" if told.copy_of else ""
        show(f"  {told.moment:%Y-%m-%d %H:%M}  {told.article_id:<20} {told.publisher}: {told.title}{copy}")
    show("\nEvents")
    for happened in page.events:
        other = f" {happened.story_id} into {happened.other_story_id}" if happened.other_story_id else ""
        by = f", {happened.made_by}" if happened.made_by else ""
        show(f"  {happened.at:%Y-%m-%d %H:%M}  {happened.event}{other}: {happened.reason}{by}")
