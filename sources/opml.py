"""Converts the catalog to OPML 2.0 and back, for exchange with other feed readers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from html import unescape
from itertools import groupby
from urllib.parse import quote, unquote
from xml.sax.saxutils import quoteattr

import listparser

from sources.errors import CatalogError
from sources.model import Source

MAX_OPML_BYTES = 2_000_000  # about 8,000 feeds
# listparser copies the path of groups for every feed, and compares it with all earlier ones of the same
# address.
MAX_DEPTH, MAX_TAG_BYTES, MAX_REPEATS = 50, 20_000, 500
# listparser keeps only address, title and categories of a feed: our fields are stored as categories below
# this root.
_ROOT = "watchfloor"
_OUTLINE = re.compile(rb"""<(/?)outline\b((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""", re.IGNORECASE)
_ADDRESS = re.compile(rb"""\bxmlurl\s*=\s*["']([^"']*)""", re.IGNORECASE)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """A feed of a subscription list.

    Address and title as stated, its groups, and the fields of our own exports.
    """

    url: str
    title: str
    groups: tuple[str, ...]
    fields: dict[str, str]


def to_opml(sources: Iterable[Source], title: str) -> str:
    """Returns the sources as OPML 2.0, grouped by kind.

    Other readers see names and groups, `from_opml` every field.
    """
    by_kind = groupby(sorted(sources, key=lambda source: source.kind), key=lambda source: source.kind)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += [f"<head><title>{_attribute(title)[1:-1]}</title></head>", "<body>"]
    for kind, members in by_kind:
        lines += [f"<outline text={_attribute(kind)}>", *map(_outline, members), "</outline>"]
    return "\n".join([*lines, "</body>", "</opml>", ""])


def from_opml(content: bytes, name: str) -> tuple[ListedFeed, ...]:
    """Returns the feeds of a subscription list in order, each address once.

    Raises CatalogError if it is not OPML.
    """
    _check_bounds(content, name)
    try:
        text = content.decode("utf-8-sig", "replace")
        found = listparser.parse(text.encode())
    except Exception as error:  # broken lists raise anything from IndexError to AssertionError
        raise CatalogError(name, f"cannot be read as OPML: {type(error).__name__}: {error}.") from error
    if not found["feeds"] and not found["version"]:
        raise CatalogError(name, "is not OPML: it has no <opml> element and lists no feed.")
    return tuple(
        ListedFeed(
            url=feed["url"],
            title=feed["title"],
            groups=tuple(path[-1] for path in feed["categories"] if path and path[0] != _ROOT and path[-1]),
            fields={path[1]: unquote("".join(path[2:])) for path in _ours(feed["categories"])},
        )
        for feed in found["feeds"]
    )


def _ours(categories: list[list[str]]) -> list[list[str]]:
    return [path for path in categories if len(path) > 1 and path[0] == _ROOT]


def _check_bounds(content: bytes, name: str) -> None:
    if len(content) > MAX_OPML_BYTES:
        raise CatalogError(name, f"is larger than {MAX_OPML_BYTES:,} bytes; split it.")
    depth, addresses = 0, Counter[str]()
    for tag in _OUTLINE.finditer(content):
        depth += -1 if tag[1] else not tag[2].endswith(b"/")
        if depth > MAX_DEPTH:
            raise CatalogError(name, f"nests its groups deeper than {MAX_DEPTH}; flatten it.")
        if len(tag[0]) > MAX_TAG_BYTES:
            raise CatalogError(name, f"has an outline of more than {MAX_TAG_BYTES:,} bytes.")
        if stated := _ADDRESS.search(tag[2]):
            address = unescape(stated[1].decode("utf-8", "replace"))
            addresses[address] += 1
            if addresses[address] > MAX_REPEATS:
                raise CatalogError(name, f"lists one address more than {MAX_REPEATS} times.")


def _outline(source: Source) -> str:
    values = {field.name: getattr(source, field.name) for field in fields(Source)}
    texts = {field: _as_text(value) for field, value in values.items()} | {"url": source.shown_url}
    category = ",".join(f"/{_ROOT}/{field}/{quote(text, safe='')}" for field, text in texts.items())
    shown = _attribute(source.name)
    return (
        f'<outline type="rss" text={shown} title={shown} xmlUrl={_attribute(source.shown_url)} '
        f"language={_attribute(source.language)} category={_attribute(category)}/>"
    )


def _as_text(value: str | bool | tuple[str, ...]) -> str:
    match value:
        case bool():
            return "true" if value else ""
        case str():
            return value
    return " ".join(value)


def _attribute(text: str) -> str:
    """Returns the text as a quoted attribute, without characters that XML cannot contain."""
    return quoteattr(_NOT_XML.sub("", text), {'"': "&quot;"})
