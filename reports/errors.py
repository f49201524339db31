"""What can go wrong in telling: each error names the file or setting and says whether trying again can help."""

from __future__ import annotations


class ReportError(Exception):
    """Root of this package's errors; `subject` is the file, issue or setting it is about."""

    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}")
        self.subject = subject


class ReportBusyError(ReportError):
    """Another run is at the same work."""

    retryable = True
