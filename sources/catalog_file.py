"""Writes the catalog: entries as TOML, appended to a file whose comments stay. It judges no entry."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from sources.model import Source


def to_toml(source: Source) -> str:
    """The source as a `[[source]]` table, fields in the catalog's order; `hosts` and `redistribute` only where they say something."""
    texts = ("id", "name", "publisher", "url", "kind", "region", "language")
    lines = ["[[source]]", *(f"{field} = {_quoted(getattr(source, field))}" for field in texts)]
    lines.append(f"desks = [{', '.join(map(_quoted, source.desks))}]")
    if source.hosts:
        lines.append(f"hosts = [{', '.join(map(_quoted, source.hosts))}]")
    if source.redistribute:
        lines.append("redistribute = true")
    return "\n".join(lines) + "\n"


def append_sources(path: Path, sources: Iterable[Source]) -> None:
    """Adds the sources at the end of the catalog at `path`; a file that is not there starts as a copy of the bundled one."""
    before = path.read_text("utf-8") if path.exists() else files("sources").joinpath("catalog.toml").read_text("utf-8")
    replace_file(path, "\n".join([before.rstrip("\n") + "\n", *map(to_toml, sources)]))


def replace_file(path: Path, content: str) -> None:
    """Puts the content in place of the file at once: a reader sees the old or the new, never a part."""
    path = path.resolve()  # a link stays one, and what it leads to may lie on another disk
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are all among TOML's, which asks for one more (TOML 1.0, section String)."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007F")
