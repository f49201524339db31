"""Delivers messages to chat servers and webhooks by Apprise. Addresses contain tokens and stay secret."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from reports.errors import ReportError
from reports.send.deliver import Attempt, IssueMessage, Recipient, recipient_key
from warehouse.store.deliveries import DeliveryStatus

SETTING = "WATCHFLOOR_APPRISE_URLS"


def chat_recipients(urls: Sequence[str], secret: bytes) -> list[Recipient]:
    """Returns a recipient for each address, shown as the service's name and a part of the address's hash."""
    return [_recipient(number, url, secret) for number, url in enumerate(urls, start=1)]


def _recipient(number: int, url: str, secret: bytes) -> Recipient:
    key = recipient_key("chat", url, secret)
    return Recipient(
        channel="chat", address=url, key=key, label=f"{_service(url, number).service_name} ({key[:6]})"
    )


class ChatChannel:
    """Delivers one message to services that Apprise knows."""

    def __init__(self, message: IssueMessage) -> None:
        self._message = message

    def message_id(self, _recipient: Recipient) -> str:
        """Empty: chat services keep no id of ours."""
        return ""

    def deliver(self, recipient: Recipient, claim: Callable[[], None]) -> Attempt:
        """Delivers the message once. Without an HTTP status it may have arrived, so the result is unknown."""
        import apprise

        service = _service(recipient.address)
        claim()
        with _captured_log() as lines:
            accepted = service.notify(
                title=self._message.chat_title,
                body=self._message.chat_text,
                body_format=apprise.NotifyFormat.TEXT,
            )
        if accepted:
            return Attempt(status=DeliveryStatus.SENT, detail="accepted")
        statuses = [match[1] for line in lines if (match := _STATUS.search(line))]
        if not statuses:
            return Attempt(status=DeliveryStatus.UNKNOWN, detail="the service gave no answer")
        return Attempt(
            status=DeliveryStatus.FAILED,
            detail=f"the service answered HTTP {statuses[-1]}",
            is_permanent=statuses[-1][0] == "4" and statuses[-1] != "429",
        )

    def close(self) -> None:
        """Does nothing: no connection is kept open."""


# Apprise logs an answer that is no success as `... error=404.`
_STATUS = re.compile(r"error=([1-5]\d\d)\b")


def _service(url: str, number: int | None = None) -> Any:
    import apprise

    with _captured_log():
        service = apprise.Apprise.instantiate(url)
    if service is None:
        which = f"address {number}" if number else "an address"
        raise ReportError(
            SETTING, f"{which} is not one that Apprise knows; its documentation lists all services."
        )
    return service


@contextmanager
def _captured_log() -> Iterator[list[str]]:
    """Captures what Apprise logs, and keeps it out of our log: its lines may contain addresses."""
    lines: list[str] = []
    logger = logging.getLogger("apprise")

    class Capture(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    capture, before = Capture(), (logger.propagate, logger.level)
    logger.addHandler(capture)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    try:
        yield lines
    finally:
        logger.removeHandler(capture)
        logger.propagate, logger.level = before
