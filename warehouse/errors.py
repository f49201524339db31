"""What can go wrong in the warehouse, each error naming the file or thing and whether trying again can help."""

from __future__ import annotations


class WarehouseError(Exception):
    """Root of this package's errors; `subject` is the file, model or table it is about."""

    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}")
        self.subject = subject


class WarehouseBusyError(WarehouseError):
    """Another process holds the warehouse file."""

    retryable = True


class ModelError(WarehouseError):
    """The embedding model cannot be loaded or does not fit."""


class StoryError(WarehouseError):
    """A story or article is not there, or what is asked of it cannot be done."""

    def __init__(self, story_id: int, message: str) -> None:
        super().__init__(f"story {story_id}", message)
