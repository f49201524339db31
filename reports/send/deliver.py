"""Sends an issue to its recipients, to each at most once: what was sent, or may have been, is not sent again.

No mail protocol makes sending and recording one transaction. So a delivery is claimed in the ledger
at the last moment before the server may accept it. A run that is killed after that leaves a claim
without a result, which is sent again only if an operator says so. A run that is killed earlier leaves
nothing, and the next run sends.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from reports.digest.written_issues import Issue, read_issue
from reports.errors import ReportError
from reports.escaping import clipped
from reports.site import addresses
from warehouse.errors import WarehouseBusyError
from warehouse.store.deliveries import Delivery, DeliveryLedger, DeliveryRecord, DeliveryStatus

ATTEMPTS = 4
KEY_CHARS = 24
SUBJECT_CHARS = 150
CHAT_LINE_CHARS = 200
TITLE = "Watchfloor weekly digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueMessage:
    """An issue as it is sent. `edition` is a hash of the two texts of the mail."""

    week: str
    edition: str
    subject: str
    html: str
    text: str
    chat_title: str
    chat_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A recipient: the address (a secret for chat), its hash, and the masked form that is shown."""

    channel: str
    address: str = field(repr=False)
    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The result of an attempt. `is_permanent`: do not retry; `is_outage`: the server accepts nothing."""

    status: DeliveryStatus
    detail: str
    is_permanent: bool = False
    is_outage: bool = False

    @property
    def is_temporary_failure(self) -> bool:
        """Whether it certainly failed, and another attempt may succeed."""
        return self.status is DeliveryStatus.FAILED and not self.is_permanent


class Channel(Protocol):
    """Delivers messages. `deliver` calls `claim` just before the server may accept the message."""

    def message_id(self, recipient: Recipient, /) -> str: ...
    def deliver(self, recipient: Recipient, claim: Callable[[], None]) -> Attempt: ...
    def close(self) -> None: ...


class Outcome(StrEnum):
    """What a run did about one recipient, or would do."""

    SENT = "sent"
    WOULD_SEND = "would_send"
    SENT_BEFORE = "sent_before"
    CHANGED_SINCE = "changed_since"
    PERHAPS_SENT = "perhaps_sent"
    FAILED = "failed"
    REFUSED = "refused"


NEEDS_A_LOOK = (Outcome.PERHAPS_SENT, Outcome.FAILED, Outcome.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """What a run did about one recipient, and why."""

    channel: str
    recipient: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """`resend`: send also what may have been sent, or was refused; `corrected`: send a changed issue too."""

    resend: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendContext:
    """What a run needs: the ledger, the channels by name, the clock, and a pause after attempt 1, 2, 3."""

    ledger: DeliveryLedger
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    pause: Callable[[int], None]


def recipient_key(channel: str, address: str, secret: bytes) -> str:
    """Returns the hex digits that identify an address in the ledger, for the holder of the secret alone."""
    return hmac.new(secret, f"{channel}\0{address}".encode(), sha256).hexdigest()[:KEY_CHARS]


def unsalted_key(recipient: Recipient) -> str:
    """Returns the key that the first ledgers had, which anyone can compute from the address."""
    address = recipient.address.lower() if recipient.channel == "email" else recipient.address
    return sha256(f"{recipient.channel}\0{address}".encode()).hexdigest()[:16]


def plan_deliveries(
    message: IssueMessage, recipients: Sequence[Recipient], ledger: DeliveryLedger, options: SendOptions
) -> list[DeliveryResult]:
    """Returns what a run would do, without doing it."""
    records = ledger.of_week(message.week)
    return [_result(recipient, *decide(message, recipient, records, options)) for recipient in recipients]


def send_issue(
    message: IssueMessage, recipients: Sequence[Recipient], context: SendContext, options: SendOptions
) -> list[DeliveryResult]:
    """Sends what is due to each recipient. The caller holds the lock that keeps other runs from sending."""
    context.ledger.settle(context.clock())
    records = context.ledger.of_week(message.week)
    done: list[DeliveryResult] = []
    outages: dict[str, Attempt] = {}
    try:
        for recipient in recipients:
            outcome, why = decide(message, recipient, records, options)
            if outcome is not Outcome.WOULD_SEND:
                done.append(_result(recipient, outcome, why))
                continue
            attempt_result = outages.get(recipient.channel) or _deliver(message, recipient, context, options)
            if attempt_result.is_outage:
                outages[recipient.channel] = attempt_result
            done.append(_result(recipient, _outcome(attempt_result), attempt_result.detail))
    finally:
        for channel in context.channels.values():
            channel.close()
    return done


def decide(
    message: IssueMessage, recipient: Recipient, records: Iterable[DeliveryRecord], options: SendOptions
) -> tuple[Outcome, str]:
    """Returns what is due to a recipient by the ledger's records of the week, and why."""
    mine = [one for one in records if (one.channel, one.recipient_key) == (recipient.channel, recipient.key)]
    same = next((one for one in mine if one.edition == message.edition), None)
    if same and same.status is DeliveryStatus.SENT:
        return Outcome.SENT_BEFORE, same.detail
    if same and not options.resend:
        if same.status in (DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN):
            return Outcome.PERHAPS_SENT, same.detail
        if same.is_permanent:
            return Outcome.REFUSED, same.detail
    earlier = next(
        (one for one in reversed(mine) if one is not same and one.status is not DeliveryStatus.FAILED), None
    )
    if earlier and not options.corrected:
        return Outcome.CHANGED_SINCE, f"edition {earlier.edition} was sent, {message.edition} was not"
    return Outcome.WOULD_SEND, ""


