"""Output of the commands: results as text or JSON, a progress bar on a terminal and plain lines elsewhere."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, is_dataclass
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from flows.progress import PlainLines, Progress, silent


def show(text: str) -> None:
    """Writes a line of the result to standard output; ends the command if that takes no more."""
    try:
        sys.stdout.write(f"{text}\n")
    except OSError as error:
        raise SystemExit(output_failed(error)) from error


def any_terminal() -> None:
    """Lets standard output and error show as an escape what their encoding has no character for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_utf8(out: TextIO) -> bool:
    """Returns whether the stream can hold any character."""
    return (out.encoding or "utf-8").lower().replace("-", "") == "utf8"


def flush_output(code: int) -> int:
    """Flushes standard output; returns the exit code, which is not `code` if that fails."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return output_failed(error, code)
    return code


def output_failed(error: OSError, code: int = 0) -> int:
    """Returns the exit code of a command whose output takes no more.

    It is `code` if the reader, `head` say, has read enough; a full disk is a problem, and named.
    """
    drop_output()
    if isinstance(error, BrokenPipeError):
        return code
    complain(f"watchfloor: standard output: {error.strerror}. Make room and run the command again.")
    return code or 1


def drop_output() -> None:
    """Sends the rest of standard output nowhere, so that closing it raises nothing."""
    with suppress(OSError, ValueError):  # a stream of a test has no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _StandardError:
    """Whether lines on standard error are JSON objects, like those of the log."""

    as_json = False


def log_as_json(*, on: bool) -> None:
    """Sets whether error and progress lines are JSON objects or text."""
    _StandardError.as_json = on


def complain(text: str) -> None:
    """Writes an error or progress line to standard error."""
    if _StandardError.as_json:
        from flows.logs import log_event

        log_event("message", text=text)
    else:
        with suppress(OSError):  # there is nowhere left to say it
            sys.stderr.write(f"{text}\n")


def show_json(value: object) -> None:
    """Writes a result as JSON: dataclasses as objects, times as ISO 8601, paths as text."""
    show(json.dumps(_jsonable(value), ensure_ascii=not is_utf8(sys.stdout), indent=2))


def print_styled(text: str, spans: Sequence[tuple[int, int, str]], columns: int) -> None:
    """Prints a paragraph to a terminal, wrapped, with a Rich style from each start up to its end."""
    from rich.console import Console
    from rich.text import Text

    styled = Text(text)
    for start, end, style in spans:
        styled.stylize(style, start, end)
    Console(width=columns, highlight=False).print(styled)


@contextmanager
def progress_shown(*, quiet: bool = False) -> Iterator[Progress]:
    """Reports long work: by a bar on a terminal, else by a line at every quarter; not at all if `quiet`."""
    if quiet:
        yield silent
    elif sys.stderr.isatty() and not _StandardError.as_json:
        with _Bars() as bars:
            yield bars
    else:
        yield PlainLines(complain)


class _Bars:
    """One Rich progress bar for each task."""

    def __init__(self) -> None:
        from rich.console import Console  # slow to import, and most commands show no bar
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self._bars = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Bars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total, note=note)
        self._bars.update(self._tasks[what], completed=done, total=total, note=note)


def _jsonable(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _jsonable(asdict(value))
    if isinstance(value, dict):
        return {str(key): _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(inner) for inner in value]
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value
