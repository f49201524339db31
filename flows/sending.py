"""Sends the issue of a week by e-mail and to chat, to each recipient at most once."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from filelock import FileLock, Timeout

from flows.jobs import deadline
from flows.settings import SECRET_NAME, Settings
from reports.errors import ReportError
from reports.send.chat import ChatChannel, chat_recipients
from reports.send.deliver import (
    KEY_CHARS,
    Channel,
    DeliveryResult,
    IssueMessage,
    Outcome,
    Recipient,
    SendContext,
    SendOptions,
    plan_deliveries,
    read_issue_message,
    send_issue,
    unsalted_key,
)
from reports.send.smtp import Envelope, MailChannel, MailServer, mail_recipient, parse_address
from reports.week import Week
from warehouse.errors import WarehouseBusyError
from warehouse.store.atomic_files import PRIVATE_FILE, replacing
from warehouse.store.deliveries import DeliveryLedger, DeliveryRecord

# A job holds the warehouse for minutes at most. A mail server waits five minutes for the next command (RFC
# 5321, 4.5.3.2), so a delivery that cannot be recorded within this time ends the run with nothing sent.
PATIENCE_S = 240.0
FIRST_PAUSE_S = 2.0
TIMEOUT_S = 3_600.0  # of a run as a whole, whatever its servers do


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """One run: the issue, its edition and subject, and the outcome for each recipient."""

    week: str
    edition: str
    subject: str
    deliveries: list[DeliveryResult]

    def having(self, *outcomes: Outcome) -> list[DeliveryResult]:
        """Returns the deliveries with one of these outcomes."""
        return [one for one in self.deliveries if one.outcome in outcomes]


def send(
    settings: Settings,
    week: Week,
    now: datetime,
    *,
    to: Sequence[str] = (),
    dry_run: bool = False,
    resend: bool = False,
    corrected: bool = False,
    empty: bool = False,
) -> SendReport:
    """Sends the issue of `week` in HOME/digests to the recipients of the settings, or only to `to`."""
    options = SendOptions(resend=resend, corrected=corrected)
    message = read_issue_message(
        settings.digests_dir, str(week), settings.site_url, corrected=corrected, empty=empty
    )
    ledger = DeliveryLedger(settings.warehouse_path, time.sleep, PATIENCE_S)
    records = ledger.of_week(message.week)
    recipients = _recipients(settings, to, _secret(settings, records))
    old_keys = {unsalted_key(one): one.key for one in recipients}
    if old_keys.keys() & {record.recipient_key for record in records}:
        ledger.rekey(old_keys)
    if dry_run:
        deliveries = plan_deliveries(message, recipients, ledger, options)
    else:
        clock = _clock(now)
        channels = _channels(settings, message, recipients, clock)
        context = SendContext(ledger=ledger, channels=channels, clock=clock, pause=_pause)
        try:
            with (
                FileLock(settings.home_dir / ".send.lock", timeout=0, mode=PRIVATE_FILE),
                deadline(f"sending of {message.week}", TIMEOUT_S),
            ):
                deliveries = send_issue(message, recipients, context, options)
        except Timeout as error:
            raise WarehouseBusyError(
                "sending", "another run is sending. Wait until it ends and run it again."
            ) from error
    return SendReport(
        week=message.week, edition=message.edition, subject=message.subject, deliveries=deliveries
    )


def _secret(settings: Settings, records: Sequence[DeliveryRecord]) -> bytes:
    """Returns the secret by which the ledger's keys hide addresses; the first run makes it.

    Raises ReportError if it is lost: the ledger could no longer tell who has the issue.
    """
    path = settings.home_dir / SECRET_NAME
    if not path.exists():
        if any(len(record.recipient_key) == KEY_CHARS for record in records):
            raise ReportError(
                str(path),
                "is missing, so nobody can tell who has it already. Restore it from a backup, or write "
                "any 64 characters to it, and everybody gets the issue again.",
            )
        with replacing(path) as fresh:
            fresh.touch(PRIVATE_FILE)
            fresh.write_text(secrets.token_hex(32), "ascii")
    return path.read_bytes().strip()


def _recipients(settings: Settings, to: Sequence[str], secret: bytes) -> list[Recipient]:
    if to:
        named = [mail_recipient(address, "--to", secret) for address in to]
    else:
        mail = [
            mail_recipient(address, "WATCHFLOOR_MAIL_RECIPIENTS", secret)
            for address in settings.mail_recipients
        ]
        urls = settings.apprise_urls.get_secret_value().split() if settings.apprise_urls else []
        named = [*mail, *chat_recipients(urls, secret)]
    return list({one.key: one for one in named}.values())  # a recipient named twice gets one


def _channels(
    settings: Settings, message: IssueMessage, recipients: Sequence[Recipient], clock: Callable[[], datetime]
) -> dict[str, Channel]:
    needed = {recipient.channel for recipient in recipients}
    channels: dict[str, Channel] = {}
    if "email" in needed:
        if not (settings.smtp_url and settings.mail_sender):
            raise ReportError(
                "sending by e-mail",
                "needs WATCHFLOOR_SMTP_URL and WATCHFLOOR_MAIL_SENDER; see docs/operators/sending.md.",
            )
        envelope = Envelope(
            sender=parse_address(settings.mail_sender, "WATCHFLOOR_MAIL_SENDER"),
            unsubscribe=settings.mail_unsubscribe or "",
        )
        server = MailServer.parse(settings.smtp_url.get_secret_value())
        channels["email"] = MailChannel(server, envelope, message, clock)
    if "chat" in needed:
        channels["chat"] = ChatChannel(message)
    return channels


def _clock(now: datetime) -> Callable[[], datetime]:
    """Returns a clock that starts at `now`, so that a replay has its own time."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _pause(attempt: int) -> None:
    """Waits before the next attempt: about 2, 6 and 18 s after attempts 1 to 3, varied at random by half."""
    time.sleep(FIRST_PAUSE_S * 3 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
