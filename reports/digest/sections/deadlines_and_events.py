"""Deadlines and events: what is due in the next 30 days, and what was due this week and not observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reports.digest.context import IssueContext
from reports.digest.items import Citation
from reports.digest.rank import SURE
from warehouse.queries.deadlines import Deadline, deadlines_between

AHEAD_DAYS, MOST_DATES = 30, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """A day to act on or to watch, with the sentence that gives it, or the headline for a register field."""

    kind: str
    due_on: date
    year_inferred: bool
    desk: str
    evidence: str
    from_register: bool
    source: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDates:
    """The dates of the 30 days after the week; and those in the week on which no article has come since."""

    upcoming: tuple[DueDate, ...] = ()
    unobserved: tuple[DueDate, ...] = ()


def build(context: IssueContext) -> DueDates:
    """Returns the dates of stories that are surely on topic, earliest first.

    That comments closed is not reported, so its absence says nothing.
    """
    week = context.week
    after, ahead = week.end.date(), week.end.date() + timedelta(days=AHEAD_DAYS)
    found = deadlines_between(context.con, week.monday, ahead, context.as_of)
    sure = [one for one in found if one.on_topic >= SURE]
    sources = context.citations([one.article_id for one in sure])
    upcoming = [_due_date(one, sources) for one in sure if one.due_on >= after]
    unobserved = [
        _due_date(one, sources)
        for one in sure
        if one.due_on < after and not one.heard_since and one.kind != "comment_closes"
    ]
    return DueDates(upcoming=tuple(upcoming[:MOST_DATES]), unobserved=tuple(unobserved[:MOST_DATES]))


def _due_date(one: Deadline, sources: Mapping[int, Citation]) -> DueDate:
    return DueDate(
        kind=one.kind,
        due_on=one.due_on,
        year_inferred=one.year_inferred,
        desk=one.desk,
        evidence=one.evidence,
        from_register=one.origin == "register",
        source=sources[one.article_id],
    )


_WORDS = {
    "comment_closes": "comments close",
    "takes_effect": "takes effect",
    "applies_from": "applies from",
    "vote": "vote",
    "hearing": "hearing",
    "report_due": "report due",
    "expires": "expires",
}


def what_is_due(one: DueDate) -> str:
    """What happens on the day."""
    return _WORDS[one.kind] + (" (date inferred)" if one.year_inferred else "")
