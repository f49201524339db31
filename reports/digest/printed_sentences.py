"""Finds the sentences that written issues printed of an article."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from reports.errors import ReportError

_ISSUE = re.compile(r"\d{4}-W\d{2}\.json")


def printed_sentences(folder: Path, article_id: int) -> list[tuple[str, str]]:
    """Returns pairs of week and sentence, each sentence once, of the issues in the folder, latest first.

    Raises ReportError if a file there is no issue.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.json"), reverse=True) if folder.is_dir() else ():
        if _ISSUE.fullmatch(path.name):
            try:
                values = json.loads(path.read_bytes())
            except ValueError as error:
                raise ReportError(str(path), f"is not an issue ({error}).") from error
            for sentence in _quoted(values, article_id):
                found.setdefault(sentence, path.stem)
    return [(week, sentence) for sentence, week in found.items()]


def _quoted(values: object, article_id: int) -> Iterator[str]:
    """Yields every text that has the article as its source, however deep."""
    if isinstance(values, dict):
        source, text = values.get("source"), values.get("text")
        if isinstance(text, str) and isinstance(source, dict) and source.get("article_id") == article_id:
            yield text
        for inner in values.values():
            yield from _quoted(inner, article_id)
    elif isinstance(values, list):
        for inner in values:
            yield from _quoted(inner, article_id)
