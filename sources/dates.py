"""Publication dates, read as stated and judged honestly: a date we cannot use is marked, never replaced by now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sources.model import DateStatus

# Publishers state local time as UTC often enough: a day's lead is an error of the zone, not a planned article.
FUTURE_TOLERANCE = timedelta(days=1)
# A feed shows its latest; what was published a year before we first saw it came out of an archive.
ARCHIVE_AGE = timedelta(days=365)
# Before the web there were no feeds: 1970 and year 1 are a computer's "no date".
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)


def parse_date(stated: str) -> datetime | None:
    """The moment a text states, in aware UTC; ISO 8601 or RFC 5322, a missing zone read as UTC. None if unreadable."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(stated.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
    return None


def judge_date(stated: str | None, moment: datetime | None, seen_at: datetime) -> tuple[datetime | None, DateStatus]:
    """The date to keep and what it is worth, for an entry that says `stated`, read as `moment`, first seen at `seen_at`."""
    if not stated or not stated.strip():
        return None, DateStatus.MISSING
    if moment is None or moment < EARLIEST:
        return None, DateStatus.UNPARSABLE
    if moment > seen_at + FUTURE_TOLERANCE:
        return moment, DateStatus.FUTURE
    if moment < seen_at - ARCHIVE_AGE:
        return moment, DateStatus.TOO_OLD
    return moment, DateStatus.OK
