"""The `watchfloor` command: parses arguments, calls the stage or package, prints the result."""

from flows.cli import (
    article_commands,
    digest_commands,
    operator_commands,
    pipeline_commands,
    research_commands,
    sources_commands,
    story_commands,
    trends_commands,
)
from flows.cli.app import app

__all__ = [
    "app",
    "article_commands",
    "digest_commands",
    "main",
    "operator_commands",
    "pipeline_commands",
    "research_commands",
    "sources_commands",
    "story_commands",
    "trends_commands",
]


def main() -> None:
    """Entry point of the `watchfloor` script."""
    app()
