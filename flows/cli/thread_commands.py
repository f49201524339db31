"""`watchfloor thread`: lists and shows threads, and records corrections of which stories belong together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, exit_on_error, present, read_settings
from flows.cli.console import show, show_json
from flows.cli.story_commands import By, Why, correction

if TYPE_CHECKING:
    import duckdb

    from warehouse.queries.thread_details import ThreadDetails, ThreadLine
    from warehouse.threads.thread_corrections import CorrectedThread

AsOf = Annotated[
    datetime | None,
    typer.Option(
        help="As known at that moment (UTC); without it now.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
    ),
]
ThreadId = Annotated[int, typer.Argument(help="Id of the thread, also one that was joined to another.")]

thread_app = typer.Typer(
    help="Threads: the stories of one matter over weeks and months. List and show them, and correct which "
    "stories belong together. Corrections hold for all later runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(thread_app, name="thread")


@thread_app.command("list")
def list_them(
    desk: Annotated[str | None, typer.Option(help="Only the threads of a desk.")] = None,
    state: Annotated[str | None, typer.Option(help="Only those open, dormant or concluded.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 30,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List threads: those followed first, then by their latest article."""
    with _reading() as con:
        from warehouse.queries.thread_details import list_threads

        lines = list_threads(con, _moment(as_of), desk=desk, state=state, limit=limit)
    if as_json:
        show_json(lines)
        return
    for line in lines:
        show(f"{line.thread_id:<20} {_line(line)}")
    if not lines:
        show("No threads.")


@thread_app.command("show")
def show_thread(thread_id: ThreadId, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show a thread: its steps with dates, acts and reasons, and what is due next."""
    with _reading() as con:
        from warehouse.queries.thread_details import read_thread

        page = read_thread(con, thread_id, _moment(as_of))
    show_json(page) if as_json else _show(page)


@thread_app.command("join")
def join(
    into: Annotated[int, typer.Argument(help="The thread that stays.")],
    others: Annotated[
        list[int], typer.Argument(help="Threads, or stories without one, that become part of it.")
    ],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Join threads and stories of one matter; the ids of joined threads lead to the one that stays."""
    with _correcting() as con:
        from warehouse.threads.thread_corrections import join_threads

        made = join_threads(con, into, others, correction(by, why))
    _report(made, "joined thread", as_json=as_json)


@thread_app.command("split")
def split(
    thread_id: ThreadId,
    stories: Annotated[
        list[int], typer.Argument(help="The stories that leave it: two or more are a new thread.")
    ],
    why: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take stories out of a thread; no later run links them with it again."""
    with _correcting() as con:
        from warehouse.threads.thread_corrections import split_thread

        made = split_thread(con, thread_id, stories, correction(by, why))
    _report([made], "split off; now thread", as_json=as_json)


@thread_app.command("rename")
def rename(
    thread_id: ThreadId,
    title: Annotated[str, typer.Argument(help="Its title from now on.")],
    why: Why = "a clearer title",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Give a thread a title."""
    with _correcting() as con:
        from warehouse.threads.thread_corrections import rename_thread

        made = rename_thread(con, thread_id, title, correction(by, why))
    _report([made], "are of the renamed thread", as_json=as_json)


@thread_app.command("follow")
def follow(
    thread_id: ThreadId,
    stop: Annotated[bool, typer.Option("--stop", help="Follow it no longer.")] = False,
    why: Why = "to be watched",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Follow a thread: it stands first in lists."""
    with _correcting() as con:
        from warehouse.threads.thread_corrections import follow_thread

        made = follow_thread(con, thread_id, correction(by, why), stop=stop)
    _report([made], "are of thread", as_json=as_json)


@contextmanager
def _reading() -> Iterator[duckdb.DuckDBPyConnection]:
    with exit_on_error():
        from warehouse.store.db import open_read_only

        with open_read_only(read_settings().warehouse_path) as con:
            yield con


@contextmanager
def _correcting() -> Iterator[duckdb.DuckDBPyConnection]:
    with exit_on_error():
        from warehouse.store.db import open_warehouse

        with open_warehouse(read_settings().warehouse_path) as con:
            yield con


def _moment(as_of: datetime | None) -> datetime:
    from datetime import UTC

    return as_of.replace(tzinfo=UTC) if as_of else present()


def _report(made: list[CorrectedThread], what: str, *, as_json: bool) -> None:
    if as_json:
        show_json(made)
        return
    for one in made:
        show(f"Correction {one.correction_id}: {one.stories} stories {what} {one.thread_id}")


def _line(line: ThreadLine) -> str:
    followed = ", followed" if line.is_followed else ""
    return (
        f"{line.title}\n{'':20} {line.state}, {line.desk}, {line.stories} steps from "
        f"{line.first_step_at:%Y-%m-%d} to {line.last_step_at:%Y-%m-%d}, {line.articles} articles{followed}"
    )


def _show(page: ThreadDetails) -> None:
    joined = (
        f" (asked for as {page.asked_for}, which was joined to it)"
        if page.asked_for != page.line.thread_id
        else ""
    )
    show(f"{_line(page.line)}\n  thread {page.line.thread_id}{joined}")
    for name, values in (("Actors", page.actors), ("Instruments", page.instruments)):
        if values:
            show(f"  {name}: {', '.join(values)}")
    show("\nTimeline")
    for step in page.steps:
        acts = ", ".join(word.replace("_", " ") for word in (*step.acts, *filter(None, [step.stage])))
        show(f"  {step.step:>3}. {step.happened_at:%Y-%m-%d}  {step.title}")
        show(
            f"       story {step.story_id}, {step.articles} articles of {step.publishers} publishers; "
            f"{acts or 'no act'}"
        )
        show(f"       linked because {step.reason}")
    show("\nNext dates")
    for due in page.due:
        show(f"  {due.due_on}  {due.kind.replace('_', ' ')}: {due.evidence}")
    if not page.due:
        show("  none known")
