"""Exceptions of this package; each names its subject and whether a retry can help."""

from __future__ import annotations


class SourceError(Exception):
    """Base class; `subject` is the feed, file or setting concerned."""

    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}")
        self.subject = subject


class CatalogError(SourceError):
    """The catalog is invalid."""


class NotAFeedError(SourceError):
    """The bytes are not a feed in a supported format."""


class ArchiveError(SourceError):
    """An archive file cannot be imported."""
