"""`watchfloor article` and `watchfloor desks`: explain and correct a classification, score the classifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, exit_on_error, given_path, open_current, present, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from warehouse.classify.evaluation import Evaluation
    from warehouse.classify.explain_article import Explanation

SHOWN_MISTAKES = 20

article_app = typer.Typer(
    help="One article: its text, why it is classified as it is, and correcting it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
desks_app = typer.Typer(
    help="The desks: how well articles are classified.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(article_app, name="article")
app.add_typer(desks_app, name="desks")
ArticleId = Annotated[int, typer.Argument(help="The article's id, from the view `articles`.")]


@article_app.command("show")
def show_article(
    article_id: ArticleId,
    version: Annotated[
        int | None,
        typer.Option(min=0, help="This version of its text, 0 for that of its feed; else the latest."),
    ] = None,
    with_text: Annotated[bool, typer.Option("--text/--no-text", help="Show the text.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show an article's text, what was read from it and printed of it, and how its page was corrected."""
    with exit_on_error():
        from flows.cli.article_view import show_reading, without_text
        from reports.digest.printed_sentences import printed_sentences
        from warehouse.queries.article_reading import read_article

        settings = read_settings()
        printed = printed_sentences(settings.digests_dir, article_id)
        with open_current(settings) as con:
            reading = read_article(con, article_id, version, printed)
    if as_json:
        show_json(reading if with_text else without_text(reading))
    else:
        show_reading(reading, with_text=with_text)


@article_app.command("explain")
def explain(article_id: ArticleId, as_json: AsJson = False) -> None:
    """Explain why an article is at its desk and not at another: lexicon terms, rules, scores, neighbours."""
    with exit_on_error():
        from warehouse.classify.desk_classifier import load_desk_classifier
        from warehouse.classify.explain_article import explain_article
        from warehouse.store.db import open_read_only

        with open_read_only(read_settings().warehouse_path) as con:
            explanation = explain_article(con, load_desk_classifier(), article_id)
    show_json(explanation) if as_json else _show_explanation(explanation)


@article_app.command("set-desk")
def set_desk(
    article_id: ArticleId,
    desk: Annotated[str, typer.Option(help="The right desk, or off_topic.")],
    note: Annotated[str, typer.Option(help="The reason, for later readers.")] = "",
    as_json: AsJson = False,
) -> None:
    """Set the desk of an article.

    The correction is kept, applies at once and to later runs, and scores the classifier.
    """
    with exit_on_error():
        from warehouse.classify.classifications import correct_desk
        from warehouse.store.db import open_warehouse, transaction

        with open_warehouse(read_settings().warehouse_path) as con, transaction(con):
            title = correct_desk(con, article_id, desk, note, present())
    if as_json:
        show_json({"article_id": article_id, "desk": desk, "note": note, "title": title})
    else:
        show(f"Desk set to {desk}: {title}")


@desks_app.command("evaluate")
def evaluate_desks(
    file: Annotated[
        Path | None,
        typer.Argument(
            parser=given_path,
            help="Labelled items, JSONL or .gz: title, desk, summary, source, kind. Without it the "
            "corrections.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score the classifier against a labelled file, or against the corrections of analysts."""
    with exit_on_error():
        evaluation = _evaluate(file)
    show_json(evaluation) if as_json else _show_evaluation(evaluation)


def _evaluate(file: Path | None) -> Evaluation:
    from warehouse.classify.classifications import corrected_pairs
    from warehouse.classify.desk_classifier import load_desk_classifier
    from warehouse.classify.evaluation import Evaluation, evaluate, read_labelled, score_classification
    from warehouse.embed.encoder import load_embedder
    from warehouse.store.db import open_read_only

    settings = read_settings()
    if file:
        return evaluate(load_desk_classifier(), read_labelled(file), load_embedder(settings.embedding_model))
    with open_read_only(settings.warehouse_path) as con:
        pairs = corrected_pairs(con)
    return Evaluation(
        scores=score_classification([found for found, _ in pairs], [expected for _, expected in pairs])
    )


def _show_explanation(explanation: Explanation) -> None:
    show(f"{explanation.title}\n{explanation.publisher}  {explanation.url or 'no address'}")
    show(f"genre {explanation.genre or 'not classified yet'}\n\nDesks")
    for desk in explanation.desks:
        show(
            f"  {desk.desk:16} {'primary  ' if desk.is_primary else 'secondary'} {desk.score:.2f}  "
            f"{desk.reasons}"
        )
    show("\nThe classifier's scores of every desk")
    for desk in explanation.label_scores:
        show(f"  {desk.desk:16} {desk.score:.2f}  {desk.reasons}")
    for name in ("corrections", "topics", "themes", "facets", "entities", "instruments", "deadlines"):
        if found := getattr(explanation, name):
            show(f"\n{name.capitalize()}")
            for what, why in found:
                show(f"  {what}  ({why})" if why else f"  {what}")
    if explanation.neighbours:
        show("\nNearest neighbours")
        for neighbour in explanation.neighbours:
            show(f"  {neighbour.similarity:.2f} {neighbour.desk:16} {neighbour.title}")


def _show_evaluation(evaluation: Evaluation) -> None:
    scores = evaluation.scores
    show(f"{scores.items} items, macro-F1 {scores.macro_f1:.3f}")
    for name, one in {**scores.labels, "on topic": scores.on_topic}.items():
        show(
            f"  {name:16} precision {one.precision:.3f}  recall {one.recall:.3f}  F1 {one.f1:.3f}  "
            f"({one.items} items)"
        )
    for mistake in evaluation.mistakes[:SHOWN_MISTAKES]:
        show(
            f"{mistake.expected} found as {mistake.found} ({mistake.score:.2f}): {mistake.title}\n"
            f"    {mistake.reasons}"
        )
    if len(evaluation.mistakes) > SHOWN_MISTAKES:
        show(f"and {len(evaluation.mistakes) - SHOWN_MISTAKES} more; --json lists all")
