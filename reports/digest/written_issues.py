"""Reads written issues: their files by week, and the values of their JSON that site and mail need."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.errors import ReportError

# 2026-W33.html, .json, .md, .csv, .ics and further forms; the parts of the mail are not offered for download.
_FILE = re.compile(r"(\d{4}-W\d{2})\.(?!mail\.)([a-z0-9.]+)")
_FORMS = ["html", "md", "json", "csv", "ics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The first story of a desk in an issue; `story_id` and `title` are None if it had none."""

    desk: str
    name: str
    story_id: int | None
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue: its ISO week, watermark (aware UTC), counts, first stories, all story ids, files by form.

    `is_empty`: nothing was collected for its week.
    """

    week: str
    watermark: datetime
    articles: int
    stories: int
    publishers: int
    is_empty: bool
    headlines: tuple[Headline, ...]
    story_titles: dict[int, str]
    files: dict[str, Path]


def read_issues(*folders: Path) -> list[Issue]:
    """Returns every week with a page and JSON, latest first; the first folder's file takes precedence."""
    files: dict[str, dict[str, Path]] = {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if match := _FILE.fullmatch(path.name):
                files.setdefault(match[1], {}).setdefault(match[2], path)
    return [
        _read(week, {form: forms[form] for form in sorted(forms, key=_place)})
        for week, forms in sorted(files.items(), reverse=True)
        if {"html", "json"} <= forms.keys()
    ]


def read_issue(folder: Path, week: str) -> Issue:
    """Returns the issue of one week; raises ReportError if it was not written."""
    for issue in read_issues(folder):
        if issue.week == week:
            return issue
    raise ReportError(
        str(folder / f"{week}.html"),
        f"is missing, or its JSON is. `watchfloor digest --week {week}` writes both.",
    )


def _place(form: str) -> tuple[int, str]:
    return (_FORMS.index(form) if form in _FORMS else len(_FORMS), form)


def _read(week: str, files: dict[str, Path]) -> Issue:
    try:
        values = json.loads(files["json"].read_bytes())
        watermark = datetime.fromisoformat(values["watermark"])
        return Issue(
            week=week,
            watermark=(watermark if watermark.tzinfo else watermark.replace(tzinfo=UTC)).astimezone(UTC),
            articles=values["corpus"]["articles"],
            stories=values["corpus"]["stories"],
            publishers=values["corpus"]["publishers"],
            is_empty=not values["corpus"].get("collected", values["corpus"]["articles"]),
            headlines=tuple(map(_headline, values["sections"])),
            story_titles=dict(_stories(values)),
            files=files,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(
            str(files["json"]),
            f"is not an issue ({error!r}). `watchfloor digest --week {week}` writes it again.",
        ) from error


def _headline(section: dict[str, Any]) -> Headline:
    items: Sequence[dict[str, Any]] = section["items"]
    first = items[0] if items else {}
    return Headline(
        desk=section["desk"], name=section["name"], story_id=first.get("story_id"), title=first.get("title")
    )


def _stories(values: object) -> Iterator[tuple[int, str]]:
    """Yields every story that is named anywhere in an issue, in the order of the issue."""
    if isinstance(values, dict):
        if isinstance(values.get("story_id"), int) and isinstance(values.get("title"), str):
            yield values["story_id"], values["title"]
        for inner in values.values():
            yield from _stories(inner)
    elif isinstance(values, list):
        for inner in values:
            yield from _stories(inner)
