"""Alerts: commands under cron or systemd tell that they failed, and `alert` tells for one that could not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from flows.cli.app import (
    Exit,
    Stopped,
    app,
    exit_on_error,
    present,
    read_alert_settings,
    read_settings,
    stop,
)
from flows.cli.console import show

PINGING = "run"  # the hourly command, whose silence the dead man's switch notices


@contextmanager
def watched(command: str) -> Iterator[None]:
    """Tells WATCHFLOOR_ALERT_URL if the command fails, once until it succeeds, and then that it is well.

    One that could only be tried again (code 3) for WATCHFLOOR_FAIL_AFTER_HOURS fails (code 1).
    """
    try:
        yield
    except (typer.Exit, SystemExit) as ended:
        code = ended.exit_code if isinstance(ended, typer.Exit) else ended.code
        message = ended.message if isinstance(ended, Stopped) else f"it ended with code {code}"
        if code == Exit.DONE:
            _succeeded(command)
        elif code == Exit.TRY_AGAIN:
            _fail_if_too_long(command, message)
        else:
            _failed(command, message)
        raise
    except Exception as error:
        _failed(command, f"{type(error).__name__}: {error}")
        raise
    _succeeded(command)


def _fail_if_too_long(command: str, message: str) -> None:
    from flows.alerts import failing_since

    settings, now = read_settings(), present()
    since = failing_since(settings.home_dir, command, now)
    if now - since >= timedelta(hours=settings.fail_after_hours):
        _failed(command, message)
        stop(
            f"{command} has not succeeded since {since:%Y-%m-%d %H:%M} UTC, so this counts as failed "
            "(WATCHFLOOR_FAIL_AFTER_HOURS).",
            Exit.PROBLEMS,
        )


def _failed(command: str, message: str) -> None:
    from pydantic import ValidationError

    from flows.alerts import ping, tell_failure

    try:
        settings = read_alert_settings()
    except ValidationError:  # the command has named the wrong setting; nobody else can be told
        return
    tell_failure(settings, command, message, present())
    if command == PINGING:
        ping(settings, message)


def _succeeded(command: str) -> None:
    from flows.alerts import ping, tell_success

    settings = read_alert_settings()
    tell_success(settings, command)
    if command == PINGING:
        ping(settings, None)


@app.command()
def alert(
    unit: Annotated[
        str | None,
        typer.Argument(help="The unit that failed, as watchfloor-run.service; without it, a trial."),
    ] = None,
    result: Annotated[
        str, typer.Argument(help="How it ended, as systemd says: exit-code, signal, oom-kill, timeout.")
    ] = "",
) -> None:
    """Tell WATCHFLOOR_ALERT_URL that a unit of systemd's failed, or on trial, that alerts arrive.

    A failure that the unit's own command has told already is not told again.
    """
    with exit_on_error():
        from pydantic import ValidationError

        from flows import alerts

        try:
            settings = read_alert_settings()
        except ValidationError:
            read_settings()  # names the wrong setting
            raise
        if settings.alert_url is None:
            stop("WATCHFLOOR_ALERT_URL is not set, so nobody is told.", Exit.PROBLEMS)
        if unit is None:
            problem = alerts.alert(settings, "Watchfloor: a trial of the alert address; nothing is wrong.")
        else:
            command = unit.removesuffix(".service").removeprefix("watchfloor-")
            problem = alerts.tell_failure(
                settings, command, f"{unit} failed ({result or 'unknown'})", present()
            )
    if problem is not None:
        stop(f"nobody was told: {problem}.", Exit.PROBLEMS)
    show("The alert address was told." if unit is None else f"The alert address knows that {unit} failed.")
