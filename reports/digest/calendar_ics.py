"""The days of an issue as an iCalendar file, to be taken into one's own calendar."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar, Event

from reports.digest.digest import Digest, Due
from reports.digest.phrases import due
from reports.escaping import one_line, safe_link


def to_ics(digest: Digest) -> str:
    """All-day events, one a day to come; the same issue gives the same bytes, and a later issue the same uid for a day."""
    calendar = Calendar()
    calendar.add("prodid", "-//Watchfloor//Weekly digest//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Watchfloor deadlines {digest.week}")
    for one in digest.agenda:
        calendar.add_component(_event(one, digest))
    written: bytes = calendar.to_ical()
    return written.decode()


def _event(one: Due, digest: Digest) -> Event:
    event = Event()
    event.add("uid", f"{one.source.article_id:x}-{one.kind}-{one.due_on:%Y%m%d}@watchfloor")
    event.add("dtstamp", digest.watermark)
    event.add("dtstart", one.due_on)
    event.add("dtend", one.due_on + timedelta(days=1))
    event.add("summary", one_line(f"{due(one).capitalize()}: {one.source.title}"))
    event.add("description", one_line(f"{one.evidence} ({one.source.outlet})"))
    if link := safe_link(one.source.url):
        event.add("url", link)
    event.add("transp", "TRANSPARENT")
    return event
