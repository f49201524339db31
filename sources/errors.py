"""What can go wrong at the door, each error naming the thing it is about and whether trying again can help."""

from __future__ import annotations


class SourceError(Exception):
    """Root of this package's errors; `subject` is the feed, file or setting it is about."""

    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}")
        self.subject = subject


class CatalogError(SourceError):
    """The catalog cannot be used as it stands."""


class NotAFeedError(SourceError):
    """The bytes are no feed in any format we read."""


class ArchiveError(SourceError):
    """An archive file cannot be imported."""
