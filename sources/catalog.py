"""Reads, checks and extends the catalog, the list of feeds in TOML."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from sources.clean.publishers import spelling_key
from sources.clean.urls import canonical_url, url_key
from sources.errors import CatalogError
from sources.model import FullText, Source, mask_secrets

KINDS = frozenset(
    "government regulator international_body think_tank academia law_trade_press ai_lab defence_press news "
    "tech_press newsletter vendor civil_society aggregator".split()
)
_PATTERNS = {
    "id": (re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), "lower-case letters, digits and single hyphens"),
    "region": (re.compile(r"[A-Z]{2,3}"), "an ISO 3166 code, EU, UN or INT"),
    "language": (re.compile(r"[a-z]{2,3}"), "an ISO 639 code"),
}
_FIELDS = tuple(field.name for field in fields(Source))
_LISTS = ("desks", "hosts")
_DESK = re.compile(r"[a-z][a-z0-9_]*")
_HOST = re.compile(r"(?!www\.)[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of the catalog: the source, the field and a message."""

    source_id: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.source_id}, {self.field}: {self.message}"


def load_catalog(path: Path | None = None) -> tuple[Source, ...]:
    """Returns the sources of the catalog at `path`, or of the bundled one, in file order.

    Raises CatalogError for an invalid one.
    """
    name, tables = read_catalog(path)
    problems = find_problems(tables)
    if problems:
        listed = "; ".join(map(str, problems[:3]))
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise CatalogError(name, f"{listed}{more}. `watchfloor sources check` lists them all.")
    return tuple(map(to_source, tables))


def to_source(table: dict[str, Any]) -> Source:
    """Returns the source of a table without problems."""
    lists = {field: tuple(table.get(field, ())) for field in _LISTS}
    return Source(**table | lists | {"full_text": FullText(table.get("full_text", FullText.ON_TOPIC))})