def _deliver(
    message: IssueMessage, recipient: Recipient, context: SendContext, options: SendOptions
) -> Attempt:
    channel = context.channels[recipient.channel]
    delivery = Delivery(
        week=message.week,
        edition=message.edition,
        channel=recipient.channel,
        recipient_key=recipient.key,
        recipient=recipient.label,
        message_id=channel.message_id(recipient),
    )

    def claim() -> None:
        if not context.ledger.claim(delivery, context.clock(), again=options.resend):
            raise WarehouseBusyError(
                recipient.label, "is being sent to by another run. Wait for that and run it again."
            )

    attempt_result = channel.deliver(recipient, claim)
    for attempt in range(1, ATTEMPTS):
        if not attempt_result.is_temporary_failure:
            break
        context.ledger.record(delivery, attempt_result.status, context.clock(), attempt_result.detail)
        context.pause(attempt)
        attempt_result = channel.deliver(recipient, claim)
    context.ledger.record(
        delivery,
        attempt_result.status,
        context.clock(),
        attempt_result.detail,
        # A server that accepts nothing says nothing about this recipient: the next run may try again.
        is_permanent=attempt_result.is_permanent and not attempt_result.is_outage,
    )
    return attempt_result


def _outcome(attempt_result: Attempt) -> Outcome:
    if attempt_result.status is DeliveryStatus.FAILED:
        return Outcome.REFUSED if attempt_result.is_permanent else Outcome.FAILED
    return Outcome.SENT if attempt_result.status is DeliveryStatus.SENT else Outcome.PERHAPS_SENT


def _result(recipient: Recipient, outcome: Outcome, detail: str) -> DeliveryResult:
    return DeliveryResult(
        channel=recipient.channel, recipient=recipient.label, outcome=outcome, detail=detail
    )


def read_issue_message(
    digests: Path, week: str, site_url: str | None, *, corrected: bool = False, empty: bool = False
) -> IssueMessage:
    """Returns the message of a week from the files of its issue.

    Raises ReportError if one is missing, or if nothing was collected for the week and `empty` is false.
    """
    issue = read_issue(digests, week)
    if issue.is_empty and not empty:
        raise ReportError(
            f"the issue of {week}",
            "is empty: nothing was collected for its week. Collect or import first and write it again; "
            "--empty sends it as it is.",
        )
    html, text = (_part(digests / f"{week}.mail.{form}", week) for form in ("html", "txt"))
    first = next((one.title for one in issue.headlines if one.title), None)
    title = f"{'Corrected: ' if corrected else ''}{TITLE} {week}"
    return IssueMessage(
        week=week,
        edition=sha256(f"{html}\0{text}".encode()).hexdigest()[:12],
        subject=clipped(f"{title}: {first}" if first else title, SUBJECT_CHARS),
        html=html,
        text=text,
        chat_title=title,
        chat_text=_chat_text(issue, site_url),
    )


def _part(path: Path, week: str) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ReportError(str(path), f"is missing. `watchfloor digest --week {week}` writes it.") from error


def _chat_text(issue: Issue, site_url: str | None) -> str:
    without = "nothing was collected" if issue.is_empty else "no material change"
    headlines = [f"{one.name}: {_inert(one.title) if one.title else without}" for one in issue.headlines]
    corpus = f"{issue.stories} stories from {issue.articles} articles of {issue.publishers} publishers"
    link = [f"{site_url}{addresses.issue(issue.week)}"] if site_url else []
    return "\n".join([*headlines, corpus, *link])


# What chat servers read as a mention, a command, a link or a style. No headline may mention a whole channel.
_CHAT_SYNTAX = {"@": "@\u2060", "<": "‹", ">": "›", "`": "'", "*": "∗", "[": "(", "]": ")"}


def _inert(title: str) -> str:
    line = clipped(title, CHAT_LINE_CHARS)
    return re.sub("[@<>`*\\[\\]]", lambda match: _CHAT_SYNTAX[match[0]], line)
