"""ISO 8601 weeks in UTC: Monday 00:00 to the next Monday 00:00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

_WRITTEN = re.compile(r"(\d{4})-W(\d{2})")
YEARS = range(1900, 3000)  # far enough from the ends of the calendar for weeks before and after


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO week, named by the date of its Monday."""

    monday: date

    @classmethod
    def parse(cls, text: str) -> Week:
        """Parses a week written as 2026-W33; ValueError says what is wrong with the text."""
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not an ISO week: write it as 2026-W33")
        if int(match[1]) not in YEARS:
            raise ValueError(f"{text!r} is not a week of the years {YEARS[0]} to {YEARS[-1]}")
        return cls(date.fromisocalendar(int(match[1]), int(match[2]), 1))

    @classmethod
    def containing(cls, moment: datetime) -> Week:
        """The week an aware moment falls in, in UTC."""
        day = moment.astimezone(UTC).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def last_complete(cls, now: datetime) -> Week:
        """The newest week that has ended by `now`."""
        return cls.containing(now).before(1)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        """In JSON a week is the text that `parse` reads."""
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(
            cls.parse,
            core_schema.str_schema(pattern=f"^{_WRITTEN.pattern}$"),
            serialization=core_schema.to_string_ser_schema(when_used="always"),
        )

    def before(self, weeks: int) -> Week:
        """The week that many weeks earlier."""
        return Week(self.monday - timedelta(weeks=weeks))

    @property
    def start(self) -> datetime:
        """Monday 00:00 UTC."""
        return datetime.combine(self.monday, time(), UTC)

    @property
    def end(self) -> datetime:
        """The next Monday 00:00 UTC; the week ends just before it."""
        return self.start + timedelta(weeks=1)

    def __str__(self) -> str:
        return self.monday.strftime("%G-W%V")
