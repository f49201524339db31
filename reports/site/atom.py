"""The Atom feed of issues (RFC 4287). An entry keeps its id and is dated anew when its issue is rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from reports.digest.written_issues import Issue
from reports.escaping import without_commands
from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File

LATEST = 60
TITLE = "Watchfloor weekly digest"
_NAMESPACE = UUID("6f3c7c0e-8f5a-5d0b-9a41-2f0e7d1b6c55")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPES = {
    "html": "text/html",
    "md": "text/markdown",
    "json": "application/json",
    "csv": "text/csv",
    "ics": "text/calendar",
}


def atom_feed(contents: Contents) -> Iterator[File]:
    """Yields the feed of the latest issues. Links and ids begin with the site's URL, else are relative."""
    site_url = contents.site_url
    issues = contents.issues[:LATEST]
    updated = {issue.week: _updated(contents, issue) for issue in issues}
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _text(feed, "id", _id(site_url, addresses.ATOM))
    _text(feed, "title", TITLE)
    _text(feed, "subtitle", "News and policy on AI and national security, a week at a time")
    _text(feed, "updated", max(updated.values(), default=_EPOCH).isoformat())
    _text(ET.SubElement(feed, "author"), "name", "Watchfloor")
    _text(feed, "generator", "Watchfloor")
    _link(feed, site_url, addresses.ATOM, "self", "application/atom+xml")
    _link(feed, site_url, addresses.HOME, "alternate", "text/html")
    for issue in issues:
        entry = ET.SubElement(feed, "entry")
        _text(entry, "id", _id(site_url, addresses.issue(issue.week)))
        _text(entry, "title", f"{TITLE} {issue.week}")
        _text(entry, "updated", updated[issue.week].isoformat())
        _link(entry, site_url, addresses.issue(issue.week), "alternate", "text/html")
        for form in issue.files:
            if form != "html":
                kind = _TYPES.get(form, "application/octet-stream")
                _link(entry, site_url, addresses.download(f"{issue.week}.{form}"), "related", kind)
        _text(entry, "summary", _summary(issue))
    ET.indent(feed, " ")
    yield File(path=addresses.ATOM, content=ET.tostring(feed, "utf-8", xml_declaration=True) + b"\n")


def _updated(contents: Contents, issue: Issue) -> datetime:
    """When the issue was last made; its data cut-off if the snapshot does not have it yet."""
    return max(contents.issues_made.get(issue.week, issue.watermark), issue.watermark)


def _id(site_url: str | None, path: str) -> str:
    return f"{site_url}{path}" if site_url else uuid5(_NAMESPACE, path).urn


def _link(parent: ET.Element, site_url: str | None, path: str, rel: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "type": kind, "href": f"{site_url or ''}{path}"})


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = without_commands(text)


def _summary(issue: Issue) -> str:
    headlines = [f"{one.name}: {one.title}" for one in issue.headlines if one.title]
    return ". ".join(headlines) or "No material change."
