"""Checks an issue against the warehouse: every quoted sentence, headline, date, link and number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from difflib import SequenceMatcher
from math import isclose
from pathlib import Path
from typing import Any

import duckdb

from reports.digest import items
from reports.digest.build import build_digest
from reports.digest.digest import Digest
from reports.digest.items import Citation, Item, Sentence
from reports.digest.record import from_json, to_json
from reports.digest.sections.bottom_line import Bullet
from reports.digest.sections.deadlines_and_events import DueDate
from reports.digest.sections.week_changes import Change
from reports.digest.sentences import stands_in
from reports.digest.write import files_of, forms_of
from reports.week import Week
from warehouse.queries import citations
from warehouse.queries.citations import StoredTexts

_ISSUE_OF_PAGE = re.compile(r'<meta name="watchfloor-issue" content="(\d{4}-W\d{2}) ([^" ]+)">')
SUFFIXES = {
    ".mail.html": "mail_html",
    ".mail.txt": "mail_text",
    ".html": "html",
    ".md": "markdown",
    ".csv": "csv",
    ".ics": "ics",
    ".json": "json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One mismatch: where in the file, what the file says, and what the warehouse has instead."""

    where: str
    said: str
    instead: str


class UnreadableIssueError(Exception):
    """A file that is not an issue, or that has too little information to be checked."""


def verify_file(con: duckdb.DuckDBPyConnection, path: Path) -> list[Finding]:
    """Returns the mismatches of a file, any form of an issue: those of its record, then those of its lines.

    The record is the JSON beside the file; a page without one is compared with the issue built again. Raises
    UnreadableIssueError if a file cannot be checked.
    """
    stem, form = _form_of(path)
    text = _read(path)
    record = path if form == "json" else files_of(stem).json
    if record.exists():
        try:
            digest = from_json(_read(record))
        except (ValueError, KeyError, TypeError) as error:
            return [
                Finding(
                    where=record.name, said=str(error), instead="an issue as `watchfloor digest` writes it"
                )
            ]
        found = verify_record(con, digest)
    elif named := _ISSUE_OF_PAGE.search(text):
        digest = build_digest(con, Week.parse(named[1]), datetime.fromisoformat(named[2]))
        found = []
    else:
        raise UnreadableIssueError(
            f"{path}: {record.name} is not beside it. Put the issue's JSON there and verify again."
        )
    expected = to_json(digest) if form == "json" else forms_of(digest)[form]
    return found + list(_differing_lines(path.name, text, expected))


def verify_record(con: duckdb.DuckDBPyConnection, digest: Digest) -> list[Finding]:
    """Returns the mismatches of an issue with the cited articles and with the counts at its watermark."""
    parts = list(_walk(digest, ""))
    ids = sorted({part.article_id for _, part in parts if isinstance(part, Citation)})
    known = {id_: items.citation(article) for id_, article in citations.cited_articles(con, ids).items()}
    texts = citations.texts_of(con, ids)
    found: list[Finding] = []
    for where, part in parts:
        match part:
            case Citation():
                found += _compare(where, part, known.get(part.article_id), only=_CITED)
            case Sentence() | Bullet() | DueDate():
                found += _quoted(where, part, texts)
            case Item():
                found += _compare(f"{where}.title", part.title, part.citations[0].title)
            case Change():
                found += _compare(f"{where}.title", part.title, part.source.title)
    return found + _numbers(digest, build_digest(con, digest.week, digest.watermark))


