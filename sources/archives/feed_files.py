"""Feed files as an archive: each is parsed as if just fetched, and its source made from what the feed says of itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath

from sources.archives.batch import ArchiveBatch, slug
from sources.clean.text import plain_text
from sources.clean.urls import canonical_url, host_of
from sources.errors import ArchiveError, NotAFeedError
from sources.feeds.feed_metadata import Heading, read_heading
from sources.feeds.parse import parse_feed
from sources.model import Source

LABEL_CHARS = 200


def read_feed(name: str, body: bytes, now: datetime) -> ArchiveBatch:
    """The articles of a feed file, all seen `now`; ArchiveError if it is no feed. `bytes_read` is left to the caller."""
    source = _source(PurePath(name).stem, read_heading(body))
    try:
        parsed = parse_feed(body, "", source, now)
    except NotAFeedError as error:
        raise ArchiveError(
            name, "is neither a feed nor JSONL by that name. Take it out and import the rest."
        ) from error
    return ArchiveBatch(parsed=parsed, sources=(source,), bytes_read=0)


def _source(stem: str, heading: Heading) -> Source:
    address = canonical_url(heading.link) or ""
    name = plain_text(heading.title, LABEL_CHARS) or host_of(address) or plain_text(stem, LABEL_CHARS) or "archive"
    return Source(
        id=slug(name),
        name=name,
        publisher=host_of(address) or name,
        url=address,
        kind="news",
        region="INT",
        language=plain_text(heading.language, LABEL_CHARS)[:2].lower() or "en",
    )
