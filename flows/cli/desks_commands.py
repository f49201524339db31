"""`watchfloor desks`: how well the filing agrees with labels or with analysts' corrections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, attempt, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.steps.filing import Evaluation
    from warehouse.classify.evaluation import ClassificationScores

SHOWN_MISTAKES = 20

desks_app = typer.Typer(help="The desks: how well articles are filed.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(desks_app, name="desks")


@desks_app.command("evaluate")
def evaluate_desks(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Labelled items, JSONL or .gz: title, desk, summary, source, kind. Without: the corrections."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score the filing against a labelled file, or against what analysts have filed by hand."""

    def run() -> Evaluation:
        from flows.steps.filing import Evaluation, evaluate_corrections, evaluate_file

        if file:
            return evaluate_file(read_settings(), file)
        return Evaluation(scores=evaluate_corrections(read_settings()), mistakes=())

    evaluation = attempt(run)
    show_json(evaluation) if as_json else _show(evaluation)


def _show(evaluation: Evaluation) -> None:
    scores: ClassificationScores = evaluation.scores
    show(f"{scores.items} items, macro-F1 {scores.macro_f1:.3f}")
    for name, one in {**scores.labels, "on topic": scores.on_topic}.items():
        show(
            f"  {name:16} precision {one.precision:.3f}  recall {one.recall:.3f}  F1 {one.f1:.3f}  ({one.items} items)"
        )
    for mistake in evaluation.mistakes[:SHOWN_MISTAKES]:
        show(f"{mistake.meant} filed as {mistake.found} ({mistake.score:.2f}): {mistake.title}\n    {mistake.reasons}")
    if len(evaluation.mistakes) > SHOWN_MISTAKES:
        show(f"and {len(evaluation.mistakes) - SHOWN_MISTAKES} more; --json lists all")
