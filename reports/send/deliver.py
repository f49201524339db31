"""Sends an issue to its recipients, to each at most once: what was handed over, or may have been, is not sent again.

No protocol of mail lets sender and server forget nothing together. So a delivery is claimed in the ledger at the last moment
before the server may take it; a run that dies after that leaves a claim, and a claim without a result is never sent again
unless an operator says so. A run that dies before it leaves nothing, and the next run sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from reports.errors import ReportBusyError
from reports.send.message import IssueMessage
from warehouse.store.deliveries import Delivery, DeliveryLedger, DeliveryRecord, DeliveryStatus

ATTEMPTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom an issue goes to: the address (a secret for chat), its hash, and how it is shown."""

    channel: str
    address: str = field(repr=False)
    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What came of handing over. `is_permanent`: trying again is no use; `is_outage`: the server takes nothing from us."""

    status: DeliveryStatus
    detail: str
    is_permanent: bool = False
    is_outage: bool = False

    @property
    def is_passing(self) -> bool:
        """Whether it surely failed and may do better soon."""
        return self.status is DeliveryStatus.FAILED and not self.is_permanent


class Channel(Protocol):
    """A way to recipients. `deliver` calls `claim` at the last moment before the other side may take the message."""

    def message_id(self, recipient: Recipient, /) -> str: ...
    def deliver(self, recipient: Recipient, claim: Callable[[], None]) -> Handover: ...
    def close(self) -> None: ...


class Outcome(StrEnum):
    """What a run did about one recipient."""

    SENT = "sent"
    WOULD_SEND = "would_send"
    SENT_BEFORE = "sent_before"
    CHANGED_SINCE = "changed_since"
    PERHAPS_SENT = "perhaps_sent"
    FAILED = "failed"
    REFUSED = "refused"


TROUBLE = (Outcome.PERHAPS_SENT, Outcome.FAILED, Outcome.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One recipient's line in the report of a run."""

    channel: str
    recipient: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """What the operator says beyond the plain: send what may have been sent or was refused; send a changed issue too."""

    resend: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendContext:
    """What a run works with: the ledger, a way a channel, the clock, and a pause before attempt 1, 2, 3."""

    ledger: DeliveryLedger
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    pause: Callable[[int], None]


def hashed(channel: str, address: str) -> str:
    """Sixteen hex digits that stand for an address in the ledger."""
    return sha256(f"{channel}\0{address}".encode()).hexdigest()[:16]


def planned(
    letter: IssueMessage, recipients: Sequence[Recipient], ledger: DeliveryLedger, orders: SendOptions
) -> list[Sending]:
    """What a run would do, without doing it."""
    records = ledger.of_week(letter.week)
    return [_sending(recipient, *decide(letter, recipient, records, orders)) for recipient in recipients]


def send_issue(
    letter: IssueMessage, recipients: Sequence[Recipient], means: SendContext, orders: SendOptions
) -> list[Sending]:
    """Sends to each recipient what is due, one after the other. Only for who is sure that no other run is sending."""
    means.ledger.settle(means.clock())
    records = means.ledger.of_week(letter.week)
    done: list[Sending] = []
    outages: dict[str, Handover] = {}
    try:
        for recipient in recipients:
            outcome, why = decide(letter, recipient, records, orders)
            if outcome is not Outcome.WOULD_SEND:
                done.append(_sending(recipient, outcome, why))
                continue
            handover = outages.get(recipient.channel) or _deliver(letter, recipient, means, orders)
            if handover.is_outage:
                outages[recipient.channel] = handover
            done.append(_sending(recipient, _outcome(handover), handover.detail))
    finally:
        for channel in means.channels.values():
            channel.close()
    return done


def decide(
    letter: IssueMessage, recipient: Recipient, records: Iterable[DeliveryRecord], orders: SendOptions
) -> tuple[Outcome, str]:
    """What is due to a recipient, by what the ledger says of the week, and why."""
    mine = [one for one in records if (one.channel, one.recipient_key) == (recipient.channel, recipient.key)]
    same = next((one for one in mine if one.edition == letter.edition), None)
    if same and same.status is DeliveryStatus.SENT:
        return Outcome.SENT_BEFORE, same.detail
    if same and not orders.resend:
        if same.status in (DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN):
            return Outcome.PERHAPS_SENT, same.detail
        if same.is_permanent:
            return Outcome.REFUSED, same.detail
    earlier = next((one for one in reversed(mine) if one is not same and one.status is not DeliveryStatus.FAILED), None)
    if earlier and not orders.corrected:
        return Outcome.CHANGED_SINCE, f"edition {earlier.edition} was handed over, {letter.edition} was not"
    return Outcome.WOULD_SEND, ""


def _deliver(letter: IssueMessage, recipient: Recipient, means: SendContext, orders: SendOptions) -> Handover:
    channel = means.channels[recipient.channel]
    delivery = Delivery(
        week=letter.week,
        edition=letter.edition,
        channel=recipient.channel,
        recipient_key=recipient.key,
        recipient=recipient.label,
        message_id=channel.message_id(recipient),
    )

    def claim() -> None:
        if not means.ledger.claim(delivery, means.clock(), again=orders.resend):
            raise ReportBusyError(recipient.label, "is being sent to by another run. Wait for that and run it again.")

    handover = channel.deliver(recipient, claim)
    for attempt in range(1, ATTEMPTS):
        if not handover.is_passing:
            break
        means.ledger.record(delivery, handover.status, means.clock(), handover.detail)
        means.pause(attempt)
        handover = channel.deliver(recipient, claim)
    means.ledger.record(
        delivery,
        handover.status,
        means.clock(),
        handover.detail,
        # A server that takes nothing says nothing of this recipient: the next run may ask it again.
        is_permanent=handover.is_permanent and not handover.is_outage,
    )
    return handover


def _outcome(handover: Handover) -> Outcome:
    if handover.status is DeliveryStatus.FAILED:
        return Outcome.REFUSED if handover.is_permanent else Outcome.FAILED
    return Outcome.SENT if handover.status is DeliveryStatus.SENT else Outcome.PERHAPS_SENT


def _sending(recipient: Recipient, outcome: Outcome, detail: str) -> Sending:
    return Sending(channel=recipient.channel, recipient=recipient.label, outcome=outcome, detail=detail)
