"""The fast way in: well-formed RSS, RDF and Atom in UTF-8, read exactly as feedparser reads them, or not at all.

Whatever could be read in two ways is declined, and feedparser, the authority, reads the whole feed. What an element does
here is what feedparser 6.0 does with it; the differential tests hold the two together.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

from sources.bounds import LONG_SPACE
from sources.entries import MOST_ENTRIES, Entries
from sources.namespaces import (
    CONTENT,
    DESCRIPTION,
    ENTRY,
    HEADING,
    RDF_ABOUT,
    SUMMARY,
    UNKNOWN,
    Kinds,
    are_plain,
    local_name,
)  # fmt: skip
from sources.references import without_unusable
from sources.wellformed_entry import UnusualError, check_branch, read_entry

# 10,000 entries of 20 elements: what can hold more is too large to keep as a tree.
MOST_MARKS = 400_000
_DECLARATION = re.compile(rb"<\?xml\s[^>]*>")
_ENCODING = re.compile(rb"encoding=[\"'](.*?)[\"']")
_BASE = re.compile(rb"base\s*=\s*(\"[^\"]*\"|'[^']*')")
_PLAIN_BASE = re.compile(rb"[\"']https?://[a-z0-9.-]+(?::\d{1,4})?(?:/[a-z0-9/._~-]*)?[\"']")
_UTF8 = ("", "utf-8", "utf8")


def read_wellformed(body: bytes, content_type: str) -> Entries | None:
    """The entries of a well-formed feed as feedparser would state them; None if only feedparser can say what they are."""
    document = _plain_utf8(body, content_type)
    if document is None:
        return None
    bases = _bases(document)
    if not all(map(_PLAIN_BASE.fullmatch, bases)):
        return None
    try:
        events = ET.iterparse(io.BytesIO(document), events=("start-ns",))  # noqa: S314  see the import
        namespaces = [found for _, found in events]
        root: ET.Element = events.root  # type: ignore[attr-defined]  # documented; missing in the stubs
    except (ET.ParseError, ValueError, LookupError):
        return None
    try:
        return _entries(root, has_base=bool(bases)) if are_plain(namespaces) else None
    except UnusualError:
        return None


def _plain_utf8(body: bytes, content_type: str) -> bytes | None:
    """The body without byte order mark and declaration, if feedparser too would take it for UTF-8 and nothing is hidden in it."""
    document = body.removeprefix(b"\xef\xbb\xbf")
    declaration = _DECLARATION.match(document)
    stated = declaration[0] if declaration else b""
    encoding = _ENCODING.search(stated)
    if not stated.isascii() or (b"encoding" in stated and not encoding):
        return None
    if encoding and encoding[1].lower() not in (b"utf-8", b"utf8"):
        return None
    media_type, charset = _media_type(content_type)
    if charset not in _UTF8:
        return None
    # Without a word on the encoding, text/* is ASCII to feedparser, and what else is in it a matter of guessing.
    certain = charset or encoding or len(document) < len(body) or not media_type.startswith("text/")
    if not certain and not document.isascii():
        return None
    document = document[len(stated) :]
    hidden = (
        document.lstrip()[:1] != b"<"
        or b"\x00" in document  # UTF-16, which the parser below would take for what it is, whatever the header says
        or b"<!DOCTYPE" in document
        or b"<!ENTITY" in document
        or document.count(b"<") > MOST_MARKS
        or document.count(b"=") > MOST_MARKS
        or LONG_SPACE.search(document)
        or without_unusable(document) != document
    )
    return None if hidden else document


def _bases(document: bytes) -> list[bytes]:
    """The addresses, in quotes and lower case, against which links are to be read (xml:base)."""
    return _BASE.findall(document.lower())


def _media_type(content_type: str) -> tuple[str, str]:
    media_type, *parameters = content_type.lower().split(";")
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            charset = value.strip().strip("\"'")
    return media_type.strip(), charset


def _entries(root: ET.Element, *, has_base: bool) -> Entries:
    kinds = Kinds()
    head = _head(root)
    items = [element for element in head if kinds[element.tag] == ENTRY]
    _check_heading([element for element in head if kinds[element.tag] != ENTRY], kinds)
    if not items and local_name(root.tag) != "rss":
        raise UnusualError  # whether this is a feed at all is for feedparser to say
    read = [read_entry(item, kinds, has_base=has_base) for item in items[:MOST_ENTRIES]]
    return Entries(read=read, beyond=len(items) - len(read))


def _head(root: ET.Element) -> ET.Element:
    """The element whose children the entries are."""
    name = local_name(root.tag)
    if name == "rss" and [local_name(child.tag) for child in root] == ["channel"] and not root[0].attrib:
        return root[0]
    if name in ("feed", "rdf:rdf"):
        return root
    raise UnusualError


def _check_heading(elements: list[ET.Element], kinds: Kinds) -> None:
    """Raises where what describes the feed as a whole could change how feedparser reads the entries after it."""
    texts = [kind for element in elements if (kind := kinds[element.tag]) in (SUMMARY, DESCRIPTION)]
    # After a summary feedparser takes the next text for the content, and remembers so into the first entry.
    if SUMMARY in texts[:-1]:
        raise UnusualError
    for element in elements:
        kind = kinds[element.tag]
        if kind in (UNKNOWN, ENTRY, CONTENT):
            raise UnusualError
        if kind == HEADING:
            if any(name != RDF_ABOUT and not name.endswith("resource") for name in element.attrib):
                raise UnusualError
            _check_heading(list(element), kinds)
        elif len(element):
            check_branch(element, kinds)
