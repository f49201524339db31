"""Hands messages to chat servers and webhooks by Apprise. An address holds its token, so none is ever shown or stored."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from reports.errors import ReportError
from reports.send.deliver import Handover, Recipient, hashed
from reports.send.message import IssueMessage
from warehouse.store.deliveries import DeliveryStatus

SETTING = "WATCHFLOOR_APPRISE_URLS"


def chat_recipients(urls: Sequence[str]) -> list[Recipient]:
    """Whom messages go to, each shown as the service's name and a part of its hash."""
    return [_recipient(number, url) for number, url in enumerate(urls, start=1)]


def _recipient(number: int, url: str) -> Recipient:
    key = hashed("chat", url)
    return Recipient(channel="chat", address=url, key=key, label=f"{_service(url, number).service_name} ({key[:6]})")


class ChatChannel:
    """One message to any of the services Apprise knows."""

    def __init__(self, letter: IssueMessage) -> None:
        self._letter = letter

    def message_id(self, _recipient: Recipient) -> str:
        """Empty: chat servers know no message by an id of ours."""
        return ""

    def deliver(self, recipient: Recipient, claim: Callable[[], None]) -> Handover:
        """Hands over one message. Without an HTTP status the message may have arrived, so that counts as unknown."""
        import apprise

        service = _service(recipient.address)
        claim()
        with _listening() as heard:
            taken = service.notify(
                title=self._letter.chat_title, body=self._letter.chat_text, body_format=apprise.NotifyFormat.TEXT
            )
        if taken:
            return Handover(status=DeliveryStatus.SENT, detail="accepted")
        statuses = [match[1] for line in heard if (match := _STATUS.search(line))]
        if not statuses:
            return Handover(status=DeliveryStatus.UNKNOWN, detail="the service gave no answer")
        return Handover(
            status=DeliveryStatus.FAILED,
            detail=f"the service answered HTTP {statuses[-1]}",
            is_permanent=statuses[-1][0] == "4" and statuses[-1] != "429",
        )

    def close(self) -> None:
        """Nothing is kept open."""


# How Apprise's services word an answer that is no success: `... error=404.`
_STATUS = re.compile(r"error=([1-5]\d\d)\b")


def _service(url: str, number: int | None = None) -> Any:
    import apprise

    with _listening():
        service = apprise.Apprise.instantiate(url)
    if service is None:
        which = f"address {number}" if number else "an address"
        raise ReportError(SETTING, f"{which} is none that Apprise knows; its documentation lists them all.")
    return service


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What Apprise logs meanwhile, which goes nowhere else: its lines may name addresses."""
    heard: list[str] = []
    logger = logging.getLogger("apprise")

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear, before = Ear(), (logger.propagate, logger.level)
    logger.addHandler(ear)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate, logger.level = before