def read_catalog(path: Path | None = None) -> tuple[str, list[dict[str, Any]]]:
    """Returns the catalog's name and its `[[source]]` tables, unchecked.

    Raises CatalogError if it cannot be read.
    """
    name = str(path) if path else "bundled catalog"
    try:
        content = (
            path.read_text("utf-8") if path else files("sources").joinpath("catalog.toml").read_text("utf-8")
        )
        tables = tomllib.loads(content).get("source", [])
    except OSError as error:
        raise CatalogError(name, f"cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(name, f"is not valid TOML: {error}.") from error
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CatalogError(name, "write each feed as a [[source]] table.")
    return name, tables


def find_problems(tables: list[dict[str, Any]], desks: Collection[str] | None = None) -> list[Problem]:
    """Returns all problems of a catalog in file order.

    `desks` are the known desks; without them only the form of desk ids is checked.
    """
    problems: list[Problem] = []
    if not tables:
        problems.append(Problem(source_id="(catalog)", field="source", message="it lists no feed"))
    seen: dict[tuple[str, str], tuple[int, str]] = {}
    spellings: dict[str, tuple[str, str]] = {}
    for number, table in enumerate(tables, start=1):
        source_id = str(table.get("id") or f"entry {number}")
        complaints = _complaints(table, desks)
        for field, key in (
            ("id", str(table.get("id") or "")),
            ("url", feed_key(str(table.get("url") or ""))),
        ):
            first_number, first_id = seen.setdefault((field, key), (number, source_id))
            if key and first_number != number:
                complaints.append((field, f"is already used by {first_id}"))
        publisher = str(table.get("publisher") or "")
        first_spelling, first_id = spellings.setdefault(spelling_key(publisher), (publisher, source_id))
        if publisher and first_spelling != publisher:
            complaints.append(("publisher", f"{publisher!r} is spelled {first_spelling!r} at {first_id}"))
        problems += [
            Problem(source_id=source_id, field=field, message=message) for field, message in complaints
        ]
    return problems


def secret_feeds(tables: list[dict[str, Any]]) -> list[str]:
    """Returns the ids of the feeds whose address has a password or a key in it."""
    urls = ((str(table.get("id")), str(table.get("url") or "")) for table in tables)
    return [source_id for source_id, url in urls if mask_secrets(url) != url]


def feed_key(url: str) -> str:
    """Returns a key equal for all addresses of one feed; empty if the address is not http(s)."""
    canonical = canonical_url(url)
    return url_key(canonical.partition("#")[0]) if canonical else ""


def _complaints(table: dict[str, Any], desks: Collection[str] | None) -> list[tuple[str, str]]:
    complaints = [(key, "is not a field of a source") for key in table if key not in _FIELDS]
    for field in _FIELDS:
        value = table.get(field)
        if field == "desks":
            unknown = _wrong_members(value, _DESK.fullmatch if desks is None else desks.__contains__)
            expected = "an identifier" if desks is None else f"one of the desks {', '.join(sorted(desks))}"
            complaints += [(field, f"{desk!r} is not {expected}") for desk in unknown]
        elif field == "hosts":
            wrong = _wrong_members(value, _HOST.fullmatch)
            complaints += [(field, f"{host!r} is not a host in lower case without `www.`") for host in wrong]
        elif field == "redistribute":
            complaints += (
                [] if isinstance(value, bool | None) else [(field, f"{value!r} is neither true nor false")]
            )
        elif field == "full_text":
            known = f"none of {', '.join(FullText)}"
            complaints += (
                [] if value is None or value in list(FullText) else [(field, f"{value!r} is {known}")]
            )
        elif not isinstance(value, str) or not value.strip():
            complaints.append((field, "is missing"))
        elif field == "kind" and value not in KINDS:
            complaints.append((field, f"{value!r} is none of {', '.join(sorted(KINDS))}"))
        elif field == "url" and not (value.startswith(("http://", "https://")) and feed_key(value)):
            complaints.append((field, f"{mask_secrets(str(value))!r} is not an http(s) address"))
        elif field in _PATTERNS and not _PATTERNS[field][0].fullmatch(value):
            complaints.append((field, f"{value!r} is not {_PATTERNS[field][1]}"))
    return complaints


def _wrong_members(value: object, is_right: Callable[[str], object]) -> list[object]:
    """Returns the wrong members of a list field; its whole value if that is not a list."""
    if value is None:
        return []
    return [member for member in value if not is_right(str(member))] if isinstance(value, list) else [value]


def to_toml(source: Source) -> str:
    """Returns the source as a `[[source]]` table; `hosts`, `redistribute` and `full_text` only if set."""
    texts = ("id", "name", "publisher", "url", "kind", "region", "language")
    lines = ["[[source]]", *(f"{field} = {_quoted(getattr(source, field))}" for field in texts)]
    lines.append(f"desks = [{', '.join(map(_quoted, source.desks))}]")
    if source.hosts:
        lines.append(f"hosts = [{', '.join(map(_quoted, source.hosts))}]")
    if source.redistribute:
        lines.append("redistribute = true")
    if source.full_text is not FullText.ON_TOPIC:
        lines.append(f"full_text = {_quoted(source.full_text)}")
    return "\n".join(lines) + "\n"


def append_sources(path: Path, sources: Iterable[Source]) -> None:
    """Appends the sources to the catalog at `path`; a missing file starts as a copy of the bundled one."""
    before = (
        path.read_text("utf-8")
        if path.exists()
        else files("sources").joinpath("catalog.toml").read_text("utf-8")
    )
    replace_file(path, "\n".join([before.rstrip("\n") + "\n", *map(to_toml, sources)]), 0o600)


def replace_file(path: Path, content: str, mode: int = 0o644) -> None:
    """Replaces the file atomically: a reader sees the old or the new content. A new file gets the `mode`."""
    if path.exists() and not path.is_file():  # a pipe or a device is written into, never replaced
        path.write_text(content, "utf-8")
        return
    path = path.resolve()  # a symbolic link stays one; its target may be on another disk
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else mode
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
    """Returns a TOML basic string.

    JSON's escapes are valid in TOML, which also requires U+007F escaped (TOML 1.0, String).
    """
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007F")
