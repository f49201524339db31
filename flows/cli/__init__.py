"""The `watchfloor` command: parses arguments, calls the stage or package, prints the result."""

import sys

from flows.cli import (
    alert_commands,
    article_commands,
    digest_commands,
    operator_commands,
    pipeline_commands,
    research_commands,
    sources_commands,
    story_commands,
    thread_commands,
    trends_commands,
)
from flows.cli.app import app
from flows.cli.console import any_terminal, flush_output, output_failed

__all__ = [
    "alert_commands",
    "app",
    "article_commands",
    "digest_commands",
    "main",
    "operator_commands",
    "pipeline_commands",
    "research_commands",
    "sources_commands",
    "story_commands",
    "thread_commands",
    "trends_commands",
]


def main() -> None:
    """Entry point of the `watchfloor` script."""
    any_terminal()
    try:
        app()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    except OSError as error:  # what click itself prints, --help say
        code = output_failed(error)
    sys.exit(flush_output(code))
