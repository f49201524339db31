"""The upcoming dates of an issue as an iCalendar file."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar, Event

from reports.digest.digest import Digest
from reports.digest.sections.deadlines_and_events import DueDate, what_is_due
from reports.escaping import one_line, safe_link


def to_ics(digest: Digest) -> str:
    """Returns an all-day event for each upcoming date; the same issue gives the same bytes, a later issue the same uid."""
    calendar = Calendar()
    calendar.add("prodid", "-//Watchfloor//Weekly digest//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Watchfloor deadlines {digest.week}")
    for one in digest.due_dates.upcoming:
        calendar.add_component(_event(one, digest))
    written: bytes = calendar.to_ical()
    return written.decode()


def _event(one: DueDate, digest: Digest) -> Event:
    event = Event()
    event.add("uid", f"{one.source.article_id:x}-{one.kind}-{one.due_on:%Y%m%d}@watchfloor")
    event.add("dtstamp", digest.watermark)
    event.add("dtstart", one.due_on)
    event.add("dtend", one.due_on + timedelta(days=1))
    event.add("summary", one_line(f"{what_is_due(one).capitalize()}: {one.source.title}"))
    event.add("description", one_line(f"{one.evidence} ({one.source.outlet})"))
    if link := safe_link(one.source.url):
        event.add("url", link)
    event.add("transp", "TRANSPARENT")
    return event
