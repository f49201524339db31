"""The `watchfloor` command: parses words, calls a step, says what came of it."""

from flows.cli import health, pipeline, research, sources
from flows.cli.app import app

__all__ = ["app", "health", "main", "pipeline", "research", "sources"]


def main() -> None:
    """Entry point of the `watchfloor` script."""
    app()
