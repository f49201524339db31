"""The errors of the warehouse. Each names its subject, and whether trying again can help."""

from __future__ import annotations


class WarehouseError(Exception):
    """Base of this package's errors; `subject` is the file, model or table that it is about."""

    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}")
        self.subject = subject


class WarehouseBusyError(WarehouseError):
    """Another process has the file open or does the same work."""

    retryable = True


class SchemaError(WarehouseError):
    """The file has the schema of a release that this one cannot use."""


class ModelError(WarehouseError):
    """The embedding model cannot be loaded or does not fit."""


class StoryError(WarehouseError):
    """A story or article does not exist, or a correction of it is not possible."""

    def __init__(self, story_id: int, message: str) -> None:
        super().__init__(f"story {story_id}", message)


class ThreadError(WarehouseError):
    """A thread does not exist, or a correction of it is not possible."""

    def __init__(self, thread_id: int, message: str) -> None:
        super().__init__(f"thread {thread_id}", message)
