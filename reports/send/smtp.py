"""Delivers mail to one SMTP server, a message a recipient, and reports whether the server accepted it."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from reports.errors import ReportError
from reports.escaping import clipped, without_commands
from reports.send.deliver import Attempt, IssueMessage, Recipient, recipient_key
from warehouse.store.deliveries import DeliveryStatus

TIMEOUT_S = 60.0  # for one operation, and for one reply as a whole
GOODBYE_S = 5.0
DETAIL_CHARS = 200
_UNSUBSCRIBE_SCHEMES = ("mailto:", "https:", "http:")  # RFC 2369, 3.2


class Security(StrEnum):
    """How the connection is encrypted: from its first byte, from STARTTLS on, or not at all."""

    TLS = "smtps"
    STARTTLS = "smtp"
    NONE = "smtp+insecure"


_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that accepts our mail, and the login it requires (empty if none)."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """Parses smtps://user:password@host:465; the error states the rules and never shows the address."""
        wrong = ReportError(
            "WATCHFLOOR_SMTP_URL",
            "is not the address of a mail server. Write smtps://user:password@host:465 (TLS), "
            "smtp://user:password@host:587 (STARTTLS, which must be offered) or smtp+insecure://host:25 (no "
            "encryption, for this machine); percent-encode special characters in user and password.",
        )
        try:
            parts = urlsplit(url.strip())
            security = Security(parts.scheme)
            port = parts.port or _PORTS[security]
        except ValueError:
            raise wrong from None  # the cause would show the address
        if not parts.hostname:
            raise wrong
        return cls(
            host=parts.hostname,
            port=port,
            security=security,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


def parse_address(text: str, setting: str) -> Address:
    """Parses one mailbox, with or without a name; ReportError names the setting it was read from."""
    wrong = ReportError(setting, f"{clipped(text, 80)!r} is not an e-mail address.")
    try:
        name, spec = parseaddr(text)
        address = Address(display_name=name, addr_spec=spec)
    except (HeaderParseError, ValueError, IndexError):
        raise wrong from None
    is_plain = spec.isascii() and without_commands(text) == text and "\n" not in text
    if not (is_plain and address.username and address.domain):
        raise wrong
    return address


def mail_recipient(text: str, setting: str, secret: bytes) -> Recipient:
    """Returns the recipient of a mail address, shown with only its first letter and its domain."""
    spec = parse_address(text, setting).addr_spec
    user, domain = spec.rsplit("@", 1)
    return Recipient(
        channel="email",
        address=spec,
        key=recipient_key("email", spec.lower(), secret),
        label=f"{user[:1]}***@{domain.lower()}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What all mails of a run share: the sender, and how to unsubscribe (empty if not set)."""

    sender: Address
    unsubscribe: str = ""


def compose(issue: IssueMessage, envelope: Envelope, recipient: Recipient, date: datetime) -> EmailMessage:
    """Returns the mail as plain text and HTML. The Message-ID per edition and recipient is constant."""
    message = EmailMessage(policy.SMTP)
    message["From"] = envelope.sender
    message["To"] = Address(addr_spec=recipient.address)
    message["Subject"] = issue.subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id(issue, envelope, recipient)
    message["Auto-Submitted"] = "auto-generated"
    links = [
        word
        for word in without_commands(envelope.unsubscribe).replace(",", " ").split()
        if word.startswith(_UNSUBSCRIBE_SCHEMES)
    ]
    if links:
        message["List-Unsubscribe"] = ", ".join(f"<{link}>" for link in links)
    message.set_content(issue.text, cte="quoted-printable")
    message.add_alternative(issue.html, subtype="html", cte="quoted-printable")
    return message


def message_id(issue: IssueMessage, envelope: Envelope, recipient: Recipient) -> str:
    """The Message-ID, by which a mailbox may recognise a mail that it already has."""
    return f"<watchfloor.{issue.week}.{issue.edition}.{recipient.key}@{envelope.sender.domain}>"


class _BoundedReplies(smtplib.SMTP):
    """Ends the connection if a reply is not complete in time: a server may send lines without end."""

    reply_s: float | None = None

    def getreply(self) -> tuple[int, bytes]:
        """Returns code and text of a reply; raises SMTPServerDisconnected if it takes too long."""
        sock = self.sock
        if sock is None:
            return super().getreply()

        def cut_off() -> None:
            with suppress(OSError):  # not that of TLS, which would say goodbye first
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

        timer = threading.Timer(self.reply_s or TIMEOUT_S, cut_off)
        timer.daemon = True
        timer.start()
        try:
            return super().getreply()
        finally:
            timer.cancel()


class _BoundedRepliesOverTls(_BoundedReplies, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class MailChannel:
    """One connection to the server, opened when first needed and again after it was lost."""

    def __init__(
        self, server: MailServer, envelope: Envelope, message: IssueMessage, clock: Callable[[], datetime]
    ) -> None:
        self._server, self._envelope, self._message, self._clock = server, envelope, message, clock
        self._smtp: _BoundedReplies | None = None

    def message_id(self, recipient: Recipient) -> str:
        """The Message-ID of the mail to a recipient."""
        return message_id(self._message, self._envelope, recipient)

    def deliver(self, recipient: Recipient, claim: Callable[[], None]) -> Attempt:
        """Sends one mail. All that can fail without harm comes first; then `claim`, then the text itself."""
        content = compose(self._message, self._envelope, recipient, self._clock()).as_bytes()
        try:
            smtp = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            return self._outage(f"the server refuses the login ({error.smtp_code})", is_permanent=True)
        except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            return self._outage(f"no secure connection: {error}", is_permanent=True)
        except (smtplib.SMTPException, OSError) as error:
            return self._outage(f"cannot be reached: {error}")
        try:
            smtp.rset()
            for code, said in (smtp.mail(self._envelope.sender.addr_spec), smtp.rcpt(recipient.address)):
                if code >= 300:
                    return _refused(code, said)
        except (smtplib.SMTPException, OSError) as error:
            return self._outage(f"the connection was lost: {error}")
        try:
            claim()
        except BaseException:
            self.close()
            raise
        try:
            # The claim may have waited long; a server that disconnected meanwhile has accepted nothing.
            smtp.noop()
        except (smtplib.SMTPException, OSError) as error:
            return self._outage(f"the connection was lost: {error}")
        return self._send_text(smtp, content)

    def close(self) -> None:
        """Closes the connection; whatever the server answers is ignored."""
        smtp, self._smtp = self._smtp, None
        if smtp:
            smtp.reply_s = GOODBYE_S
            try:
                smtp.quit()
            except (smtplib.SMTPException, OSError):
                smtp.close()

    def _send_text(self, smtp: smtplib.SMTP, content: bytes) -> Attempt:
        try:
            code, said = smtp.data(content)
        except smtplib.SMTPDataError as error:  # refused before the text, so it has none
            return _refused(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Attempt(
                status=DeliveryStatus.UNKNOWN,
                detail=_said(f"the connection was lost before the server's answer: {error}"),
            )
        if code >= 300:
            return _refused(code, said)
        return Attempt(status=DeliveryStatus.SENT, detail=_said(said))

    def _connected(self) -> _BoundedReplies:
        if self._smtp is None:
            server, domain = self._server, self._envelope.sender.domain
            if server.security is Security.TLS:
                context = _tls_context()
                smtp: _BoundedReplies = _BoundedRepliesOverTls(
                    server.host, server.port, domain, timeout=TIMEOUT_S, context=context
                )
            else:
                smtp = _BoundedReplies(server.host, server.port, domain, timeout=TIMEOUT_S)
            try:
                if server.security is Security.STARTTLS:
                    smtp.starttls(context=_tls_context())
                if server.user:
                    smtp.login(server.user, server.password)
                smtp.ehlo_or_helo_if_needed()
            except BaseException:
                smtp.close()
                raise
            self._smtp = smtp
        return self._smtp

    def _outage(self, detail: str, *, is_permanent: bool = False) -> Attempt:
        self.close()
        return Attempt(
            status=DeliveryStatus.FAILED,
            detail=_said(f"{self._server.host}:{self._server.port} {detail}"),
            is_outage=True,
            is_permanent=is_permanent,
        )


def _tls_context() -> ssl.SSLContext:
    """Certificates are checked, and a common name alone names no host (RFC 9525)."""
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False
    return context


def _refused(code: int, said: bytes | str) -> Attempt:
    """By RFC 5321, 4.2.1, 4yz may be tried again and 5yz not."""
    return Attempt(
        status=DeliveryStatus.FAILED, detail=_said(f"{code} {_text(said)}"), is_permanent=code >= 500
    )


def _said(said: bytes | str) -> str:
    return clipped(_text(said), DETAIL_CHARS)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
