"""`watchfloor article`: why an article is filed as it is, and filing it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, attempt, present, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from warehouse.classify.explain_article import Explanation

article_app = typer.Typer(
    help="One article: why it is where it is, and filing it by hand.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(article_app, name="article")
ArticleId = Annotated[int, typer.Argument(help="The article's id, from the view `articles`.")]


@article_app.command("explain")
def explain_article(article_id: ArticleId, as_json: AsJson = False) -> None:
    """Say why an article is at its desk and not at another: cues, rules, odds, neighbours."""

    def run() -> Explanation:
        from flows.steps.filing import explain

        return explain(read_settings(), article_id)

    explanation = attempt(run)
    show_json(explanation) if as_json else _show(explanation)


@article_app.command("set-desk")
def file_article(
    article_id: ArticleId,
    desk: Annotated[str, typer.Option(help="export_controls, arms_race, regulation or off_topic.")],
    note: Annotated[str, typer.Option(help="Why, for those who read it later.")] = "",
    as_json: AsJson = False,
) -> None:
    """File an article by hand. The correction is kept for good, obeyed at once and scored against."""

    def run() -> str:
        from flows.steps.filing import correct

        return correct(read_settings(), article_id, desk, note, present())

    title = attempt(run)
    if as_json:
        show_json({"article_id": article_id, "desk": desk, "note": note, "title": title})
    else:
        show(f"Filed at {desk}: {title}")


def _show(explanation: Explanation) -> None:
    show(f"{explanation.title}\n{explanation.publisher}  {explanation.url or 'no address'}")
    show(f"genre {explanation.genre or 'not filed yet'}\n\nFiled at")
    for desk in explanation.filed:
        show(f"  {desk.desk:16} {'primary  ' if desk.is_primary else 'secondary'} {desk.score:.2f}  {desk.reasons}")
    show("\nWhat the machine thinks of every desk")
    for desk in explanation.weighed:
        show(f"  {desk.desk:16} {desk.score:.2f}  {desk.reasons}")
    for name in ("corrections", "topics", "themes", "facets", "entities", "instruments", "deadlines"):
        if found := getattr(explanation, name):
            show(f"\n{name.capitalize()}")
            for what, why in found:
                show(f"  {what}  ({why})" if why else f"  {what}")
    if explanation.neighbours:
        show("\nReads most like")
        for neighbour in explanation.neighbours:
            show(f"  {neighbour.similarity:.2f} {neighbour.desk:16} {neighbour.title}")
