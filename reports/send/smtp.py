"""Hands mail to one SMTP server, a message a recipient, and says truthfully whether the server took it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
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
from reports.send.deliver import Handover, Recipient, hashed
from reports.send.message import IssueMessage
from warehouse.store.deliveries import DeliveryStatus

TIMEOUT_S = 60.0
DETAIL_CHARS = 200
_WAYS_OUT = ("mailto:", "https:", "http:")  # RFC 2369, 3.2


class Security(StrEnum):
    """How the connection is kept private: from its first byte, from STARTTLS on, or not at all."""

    TLS = "smtps"
    STARTTLS = "smtp"
    NONE = "smtp+insecure"


_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mail, and the login it asks for (empty if none)."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """The server written as smtps://user:password@host:465; the error tells the rules and never the address."""
        wrong = ReportError(
            "WATCHFLOOR_SMTP_URL",
            "is no address of a mail server. Write smtps://user:password@host:465 (TLS), smtp://user:password@host:587 "
            "(STARTTLS, which must be offered) or smtp+insecure://host:25 (no encryption, for this machine); "
            "percent-encode what is special in user and password.",
        )
        try:
            parts = urlsplit(url.strip())
            security = Security(parts.scheme)
            port = parts.port or _PORTS[security]
        except ValueError:
            raise wrong from None  # what was wrong would show the address
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
    """The one mailbox that is written, with or without a name; ReportError names the setting it was read from."""
    wrong = ReportError(setting, f"{clipped(text, 80)!r} is no e-mail address.")
    try:
        name, spec = parseaddr(text)
        address = Address(display_name=name, addr_spec=spec)
    except (HeaderParseError, ValueError, IndexError):
        raise wrong from None
    is_plain = spec.isascii() and without_commands(text) == text and "\n" not in text
    if not (is_plain and address.username and address.domain):
        raise wrong
    return address


def mail_recipient(text: str, setting: str) -> Recipient:
    """Whom a mail goes to."""
    spec = parse_address(text, setting).addr_spec
    user, domain = spec.rsplit("@", 1)
    return Recipient(
        channel="email", address=spec, key=hashed("email", spec.lower()), label=f"{user[:1]}***@{domain.lower()}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What all mails of a run share: who sends them, and how to be taken off the list (empty if not set)."""

    sender: Address
    unsubscribe: str = ""


def compose(letter: IssueMessage, envelope: Envelope, recipient: Recipient, date: datetime) -> EmailMessage:
    """The mail: plain text with HTML beside it. Its Message-ID is the same whenever this edition goes to this recipient."""
    message = EmailMessage(policy.SMTP)
    message["From"] = envelope.sender
    message["To"] = Address(addr_spec=recipient.address)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id(letter, envelope, recipient)
    message["Auto-Submitted"] = "auto-generated"
    ways = [
        word for word in without_commands(envelope.unsubscribe).replace(",", " ").split() if word.startswith(_WAYS_OUT)
    ]
    if ways:
        message["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def message_id(letter: IssueMessage, envelope: Envelope, recipient: Recipient) -> str:
    """The Message-ID, by which a mailbox may know a mail that it has already."""
    return f"<watchfloor.{letter.week}.{letter.edition}.{recipient.key}@{envelope.sender.domain}>"


class MailChannel:
    """One connection to the server, made when first needed and again when it was lost."""

    def __init__(
        self, server: MailServer, envelope: Envelope, letter: IssueMessage, clock: Callable[[], datetime]
    ) -> None:
        self._server, self._envelope, self._letter, self._clock = server, envelope, letter, clock
        self._smtp: smtplib.SMTP | None = None

    def message_id(self, recipient: Recipient) -> str:
        """The Message-ID of the mail to a recipient."""
        return message_id(self._letter, self._envelope, recipient)

    def deliver(self, recipient: Recipient, claim: Callable[[], None]) -> Handover:
        """Hands over one mail. All that can fail without harm comes first; then `claim`, then the text itself."""
        content = compose(self._letter, self._envelope, recipient, self._clock()).as_bytes()
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
            smtp.noop()  # the claim may have waited long; a server that left meanwhile has surely taken nothing
        except (smtplib.SMTPException, OSError) as error:
            return self._outage(f"the connection was lost: {error}")
        return self._hand_over(smtp, content)

    def close(self) -> None:
        """Takes leave of the server; whatever it answers changes nothing."""
        smtp, self._smtp = self._smtp, None
        if smtp:
            try:
                smtp.quit()
            except (smtplib.SMTPException, OSError):
                smtp.close()

    def _hand_over(self, smtp: smtplib.SMTP, content: bytes) -> Handover:
        try:
            code, said = smtp.data(content)
        except smtplib.SMTPDataError as error:  # it wanted no text, so it has none
            return _refused(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Handover(
                status=DeliveryStatus.UNKNOWN,
                detail=_said(f"the connection was lost before the server's answer: {error}"),
            )
        if code >= 300:
            return _refused(code, said)
        return Handover(status=DeliveryStatus.SENT, detail=_said(said))

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            server, domain = self._server, self._envelope.sender.domain
            if server.security is Security.TLS:
                context = ssl.create_default_context()
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, domain, timeout=TIMEOUT_S, context=context
                )
            else:
                smtp = smtplib.SMTP(server.host, server.port, domain, timeout=TIMEOUT_S)
            try:
                if server.security is Security.STARTTLS:
                    smtp.starttls(context=ssl.create_default_context())
                if server.user:
                    smtp.login(server.user, server.password)
                smtp.ehlo_or_helo_if_needed()
            except BaseException:
                smtp.close()
                raise
            self._smtp = smtp
        return self._smtp

    def _outage(self, detail: str, *, is_permanent: bool = False) -> Handover:
        self.close()
        return Handover(
            status=DeliveryStatus.FAILED,
            detail=_said(f"{self._server.host}:{self._server.port} {detail}"),
            is_outage=True,
            is_permanent=is_permanent,
        )


def _refused(code: int, said: bytes | str) -> Handover:
    """RFC 5321, 4.2.1: 4yz may be tried again, 5yz not."""
    return Handover(status=DeliveryStatus.FAILED, detail=_said(f"{code} {_text(said)}"), is_permanent=code >= 500)


def _said(said: bytes | str) -> str:
    return clipped(_text(said), DETAIL_CHARS)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
