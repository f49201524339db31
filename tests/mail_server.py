"""A real SMTP server on loopback that keeps what it receives, and fails on request."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Answer = Callable[[str], str | None]


@dataclass(slots=True)
class MailBox:
    """What arrived. `at_rcpt` and `at_data` see the recipient and may answer for the server, or do harm."""

    port: int = 0
    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    at_rcpt: Answer = lambda _recipient: None
    at_data: Answer = lambda _recipient: None
    server: SMTP | None = None

    def hang_up(self) -> str:
        """Takes the text and is gone before it answers."""
        assert self.server and self.server.transport
        self.server.transport.abort()
        return "250 queued"

    @property
    def recipients(self) -> list[str]:
        """To whom mail arrived, in order."""
        return [recipient for recipient, _ in self.received]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if answer := self.at_rcpt(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.server = server
        (recipient,) = envelope.rcpt_tos
        answer = self.at_data(recipient)
        if answer is None or answer.startswith("250"):
            message = message_from_bytes(envelope.content or b"", policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.received.append((recipient, message))
        return answer or "250 queued"


@contextmanager
def mail_server(**options: Any) -> Iterator[MailBox]:
    """The server, up until the block ends; the options are aiosmtpd's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box = MailBox(port=probe.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
