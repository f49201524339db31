"""The errors of this package. Each names its file or setting, and whether a later attempt can succeed."""

from __future__ import annotations


class ReportError(Exception):
    """Root of this package's errors; `subject` is the file, issue or setting it is about."""

    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}")
        self.subject = subject
