"""An empty path, of a variable that is not set say, is a usage error and never the current folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_type_hints

import pytest
import typer
from typer.models import ArgumentInfo
from typer.testing import CliRunner

from flows.cli import app


def path_arguments(group: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that takes a path, with an empty one in its place."""
    if group.registered_callback is not None and group.registered_callback.callback is not None:
        yield from ((*before, *place) for place in empty_paths(group.registered_callback.callback))
    for command in group.registered_commands:
        assert command.callback is not None
        words = (*before, command.name or command.callback.__name__)
        yield from ((*words, *place) for place in empty_paths(command.callback))
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from path_arguments(inner.typer_instance, (*before, inner.name or ""))


def empty_paths(command: Callable[..., object]) -> Iterator[tuple[str, ...]]:
    for parameter, hint in get_type_hints(command, include_extras=True).items():
        if "pathlib" in str(getattr(hint, "__origin__", None)):
            given = hint.__metadata__[0]
            option = (given.param_decls or [f"--{parameter}"])[-1]
            yield ("",) if isinstance(given, ArgumentInfo) else (option, "")


PATH_ARGUMENTS = list(path_arguments(app))


def test_commands_that_take_a_path_are_found() -> None:
    assert {("backup", ""), ("import", ""), ("digest", "--out", ""), ("sql", "--file", "")} <= set(
        PATH_ARGUMENTS
    )
    assert ("sources", "export-opml", "") in PATH_ARGUMENTS


@pytest.mark.parametrize("words", PATH_ARGUMENTS, ids=" ".join)
def test_empty_path_is_a_usage_error(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), *words])
    assert (done.exit_code, "is empty, perhaps a variable that is not set" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("--home", ""), ("--home=",)])
def test_empty_home_is_a_usage_error(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*words, "status"])
    assert (done.exit_code, "'--home': is empty" in done.stderr) == (2, True)


def test_empty_home_in_the_environment_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFLOOR_HOME", "")
    done = CliRunner().invoke(app, ["status"])
    assert (done.exit_code, "WATCHFLOOR_HOME" in done.stderr) == (2, True)
