"""The `watchfloor` command: parses words, calls a step, says what came of it."""

from flows.cli import (
    article,
    backup,
    desks,
    digest,
    export,
    health,
    pipeline,
    research,
    search,
    send,
    site,
    sources,
    status,
    story,
    trends,
)
from flows.cli.app import app

__all__ = [
    "app",
    "article",
    "backup",
    "desks",
    "digest",
    "export",
    "health",
    "main",
    "pipeline",
    "research",
    "search",
    "send",
    "site",
    "sources",
    "status",
    "story",
    "trends",
]


def main() -> None:
    """Entry point of the `watchfloor` script."""
    app()
