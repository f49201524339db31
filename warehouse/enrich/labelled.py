"""Reads labelled items, JSONL plain or gzipped, for scoring the filing. Nothing of them is stored."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from warehouse.enrich.desks import LABELS
from warehouse.errors import WarehouseError

SUMMARY_CHARS = 1_000  # as stored


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledItem:
    """A text and the desk it belongs to. `kind` is the source's, news if the file gives none."""

    title: str
    summary: str
    source: str
    kind: str
    url: str | None
    desk: str


def read_labelled(path: Path) -> list[LabelledItem]:
    """The items of a file: an object a line with `title`, `desk` and, if there, `summary`, `source`, `kind`, `url`.

    WarehouseError names the line that is none.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            items = [_item(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise WarehouseError(str(path), f"cannot be read: {error}.") from error
    if not items:
        raise WarehouseError(str(path), "holds no item.")
    return items


def _item(path: Path, number: int, line: str) -> LabelledItem:
    try:
        row = json.loads(line)
        title, desk = row["title"], row["desk"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WarehouseError(str(path), f"line {number} is no object with a title and a desk. Mend it.") from error
    if desk not in LABELS:
        raise WarehouseError(str(path), f"line {number}: {desk!r} is no desk; it must be one of {', '.join(LABELS)}.")
    return LabelledItem(
        title=_plain(title),
        summary=_plain(row.get("summary") or "")[:SUMMARY_CHARS],
        source=str(row.get("source") or ""),
        kind=str(row.get("kind") or "news"),
        url=row.get("url") or row.get("link") or None,
        desk=desk,
    )


def _plain(text: object) -> str:
    return " ".join(str(text).split())
