"""Keeps the pages that were fetched and are not stored yet, so that after a kill none is fetched again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sources.model import Outcome, PageResult, WantedPage

_SUFFIX = ".page"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedBody:
    """A page as fetched: its result without a text yet, the addresses on the way to it, and its body."""

    result: PageResult
    passed: tuple[str, ...]
    content_type: str
    body: bytes


class PageSpool:
    """A folder with a file for each fetched page: a line of JSON about it, then its body."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, fetched: FetchedBody) -> None:
        """Writes a page, whole or not at all; on a full disk not at all: it only saves asking again."""
        path = self._path(fetched.result.wanted.article_id)
        fresh = path.with_suffix(".fresh")
        about = {
            "result": asdict(fetched.result) | {"fetched_at": fetched.result.fetched_at.isoformat()},
            "passed": fetched.passed,
            "content_type": fetched.content_type,
        }
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.write_bytes(json.dumps(about).encode() + b"\n" + fetched.body)
            fresh.rename(path)
        except OSError:
            _delete(fresh)

    def left(self) -> Iterator[FetchedBody]:
        """Yields the pages that a killed run left; files that cannot be read are deleted.

        One by one: hundreds of large ones would fill the memory.
        """
        for path in self._folder.glob("*.fresh"):
            _delete(path)
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                fetched = _read(path.read_bytes())
            except (OSError, ValueError, KeyError, TypeError):
                _delete(path)
            else:
                yield fetched

    def forget(self, article_ids: Iterable[int]) -> None:
        """Deletes the pages of these articles, which are stored."""
        for article_id in article_ids:
            _delete(self._path(article_id))

    def _path(self, article_id: int) -> Path:
        return self._folder / f"{article_id}{_SUFFIX}"


def _delete(path: Path) -> None:
    """Deletes a file if it is there and can be deleted; what stays is not stored twice."""
    with suppress(OSError):
        path.unlink()


def _read(content: bytes) -> FetchedBody:
    line, _, body = content.partition(b"\n")
    about = json.loads(line)
    result = about["result"]
    changed = {
        "wanted": WantedPage(**result["wanted"]),
        "outcome": Outcome(result["outcome"]),
        "fetched_at": datetime.fromisoformat(result["fetched_at"]),
    }
    return FetchedBody(
        result=PageResult(**result | changed),
        passed=tuple(about["passed"]),
        content_type=about["content_type"],
        body=body,
    )
