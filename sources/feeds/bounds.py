"""Bounds the work of feedparser, whose time grows with tags and references and with the square of attributes.

Also removes numeric references to code points that are not characters, at which feedparser gives up on the
whole feed.
"""

from __future__ import annotations

import re
import sys
from html.entities import html5

from sources.feeds.entries import MAX_ENTRIES

_REFERENCE = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));", re.IGNORECASE)


def without_invalid_references(document: bytes) -> bytes:
    """Returns the document without references to half a surrogate pair or beyond Unicode."""
    return _REFERENCE.sub(_valid_reference, document) if b"&#" in document else document


def _valid_reference(reference: re.Match[bytes]) -> bytes:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, base) if len(digits) < 9 else sys.maxunicode + 1
    return b"" if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode else reference[0]


_LONE = rb"&(?!(?:amp|lt|gt|quot|apos|nbsp|#[0-9]+|#[xX][0-9a-fA-F]+);)([A-Za-z][A-Za-z0-9]*;)?"
_AMPERSAND = re.compile(_LONE)
_AMPERSAND_OR_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>|" + _LONE, re.DOTALL)


def escaped_ampersands(document: bytes) -> bytes:
    """Returns the document with `&amp;` for every `&` outside CDATA that starts no reference: `AT&T and
    R&D;`.

    Unchanged if it defines entities of its own.
    """
    if b"&" not in document or b"<!ENTITY" in document:
        return document
    closed = (
        document.rfind(b"]]>") + 3 if b"]]>" in document else 0
    )  # a CDATA section opened after it never ends
    before, after = document[:closed], document[closed:]
    return _AMPERSAND_OR_CDATA.sub(_escaped_ampersand, before) + _AMPERSAND.sub(_escaped_ampersand, after)


def _escaped_ampersand(found: re.Match[bytes]) -> bytes:
    if found[0][:1] == b"<" or (found[1] and found[1].decode() in html5):
        return found[0]
    return b"&amp;" + found[0][1:]


# feedparser takes about 25 µs a tag, twice that if it has to start again with its loose parser. The largest
# of 188 real feeds has 49,600 tags, those in its texts included.
MAX_TAGS = 50_000
MAX_REFERENCES = 200_000  # 4 µs each
# Of one tag each with each: 5,000 attributes in one take 0.4 s, 100,000 three minutes.
MAX_ATTRIBUTE_PAIRS = 50_000_000
# feedparser searches for a DOCTYPE from every new line: 100,000 of them take minutes, blanks within a tag 0.5
# s a MB.
LONG_SPACE = re.compile(rb"\s{1000,}")
_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_CDATA = b"<![CDATA["


def bounded(document: bytes) -> tuple[bytes, int]:
    """Returns the part of a UTF-8 document that can be read in seconds, and the number of entries after
    it.
    """
    end = _end_of_bounded_part(document)
    if end == len(document):
        return document, 0
    return document[:end], sum(1 for _ in _ENTRY.finditer(document, end))


def before_entries(body: bytes) -> bytes:
    """Returns a feed up to its first entry, or all of it if none is found, as in UTF-16."""
    first = _ENTRY.search(body)
    return body[: first.start()] if first else body


def _end_of_bounded_part(document: bytes) -> int:
    """Returns the offset of the entry at which a bound is exceeded, or an offset within it if it is the
    first.
    """
    tags = references = pairs = entries = last_entry = 0
    at = document.find(b"<")
    last_cdata_end = document.rfind(b"]]>")
    while at >= 0:
        if at < last_cdata_end and document.startswith(_CDATA, at):
            following = document.find(b"<", document.find(b"]]>", at))
        else:
            following = document.find(b"<", at + 1)
            stop = following if following >= 0 else len(document)
            closed = document.find(b">", at, stop)
            references += document.count(b"&", at, stop)
            pairs += document.count(b"=", at, closed if closed >= 0 else stop) ** 2
        tags += 1
        if _ENTRY.match(document, at):
            entries, last_entry = entries + 1, at
        within = tags <= MAX_TAGS and references <= MAX_REFERENCES and pairs <= MAX_ATTRIBUTE_PAIRS
        if not within or entries > MAX_ENTRIES:
            return last_entry if entries > 1 else at
        at = following
    return len(document)
