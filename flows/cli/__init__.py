"""The `watchfloor` command: parses words, calls the package that does the work, says what came of it."""

from flows.cli import (
    article_commands,
    backup_commands,
    desks_commands,
    digest_commands,
    export_commands,
    health_commands,
    pipeline_commands,
    research_commands,
    search_commands,
    send_commands,
    site_commands,
    sources_commands,
    status_commands,
    story_commands,
    trends_commands,
)
from flows.cli.app import app

__all__ = [
    "app",
    "article_commands",
    "backup_commands",
    "desks_commands",
    "digest_commands",
    "export_commands",
    "health_commands",
    "main",
    "pipeline_commands",
    "research_commands",
    "search_commands",
    "send_commands",
    "site_commands",
    "sources_commands",
    "status_commands",
    "story_commands",
    "trends_commands",
]


def main() -> None:
    """Entry point of the `watchfloor` script."""
    app()
