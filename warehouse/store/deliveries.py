"""Records deliveries. Each record opens and closes the warehouse, so none is open while a server responds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseBusyError
from warehouse.store.db import open_warehouse, to_db, transaction

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 2.0


class DeliveryStatus(StrEnum):
    """The status of a delivery; see the view `deliveries`."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One edition of an issue for one recipient. `recipient` is masked, `recipient_key` an address's hash."""

    week: str
    edition: str
    channel: str
    recipient_key: str
    recipient: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """The status of one delivery."""

    week: str
    edition: str
    channel: str
    recipient_key: str
    status: DeliveryStatus
    is_permanent: bool
    detail: str


_OF_WEEK = """
SELECT week, edition, channel, recipient_key, status, is_permanent, detail FROM store.deliveries
WHERE week = $week
ORDER BY claimed_at, edition, channel, recipient_key
"""
# Two runs cannot claim the same delivery: the file has one writer, and a claim is one transaction.
_TAKEN = """
SELECT 1 FROM store.deliveries
WHERE week = $week AND edition = $edition AND channel = $channel AND recipient_key = $recipient_key
    AND status <> 'failed'
"""
_CLAIM = """
INSERT INTO store.deliveries (week, edition, channel, recipient_key, recipient, status, is_permanent,
    message_id, attempts, claimed_at, detail)
VALUES ($week, $edition, $channel, $recipient_key, $recipient, 'claimed', FALSE, $message_id, 1, $now, '')
ON CONFLICT DO UPDATE SET status = 'claimed', is_permanent = FALSE, attempts = attempts + 1,
    claimed_at = $now, finished_at = NULL, detail = ''
"""
_RECORD = """
INSERT INTO store.deliveries (week, edition, channel, recipient_key, recipient, status, is_permanent,
    message_id, attempts, claimed_at, finished_at, detail)
VALUES ($week, $edition, $channel, $recipient_key, $recipient, $status, $is_permanent, $message_id, 0, $now,
    $now, $detail)
ON CONFLICT DO UPDATE SET status = $status, is_permanent = $is_permanent, finished_at = $now, detail = $detail
"""
_SETTLE = """
UPDATE store.deliveries SET status = 'unknown', finished_at = $now,
    detail = 'its run ended before the result was recorded'
WHERE status = 'claimed'
"""


_REKEY = """
UPDATE store.deliveries SET recipient_key = $new, message_id = replace(message_id, $old, $new)
WHERE recipient_key = $old
"""


class DeliveryLedger:
    """The deliveries in the warehouse at `path`. Waits up to `patience_s` seconds while a flow writes it."""

    def __init__(self, path: Path, sleep: Callable[[float], None], patience_s: float) -> None:
        self._path, self._sleep, self._patience_s = path, sleep, patience_s

    def of_week(self, week: str) -> list[DeliveryRecord]:
        """Returns every delivery of the issue of a week, in all its editions, the latest claimed last."""
        if not self._path.exists():
            return []
        with self._open() as con:
            rows = con.execute(_OF_WEEK, {"week": week}).fetchall()
        return [
            DeliveryRecord(
                week=row[0],
                edition=row[1],
                channel=row[2],
                recipient_key=row[3],
                status=DeliveryStatus(row[4]),
                is_permanent=row[5],
                detail=row[6],
            )
            for row in rows
        ]

    def rekey(self, keys: Mapping[str, str]) -> None:
        """Replaces recipient keys (old to new) in all deliveries, and in the Message-IDs they are part of."""
        with self._open() as con, transaction(con):
            for old, new in keys.items():
                con.execute(_REKEY, {"old": old, "new": new})

    def settle(self, now: datetime) -> None:
        """Marks claimed deliveries as unknown: their run was killed. No other run may be sending."""
        with self._open() as con:
            con.execute(_SETTLE, {"now": to_db(now)})

    def claim(self, delivery: Delivery, now: datetime, *, again: bool) -> bool:
        """Records that the delivery is being sent. Returns False if it was sent before, unless `again`."""
        key = _key(delivery)
        with self._open() as con, transaction(con):
            if not again and con.execute(_TAKEN, key).fetchone():
                return False
            con.execute(
                _CLAIM,
                key | {"recipient": delivery.recipient, "message_id": delivery.message_id, "now": to_db(now)},
            )
        return True

    def record(
        self,
        delivery: Delivery,
        status: DeliveryStatus,
        now: datetime,
        detail: str,
        *,
        is_permanent: bool = False,
    ) -> None:
        """Records the result of a delivery."""
        with self._open() as con:
            con.execute(
                _RECORD,
                _key(delivery)
                | {"recipient": delivery.recipient, "message_id": delivery.message_id, "now": to_db(now)}
                | {"status": status.value, "is_permanent": is_permanent, "detail": detail},
            )

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with ExitStack() as stack:
            yield self._enter(stack)

    def _enter(self, stack: ExitStack) -> duckdb.DuckDBPyConnection:
        waited, wait = 0.0, _FIRST_WAIT_S
        while True:
            try:
                return stack.enter_context(open_warehouse(self._path))
            except WarehouseBusyError:
                if waited >= self._patience_s:
                    raise
                self._sleep(wait)
                waited, wait = waited + wait, min(2 * wait, _LONGEST_WAIT_S)


def _key(delivery: Delivery) -> dict[str, object]:
    return {
        "week": delivery.week,
        "edition": delivery.edition,
        "channel": delivery.channel,
        "recipient_key": delivery.recipient_key,
    }
