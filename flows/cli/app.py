"""The command's frame: its global options, and what every command needs to run a step and say how it ended."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from flows.cli.console import complain, speak_json

if TYPE_CHECKING:
    from flows.settings import Settings


class Exit(IntEnum):
    """What the exit code of every command means."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    TRY_AGAIN = 3


_NEXT_STEPS = {
    errno.ENOSPC: "Make room and run the command again; what was committed is kept.",
    errno.EDQUOT: "Make room and run the command again; what was committed is kept.",
    errno.EACCES: "Give yourself write access, or name another home.",
    errno.EROFS: "Give yourself write access, or name another home.",
}
Result = TypeVar("Result")
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for a program.")]

app = typer.Typer(
    help="Monitor news and policy on AI and national security: feeds to stories to a weekly digest.\n\n"
    "Start with `watchfloor demo`. Exit codes: 0 done, 1 problems found, 2 usage, 3 try again later.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class _Globals:
    """The options given before the command."""

    home: Path | None = None
    now: str | None = None
    verbose: bool = False


@app.callback()
def global_options(
    home: Annotated[
        Path | None, typer.Option(help="Folder of warehouse and digests; else WATCHFLOOR_HOME, else ~/watchfloor.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(help="Pretend it is this moment (ISO 8601, UTC if no zone), for replays and backfills."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what happens in detail.")] = False,
) -> None:
    """Holds the global options for the command that follows."""
    _Globals.home, _Globals.now, _Globals.verbose = home, now, verbose


def read_settings(default_home: Path | None = None) -> Settings:
    """The settings, with the home given by --home over all; trouble with one ends the command and names its variable.

    From here on log lines go where they say.
    """
    from pydantic import ValidationError

    from flows.logs import set_up_logs
    from flows.settings import ConfigFileError, Settings

    given = _Globals.home or default_home
    try:
        settings = Settings(home=given) if given else Settings()
    except ConfigFileError as error:
        stop(str(error), Exit.USAGE)
    except ValidationError as error:
        wrong = "; ".join(
            f"WATCHFLOOR_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()
        )
        stop(f"Settings: {wrong}.", Exit.USAGE)
    set_up_logs(as_json=settings.log_format == "json", verbose=_Globals.verbose)
    speak_json(on=settings.log_format == "json")
    return settings


def present() -> datetime:
    """The moment given by --now, else the present: the one place that reads the clock for the command line."""
    if _Globals.now is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(_Globals.now)
    except ValueError:
        stop(f"--now: {_Globals.now!r} is no ISO 8601 moment; write it as 2026-08-17T06:00Z.", Exit.USAGE)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def attempt(work: Callable[[], Result]) -> Result:
    """The work's result; expected trouble ends the command with its message and the exit code that fits."""
    from reports.errors import ReportError
    from sources.errors import SourceError
    from warehouse.errors import WarehouseError

    try:
        return work()
    except (SourceError, WarehouseError, ReportError) as error:
        stop(str(error), Exit.TRY_AGAIN if error.retryable else Exit.PROBLEMS)
    except OSError as error:
        next_step = _NEXT_STEPS.get(error.errno or 0, "`watchfloor doctor` looks at the installation.")
        stop(f"{error.filename or 'file system'}: {error.strerror or error}. {next_step}", Exit.PROBLEMS)
    except KeyboardInterrupt:
        stop("Stopped. What was done is kept; run the command again to go on.", Exit.TRY_AGAIN)


def stop(message: str, code: Exit) -> NoReturn:
    """Ends the command with a line of trouble and the exit code."""
    complain(f"watchfloor: {message}")
    raise typer.Exit(code)
