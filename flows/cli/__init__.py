"""The `watchfloor` command: parses words, calls a step, says what came of it."""

from flows.cli import article, desks, export, health, pipeline, research, search, sources, story
from flows.cli.app import app

__all__ = ["app", "article", "desks", "export", "health", "main", "pipeline", "research", "search", "sources", "story"]


def main() -> None:
    """Entry point of the `watchfloor` script."""
    app()
