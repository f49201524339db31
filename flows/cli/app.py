"""What all commands share: the global options, settings and clock, the parsing of options, and exit codes.

Commands import what does their work when they run: `watchfloor --help` must not wait for pydantic or duckdb.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from flows.cli.console import complain, log_as_json

if TYPE_CHECKING:
    import duckdb

    from flows.settings import AlertSettings, Settings
    from reports.week import Week


class Exit(IntEnum):
    """What the exit code of every command means."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    TRY_AGAIN = 3


_MAKE_ROOM = "Make room and run the command again; what was committed is kept."
_GAIN_ACCESS = "Give yourself write access, or name another home."
_NEXT_STEPS = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EACCES: _GAIN_ACCESS,
    errno.EROFS: _GAIN_ACCESS,
}


def given_path(text: str) -> Path:
    """Returns the path that an option or argument names; an empty one would be the current folder."""
    if not text:
        raise typer.BadParameter("is empty, perhaps a variable that is not set.")
    return Path(text)


AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for a program.")]
OnSnapshot = Annotated[
    Path | None,
    typer.Option(
        "--on", parser=given_path, help="Another snapshot than HOME/snapshot.duckdb, an older one say."
    ),
]

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
    quiet: bool = False


def _keep_quiet(quiet: bool) -> bool:
    _Globals.quiet = quiet
    return quiet


Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        callback=_keep_quiet,
        help="Print only what needs a person: for cron, which mails any output.",
    ),
]


@app.callback()
def global_options(
    home: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="PATH",
            help="Folder of warehouse and digests; else WATCHFLOOR_HOME, else ~/watchfloor.",
        ),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(help="Pretend it is this moment (ISO 8601, UTC if no zone), for replays and backfills."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print what happens in detail.")] = False,
) -> None:
    """Keeps the global options for the command that follows."""
    _Globals.home, _Globals.now = home, now
    _Globals.verbose, _Globals.quiet = verbose, False


def read_settings(default_home: Path | None = None) -> Settings:
    """Returns the settings, with the home given by --home, and sets up the log as they say.

    A wrong setting ends the command and is named by its variable.
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
    log_as_json(on=settings.log_format == "json")
    return settings


def read_alert_settings() -> AlertSettings:
    """Returns the settings that telling of a failure needs; a broken file of settings is passed over."""
    from flows.settings import AlertSettings, ConfigFileError

    given: dict[str, Any] = {"home": _Globals.home} if _Globals.home else {}
    try:
        return AlertSettings(**given)
    except ConfigFileError:
        return AlertSettings(**given, config=Path(os.devnull))


def present() -> datetime:
    """Returns the moment given by --now, else the present.

    No other function of the command line reads the clock.
    """
    return datetime.now(UTC) if _Globals.now is None else parse_moment("--now", _Globals.now)


def open_current(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for reading, or the snapshot while a job writes the warehouse."""
    from warehouse.store.db import open_for_reading

    return open_for_reading(settings.warehouse_path, settings.snapshot_path)


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Ends the command on an expected error: prints its message and exits with the code that fits."""
    from reports.errors import ReportError
    from sources.errors import SourceError
    from sources.model import mask_secrets
    from warehouse.errors import WarehouseError

    try:
        yield
    except (SourceError, WarehouseError, ReportError) as error:
        stop(mask_secrets(str(error)), Exit.TRY_AGAIN if error.retryable else Exit.PROBLEMS)
    except OSError as error:
        next_step = _NEXT_STEPS.get(error.errno or 0, "`watchfloor doctor` checks the installation.")
        stop(f"{error.filename or 'file system'}: {error.strerror or error}. {next_step}", Exit.PROBLEMS)
    except KeyboardInterrupt:
        stop("Stopped. What was done is kept; run the command again to go on.", Exit.TRY_AGAIN)


def parse_moment(option: str, text: str) -> datetime:
    """Returns an option's ISO 8601 moment in UTC."""
    from reports.week import YEARS

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        stop(f"{option}: {text!r} is no ISO 8601 moment; write it as 2026-08-17T06:00Z.", Exit.USAGE)
    if moment.year not in YEARS:
        stop(f"{option}: {text!r} is not in the years {YEARS[0]} to {YEARS[-1]}.", Exit.USAGE)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def parse_day(option: str, text: str | None) -> date | None:
    """Returns an option's day, None if it was not given."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        stop(f"{option}: {text!r} is no day; write it as 2026-08-17.", Exit.USAGE)


def parse_week(text: str | None, now: datetime) -> Week:
    """Returns the week given by --week, else the last complete one."""
    from reports.week import Week

    try:
        return Week.parse(text) if text else Week.last_complete(now)
    except ValueError as error:
        stop(f"--week: {error}.", Exit.USAGE)


def parse_begun_week(text: str | None, now: datetime) -> Week:
    """Like parse_week, and ends the command if the week has not begun by `now`."""
    week = parse_week(text, now)
    if week.start > now:
        stop(f"--week: {week} has not begun by {now:%Y-%m-%d %H:%M} UTC.", Exit.USAGE)
    return week


def check_choice(option: str, value: str | None, choices: Collection[str]) -> None:
    """Ends the command if an option was given with none of its values."""
    if value is not None and value not in choices:
        stop(f"{option}: {value!r} is none of {', '.join(choices)}.", Exit.USAGE)


class Stopped(typer.Exit):
    """The end of a command that names why."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(code)
        self.message = message


def stop(message: str, code: Exit) -> NoReturn:
    """Ends the command with a message on standard error and the exit code.

    With --quiet one that need only be run again says nothing: the schedule does that.
    """
    if not (_Globals.quiet and code is Exit.TRY_AGAIN):
        complain(f"watchfloor: {message}")
    raise Stopped(message, code)
