"""Output of the commands: results as text or JSON, a progress bar on a terminal and plain lines elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flows.progress import PlainLines, Progress, silent


def show(text: str) -> None:
    """Writes a line of the result to standard output."""
    sys.stdout.write(f"{text}\n")


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
        sys.stderr.write(f"{text}\n")


def show_json(value: object) -> None:
    """Writes a result as JSON: dataclasses as objects, times as ISO 8601, paths as text."""
    show(json.dumps(_jsonable(value), ensure_ascii=False, indent=2))


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
