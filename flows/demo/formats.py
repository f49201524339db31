"""Renders a feed in the format of its outlet: RSS 0.91, 1.0 or 2.0, Atom 1.0, or JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from flows.demo.sample import Outlet, SampleEntry

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def render(outlet: Outlet, entries: Sequence[SampleEntry]) -> tuple[str, bytes]:
    """Returns the feed's content type and bytes."""
    content_type, write = _FORMATS[outlet.format]
    return content_type, write(outlet, entries).encode()


def _rss20(outlet: Outlet, entries: Sequence[SampleEntry]) -> str:
    items = "".join(
        f'<item><guid isPermaLink="false">{escape(entry.guid)}</guid>{_item(entry)}'
        f"{_tag('pubDate', _rfc5322(entry.published))}</item>\n"
        for entry in entries
    )
    return f'{_DECLARATION}<rss version="2.0"><channel>{_head(outlet)}{items}</channel></rss>'


def _rss091(outlet: Outlet, entries: Sequence[SampleEntry]) -> str:
    # RSS 0.91 has neither guid nor date, but most real feeds of that version have dates.
    items = "".join(
        f"<item>{_item(entry)}{_tag('pubDate', _rfc5322(entry.published))}</item>\n" for entry in entries
    )
    return (
        f'{_DECLARATION}<rss version="0.91"><channel>{_head(outlet)}<language>en</language>{items}</channel>'
        "</rss>"
    )


def _rss10(outlet: Outlet, entries: Sequence[SampleEntry]) -> str:
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(entry.link)}/>" for entry in entries)
    items = "".join(
        f"<item rdf:about={quoteattr(entry.link)}>{_item(entry)}{_tag('dc:date', entry.published)}</item>\n"
        for entry in entries
    )
    return (
        f'{_DECLARATION}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel rdf:about={quoteattr(outlet.source.url)}>{_head(outlet)}"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n{items}</rdf:RDF>"
    )


def _atom(outlet: Outlet, entries: Sequence[SampleEntry]) -> str:
    items = "".join(
        f"<entry><id>{escape(entry.guid)}</id><title>{escape(entry.title)}</title>"
        f"<link href={quoteattr(entry.link)}/>{_tag('published', entry.published)}"
        f"{_tag('updated', entry.published)}"
        f'<summary type="html">{escape(entry.summary)}</summary></entry>\n'
        for entry in entries
    )
    return (
        f'{_DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom"><id>{escape(outlet.source.url)}</id>'
        f"<title>{escape(outlet.source.name)}</title><link href={quoteattr(outlet.site)}/>\n{items}</feed>"
    )


def _jsonfeed(outlet: Outlet, entries: Sequence[SampleEntry]) -> str:
    items = [
        {
            "id": entry.guid,
            "url": entry.link,
            "title": entry.title,
            "content_html": entry.summary,
            **({"date_published": entry.published} if entry.published is not None else {}),
        }
        for entry in entries
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.source.name,
        "home_page_url": outlet.site,
    }
    return json.dumps({**feed, "items": items}, ensure_ascii=False)


_FORMATS: dict[str, tuple[str, Callable[[Outlet, Sequence[SampleEntry]], str]]] = {
    "rss20": ("application/rss+xml; charset=utf-8", _rss20),
    "rss091": ("text/xml; charset=utf-8", _rss091),
    "rss10": ("application/rdf+xml", _rss10),
    "atom": ("application/atom+xml", _atom),
    "jsonfeed": ("application/feed+json", _jsonfeed),
}


def _head(outlet: Outlet) -> str:
    name, site = escape(outlet.source.name), escape(outlet.site)
    return f"<title>{name}</title><link>{site}</link><description>{name}</description>\n"


def _item(entry: SampleEntry) -> str:
    return (
        f"<title>{escape(entry.title)}</title><link>{escape(entry.link)}</link>"
        f"<description>{escape(entry.summary)}</description>"
    )


def _tag(name: str, value: str | None) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value is not None else ""


def _rfc5322(stated: str | None) -> str | None:
    """Returns the date as RSS writes it; text that is no date stays as it is, as from a careless outlet."""
    try:
        return format_datetime(datetime.fromisoformat(stated)) if stated else stated
    except ValueError:
        return stated
