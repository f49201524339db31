"""What runs in a parser's own process: takes bodies from a connection, gives back their entries or why there are none."""

from __future__ import annotations

import resource
import signal
from datetime import datetime
from multiprocessing.connection import Connection

from sources.errors import NotAFeedError
from sources.feeds.parse import parse_feed
from sources.model import Outcome, ParsedFeed, Source

MEMORY_LIMIT_BYTES = 2_000_000_000  # the worst body made to hurt takes 700 MB

Task = tuple[bytes, str, Source, datetime, frozenset[int]]
Refusal = tuple[Outcome, str]


def serve(descriptor: int) -> None:
    """Answers tasks from the connection with this descriptor until the other side closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who stops the run stops us
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    with Connection(descriptor) as connection:
        while True:
            try:
                task: Task = connection.recv()
            except EOFError:
                return
            connection.send(_answer(*task))


def _answer(
    body: bytes, content_type: str, source: Source, seen_at: datetime, known: frozenset[int]
) -> ParsedFeed | Refusal:
    try:
        return parse_feed(body, content_type, source, seen_at, known)
    except NotAFeedError as error:
        return Outcome.NOT_A_FEED, str(error).removeprefix(f"{error.subject}: ")
    except Exception as error:  # a fault of ours: it must not cost the other feeds, nor go unseen
        return Outcome.PARSER_STOPPED, f"its parser failed: {type(error).__name__}: {error}"
