"""What comes out of an archive, whatever its form: some articles, the sources they name, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from sources.model import ParsedFeed, Source, stable_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveBatch:
    """Some of an archive: articles and rejections, the sources they name, bytes of the archive read, and what failed.

    `failures` names each file within the archive that could not be read, and why; the others go on.
    """

    parsed: ParsedFeed
    sources: tuple[Source, ...]
    bytes_read: int
    failures: tuple[str, ...] = ()


def slug(name: str) -> str:
    """The id of a source by its name: ASCII words, or a number where it has none."""
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in name.lower()).split()
    return "-".join(words) or f"source-{stable_id(name):x}"
