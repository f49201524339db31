"""The `watchfloor` command: parses words, calls a step, says what came of it."""

from flows.cli import article, backup, desks, health, pipeline, research, sources, status, story
from flows.cli.app import app

__all__ = ["app", "article", "backup", "desks", "health", "main", "pipeline", "research", "sources", "status", "story"]


def main() -> None:
    """Entry point of the `watchfloor` script."""
    app()
