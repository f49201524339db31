"""Tells the operator that a command fails, once an episode, and once that it is well again.

For what runs under cron or systemd, where nobody looks at exit codes; Prefect's automations do it for flows.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from flows.logs import log
from flows.settings import AlertSettings
from sources.http.webhook import call_webhook, shown_webhook
from sources.model import mask_secrets
from warehouse.store.atomic_files import PRIVATE_FILE

MAX_MESSAGE_CHARS = 1_000  # chat services refuse or cut long ones


def failing_since(home: Path, command: str, now: datetime) -> datetime:
    """Returns since when the command has not succeeded. The first call of an episode begins it at `now`."""
    mark = _failing(home, command)
    since = _time_of(mark)
    if since is None:
        _make(mark, now)
    return since or now


def tell_failure(settings: AlertSettings, command: str, message: str, now: datetime) -> str | None:
    """Tells the alert address that the command fails, unless it was told since the last success.

    Returns why it could not be told; the next failure then tries again. None if it knows. Raises nothing.
    """
    since = failing_since(settings.home_dir, command, now)
    told = _told(settings.home_dir, command)
    if told.exists():
        return None
    text = (
        f"Watchfloor: {command} fails on {socket.gethostname()} since {since:%Y-%m-%d %H:%M} UTC: {message}"
    )
    problem = alert(settings, text)
    if problem is None:
        _make(told, now)
    return problem


def tell_success(settings: AlertSettings, command: str) -> None:
    """Ends the command's episode of failures, if there is one, and says so to whom it was told.

    Raises nothing.
    """
    failing, told = _failing(settings.home_dir, command), _told(settings.home_dir, command)
    since = _time_of(failing)
    _remove(failing)
    if not told.exists():
        return
    text = f"Watchfloor: {command} is well again on {socket.gethostname()}"
    if since is not None:
        text += f"; it failed since {since:%Y-%m-%d %H:%M} UTC"
    if settings.alert_url is None or alert(settings, text) is None:
        _remove(told)


def alert(settings: AlertSettings, text: str) -> str | None:
    """Posts a text to WATCHFLOOR_ALERT_URL; returns why that failed, and logs it. None if it was taken."""
    if settings.alert_url is None:
        return "WATCHFLOOR_ALERT_URL is not set"
    body = json.dumps({"text": mask_secrets(text)[:MAX_MESSAGE_CHARS]}).encode()
    return _call("WATCHFLOOR_ALERT_URL", settings.alert_url.get_secret_value(), body, "application/json")


def ping(settings: AlertSettings, problem: str | None) -> None:
    """Tells the dead man's switch at WATCHFLOOR_PING_URL that a run was done, or what its problem is.

    By the convention of healthchecks.io: a request to the address itself, or to its path with /fail.
    """
    if settings.ping_url is None:
        return
    url = settings.ping_url.get_secret_value()
    if problem is not None:
        parts = urlsplit(url)
        url = parts._replace(path=f"{parts.path.rstrip('/')}/fail").geturl()
    body = mask_secrets(problem or "")[:MAX_MESSAGE_CHARS].encode()
    _call("WATCHFLOOR_PING_URL", url, body, "text/plain; charset=utf-8")


def _call(setting: str, url: str, body: bytes, content_type: str) -> str | None:
    problem = call_webhook(url, body, content_type)
    if problem is not None:
        problem = f"{setting} ({shown_webhook(url)}): {problem}"
        log.warning("%s", problem)
    return problem


# An episode is kept as empty files, whose time is their content: a full disk still takes them.


def _failing(home: Path, command: str) -> Path:
    return home / f"{command}.failing"


def _told(home: Path, command: str) -> Path:
    return home / f"{command}.told"


def _time_of(mark: Path) -> datetime | None:
    with suppress(OSError):  # none yet, or a home that cannot be read, which the command itself names
        return datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    return None


def _make(mark: Path, now: datetime) -> None:
    if not mark.parent.is_dir():  # nothing ever ran here
        return
    try:
        mark.touch(PRIVATE_FILE)
        os.utime(mark, (now.timestamp(), now.timestamp()))
    except OSError as error:
        log.warning("%s: cannot be written (%s), so the alert may be repeated.", mark, error.strerror)


def _remove(mark: Path) -> None:
    try:
        mark.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s: cannot be removed (%s), so no later failure is told.", mark, error.strerror)
