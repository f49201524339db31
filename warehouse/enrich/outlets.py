"""What kind of source an outlet is, by its name, where the source itself says no more than news. Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

UNKNOWN = frozenset(("news", "aggregator"))


@lru_cache(maxsize=10_000)
def kind_of(source_kind: str, publisher: str) -> str:
    """The kind as given, or for news and aggregators the one that outlets.toml knows of the publisher."""
    if source_kind not in UNKNOWN:
        return source_kind
    return next((kind for kind, pattern in _patterns() if pattern.search(publisher)), source_kind)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (kind, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE))
        for kind, names in tomllib.loads(files("warehouse.enrich").joinpath("outlets.toml").read_text("utf-8")).items()
    ]
