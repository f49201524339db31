"""What the terminal shows: a progress bar where someone watches, plain lines elsewhere, results as text or JSON."""

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
    """A line of result on standard output."""
    sys.stdout.write(f"{text}\n")


class _Speech:
    """Whether lines on standard error are JSON, as the log's then are."""

    as_json = False


def speak_json(*, on: bool) -> None:
    """From now on lines of trouble and progress are JSON objects, or text."""
    _Speech.as_json = on


def complain(text: str) -> None:
    """A line of trouble or progress on standard error."""
    if _Speech.as_json:
        from flows.logs import log_event

        log_event("told", text=text)
    else:
        sys.stderr.write(f"{text}\n")


def show_json(value: object) -> None:
    """A result for a program: dataclasses as objects, times as ISO 8601, paths as text."""
    show(json.dumps(_jsonable(value), ensure_ascii=False, indent=2))


@contextmanager
def progress_shown(*, quiet: bool = False) -> Iterator[Progress]:
    """How a command reports long work: a bar on a terminal, a line a quarter otherwise, nothing if `quiet`."""
    if quiet:
        yield silent
    elif sys.stderr.isatty() and not _Speech.as_json:
        with _Bars() as bars:
            yield bars
    else:
        yield PlainLines(complain)


class _Bars:
    """One Rich bar for each thing being done."""

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