def _walk(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """The value and all inside it, each with its place, as `.sections[0].items[1].title`."""
    if is_dataclass(value):
        yield where, value
        for one in fields(value):
            yield from _walk(getattr(value, one.name), f"{where}.{one.name}")
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from _walk(part, f"{where}[{place}]")
    else:
        yield where, value


def _quoted(
    where: str, part: Sentence | Bullet | DueDate, texts: Mapping[int, StoredTexts]
) -> Iterator[Finding]:
    text = part.evidence if isinstance(part, DueDate) else part.text
    if part.source is None:
        if text:
            yield Finding(where=f"{where}.text", said=text, instead="a source, or no text")
        return
    stored = texts.get(part.source.article_id)
    if stored and not any(stands_in(text, one) for one in stored.texts):
        missing = "its page's text is no longer kept, so this can't be checked"
        yield Finding(
            where=f"{where}.{'evidence' if isinstance(part, DueDate) else 'text'}",
            said=text,
            instead=missing if stored.is_forgotten else f"no such words in article {part.source.article_id}",
        )


def _numbers(printed: Digest, counted: Digest) -> list[Finding]:
    """Returns the differences from the issue built again as of the same watermark; compares stories by id."""
    stories = {item.story_id: item for _, items in counted.appendix for item in items}
    stories |= {item.story_id: item for section in counted.sections for item in section.unsure}
    found: list[Finding] = []
    for where, part in _walk(printed, ""):
        if isinstance(part, Item):
            again = stories.get(part.story_id)
            found += _compare(where, part, again, only=_COUNTED)
            if part.earlier and again:  # issues before threads have none
                found += _compare(f"{where}.earlier", part.earlier, again.earlier)
    for name in ("corpus", "coverage", "changes", "due_dates"):
        found += _compare(f".{name}", getattr(printed, name), getattr(counted, name))
    for name in ("selected", "audit", "drivers"):  # earlier issues have none
        if getattr(printed, name) is not None:
            found += _compare(f".{name}", getattr(printed, name), getattr(counted, name))
    by_desk = {section.desk: section for section in counted.sections}
    for place, section in enumerate(printed.sections):
        found += _compare(f".sections[{place}]", section, by_desk.get(section.desk), only=_COUNTED_AT_A_DESK)
    return found


_CITED = tuple(one.name for one in fields(Citation))  # what a citation says beyond is not the article's
_COUNTED = (
    "articles",
    "texts",
    "publishers",
    "is_new",
    "latest_at",
    "confidence",
    "actors",
    "act",
    "stage",
    "filed_with",
)
# Statistics are kept to six digits. Where one lies between two of them, another machine may take the other:
# one in the sixth digit is at most 1e-5 of the number. Issues print two or three digits.
_LAST_DIGIT = 1.5e-5
_COUNTED_AT_A_DESK = ("name", "stories", "new_stories", "acts", "trend", "topics")


def _compare(where: str, printed: Any, stored: Any, only: tuple[str, ...] | None = None) -> list[Finding]:
    """Returns a finding for each value inside that differs in `stored`."""
    if is_dataclass(printed) and is_dataclass(stored) and isinstance(printed, type(stored)):
        names = only or tuple(one.name for one in fields(printed))
        return [
            finding
            for name in names
            for finding in _compare(f"{where}.{name}", getattr(printed, name), getattr(stored, name))
        ]
    if isinstance(printed, tuple) and isinstance(stored, tuple) and len(printed) == len(stored):
        return [
            finding
            for place, (one, other) in enumerate(zip(printed, stored, strict=True))
            for finding in _compare(f"{where}[{place}]", one, other)
        ]
    if (
        isinstance(printed, float)
        and isinstance(stored, float)
        and isclose(printed, stored, rel_tol=_LAST_DIGIT)
    ):
        return []
    return [] if printed == stored else [Finding(where=where, said=str(printed), instead=str(stored))]


def _differing_lines(name: str, text: str, expected: str) -> Iterator[Finding]:
    lines, wanted = text.splitlines(), expected.splitlines()
    if text != expected and lines == wanted:
        yield Finding(where=name, said="different line ends", instead="the line ends that were written")
    for tag, start, end, other_start, other_end in SequenceMatcher(
        None, lines, wanted, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield Finding(
                where=f"{name}, line {start + 1}",
                said="\n".join(lines[start:end]) or "(nothing)",
                instead="\n".join(wanted[other_start:other_end]) or "(nothing)",
            )


def _form_of(path: Path) -> tuple[Path, str]:
    for suffix, form in SUFFIXES.items():
        if path.name.endswith(suffix):
            return path.with_name(path.name.removesuffix(suffix)), form
    raise UnreadableIssueError(f"{path}: is not a form of an issue ({', '.join(SUFFIXES)}).")


def _read(path: Path) -> str:
    """The file's text, with the line ends it has. A pipe or a device may never end, so it is not read."""
    if path.exists() and not path.is_file():
        raise UnreadableIssueError(f"{path}: is not a regular file.")
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise UnreadableIssueError(f"{path}: is not a text ({error.reason}).") from error
