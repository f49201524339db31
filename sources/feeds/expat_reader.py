"""What an element's name means in a feed: its kind, by the names that feedparser 6.0 acts on.

A name it acts on in ways that the fast reader does not follow is `UNKNOWN`.

One entry of a well-formed feed, read as feedparser 6.0 reads it: which of several titles, texts, links and dates is kept.

The fast way in: well-formed RSS, RDF and Atom in UTF-8, read exactly as feedparser reads them, or not at all.

Whatever could be read in two ways is declined, and feedparser, the authority, reads the whole feed. What an element does
here is what feedparser 6.0 does with it; the differential tests hold the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from sources.feeds.entries import Entry
from sources.feeds.feedparser_reader import read_date
from sources.feeds.publication_dates import read_common_date

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

import io
import xml.etree.ElementTree as ET

from sources.feeds.bounds import LONG_SPACE, without_unusable
from sources.feeds.entries import MOST_ENTRIES, Entries

ENTRY, TITLE, SECOND_TITLE, LINK, ID = "entry", "title", "second title", "link", "id"
DESCRIPTION, SUMMARY, CONTENT, PUBLISHED, UPDATED = "description", "summary", "content", "published", "updated"
SOURCE, HEADING, GROUP, BRANCH, LEAF, UNKNOWN = "source", "heading", "group", "branch", "leaf", "unknown"

# WordPress binds it to the empty prefix inside every item; bound to another, its names would have that in front.
_WORDPRESS = "com-wordpress:feed-additions:1"
_CORE_NAMESPACES = {
    "",
    "http://backend.userland.com/rss",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://purl.org/atom/ns#",
    "http://www.w3.org/2005/atom",
    _WORDPRESS,
}

_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://podlove.org/simple-chapters": "psc",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}  # fmt: skip
# A prefix of this list means something to feedparser whatever address it is bound to: by itself, or, with what follows
# it, as the name under which a date is kept (`updated_parsed`).
_TELLING_PREFIXES = {*_PREFIXES.values(), "published", "issued", "updated", "modified", "date"}
# Namespaces whose harmless names are listed one by one below; in all others it is the telling ones.
_LISTED = {"dc", "content", "itunes", "georss", "gml", "psc", "cc", "creativecommons", "xhtml", "xml"}

_KINDS = {
    "item": ENTRY, "entry": ENTRY, "title": TITLE, "link": LINK, "guid": ID, "id": ID,
    "description": DESCRIPTION, "summary": SUMMARY, "content": CONTENT, "content:encoded": CONTENT,
    "pubdate": PUBLISHED, "published": PUBLISHED, "issued": PUBLISHED, "dcterms:issued": PUBLISHED,
    "updated": UPDATED, "modified": UPDATED, "lastbuilddate": UPDATED, "dc:date": UPDATED, "dcterms:modified": UPDATED,
    "dc:title": TITLE, "dc:description": DESCRIPTION, "itunes:summary": SUMMARY,
    "media:title": SECOND_TITLE, "media:description": DESCRIPTION, "media:group": GROUP, "media:content": GROUP,
    "source": SOURCE, "channel": HEADING, "image": HEADING, "textinput": HEADING,
}  # fmt: skip
_KINDS |= dict.fromkeys(
    (
        "rss feed abstract info body fullitem newlocation tags where georssgeom geom date expirationdate svg math div links "
        "dcterms:valid feedburner:browserfriendly"
    ).split(),
    UNKNOWN,
)
_KINDS |= dict.fromkeys(
    ("author contributor skiphours skipdays items dc:creator dc:contributor itunes:owner itunes:category").split(),
    BRANCH,
)
_KINDS |= dict.fromkeys(
    (
        "category keywords comments enclosure language copyright rights generator managingeditor webmaster docs ttl rating "
        "icon logo subtitle tagline cloud created name email uri url homepage width height hour day "
        "dc:subject dc:publisher dc:rights dc:language dc:identifier dc:type dc:format dc:source dc:relation dc:coverage "
        "dc:author itunes:author itunes:subtitle itunes:name itunes:email itunes:image itunes:keywords itunes:explicit "
        "itunes:duration itunes:block itunes:episode itunes:season itunes:title itunes:episodetype itunes:type "
        "itunes:complete itunes:new-feed-url itunes:order"
    ).split(),
    LEAF,
)


RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


class Kinds(dict[str, str]):
    """The kind of an element by its tag, `{namespace}local`; each tag is looked up once a feed."""

    def __missing__(self, tag: str) -> str:
        kind = self[tag] = _kind_of(tag)
        return kind


def _kind_of(tag: str) -> str:
    name = local_name(tag)
    prefix = name.rpartition(":")[0]
    # An underscore is what feedparser puts between prefix and name: a bare `dc_date` is read as a `dc:date`.
    listed = prefix in _LISTED or (not prefix and "_" in name)
    return _KINDS.get(name) or (UNKNOWN if listed else BRANCH)


def local_name(tag: str) -> str:
    """The name in lower case with the prefix that feedparser gives it: none in the namespaces of the formats themselves."""
    address, _, local = tag.rpartition("}")
    prefix = _prefix(address[1:])
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def _prefix(address: str) -> str:
    lowered = address.lower()
    if lowered in _CORE_NAMESPACES or "backend.userland.com/rss" in lowered:
        return ""
    return _PREFIXES.get(lowered, "other")


def are_plain(declared: Iterable[tuple[str, str]]) -> bool:
    """Whether these (prefix, address) declarations give every element the name that its address alone would give it."""
    bound: dict[str, str] = {}
    for prefix, address in declared:
        if prefix and (bound.setdefault(prefix, address) != address or address == _WORDPRESS):
            return False
        if "}" in address or any(map(str.isspace, address)):
            return False
        meant = _prefix(address)
        lowered = prefix.lower()
        if (not prefix and meant) or (lowered in _TELLING_PREFIXES and lowered != meant):
            return False
    return True


_XML = "{http://www.w3.org/XML/1998/namespace}"
_TEXT_TYPES = {"text", "plain", "html", "text/plain", "text/html"}
_PAGE_TYPES = {"html", "xhtml", "text/html", "application/xhtml+xml"}
LONGEST_DATE = 100
_CP1252 = re.compile("[\x80-\x9f]")


class UnusualError(Exception):
    """Something that feedparser may read otherwise than it looks."""


def read_entry(item: Element, kinds: Kinds, *, has_base: bool) -> Entry:
    """What an item or entry states; UnusualError if only feedparser can say.

    `has_base`: somewhere in the feed stands an address against which links are read; then each must be whole by itself.
    """
    return _Stated(item, kinds, has_base=has_base).entry()


class _Stated:
    """What has been stated so far, gathered in the order of the feed: it decides where two elements say the same."""

    def __init__(self, item: Element, kinds: Kinds, *, has_base: bool) -> None:
        self.kinds = kinds
        self.has_base = has_base
        self.guid = self.title = self.published = self.updated = ""
        self.link: str | None = None
        self.summary: str | None = None
        self.summary_depth: int | None = None
        self.contents: list[str] = []
        self.title_settled = self.has_second_title = self.has_source = self.has_content = False
        for name, value in item.attrib.items():
            if name == RDF_ABOUT:
                self.guid = value
            elif not name.startswith(_XML):
                raise UnusualError
        self._read(item, 0)

    def entry(self) -> Entry:
        # Which of the media titles stands for a missing title, and what a second title after a source does, is a long story.
        if self.has_second_title and (self.has_source or not self.title):
            raise UnusualError
        stated = self.published or self.updated
        return Entry(
            guid=self.guid,
            link=self.link or "",
            title=self.title,
            summary=self.summary or "",
            content=max(self.contents, key=len, default=""),
            stated_date=stated,
            published_at=_moment(stated) if stated else None,
        )

    def _read(self, parent: Element, depth: int) -> None:
        for element in parent:
            kind = self.kinds[element.tag]
            if kind in (DESCRIPTION, SUMMARY):
                self._summary(_markup(element), depth)
            elif kind == SECOND_TITLE:
                self.has_second_title = bool(_markup(element)) or self.has_second_title
            elif kind == GROUP:
                self._read(element, depth + 1)
            elif kind in (BRANCH, LEAF):
                if len(element):
                    check_branch(element, self.kinds)
            elif depth:
                raise UnusualError
            else:
                self._read_own(element, kind)

    def _read_own(self, element: Element, kind: str) -> None:
        match kind:
            case "title":
                stated = _markup(element)  # also of a title that does not count: elements in it count for feedparser
                if not self.title_settled:
                    self.title, self.title_settled = stated, bool(stated)
            case "link":
                self._link(element)
            case "id":
                self._id(element)
            case "content":
                self._content(_markup(element))
            case "published":
                self.published = _text(element)
            case "updated":
                self.updated = _text(element)
            case "source":
                _text(element)
                self.has_source, self.title_settled = True, False
            case _:
                raise UnusualError

    def _summary(self, text: str, depth: int) -> None:
        if self.summary is not None and not self.has_content:
            self._content(text)  # a second description is taken for the full text
        elif self.summary_depth is None or depth <= self.summary_depth:
            self.summary, self.summary_depth = text, depth

    def _content(self, text: str) -> None:
        self.contents.append(text)
        self.has_content = True
        if self.summary is None:
            self.summary = text

    def _id(self, element: Element) -> None:
        self.guid = _text(element)
        permanent = [value for name, value in element.attrib.items() if _bare(name) == "ispermalink"]
        if len(permanent) > 1:
            raise UnusualError
        if permanent in ([], ["true"]):
            address = self._address(self.guid)
            self.link = address if self.link is None else self.link

    def _link(self, element: Element) -> None:
        stated = element.attrib
        if any(
            _bare(name) in ("href", "rel", "type", "url", "uri") and name not in ("href", "rel", "type")
            for name in stated
        ):
            raise UnusualError
        if "href" not in stated:
            self.link = self._address(_text(element))
        elif len(element):
            raise UnusualError
        elif (
            stated.get("rel", "alternate").lower() == "alternate" and stated.get("type", "html").lower() in _PAGE_TYPES
        ):
            self.link = self._address(stated["href"])

    def _address(self, link: str) -> str:
        # Needless slashes and `&x;` in an address are mended by feedparser.
        if ":///" in link or ("&" in link and ";" in link):
            raise UnusualError
        if self.has_base and link and not _is_whole(link):
            raise UnusualError
        return link


def _moment(stated: str) -> datetime | None:
    if len(stated) > LONGEST_DATE:
        raise UnusualError
    return read_common_date(stated) or read_date(stated)


def _is_whole(link: str) -> bool:
    """Whether the link stays as it is when it is joined to another address."""
    try:
        parts = urlparse(link)
        return (
            bool(parts.scheme) and bool(parts.netloc or not parts.scheme.startswith("http")) and parts.geturl() == link
        )
    except ValueError:
        return False


def check_branch(element: Element, kinds: Kinds) -> None:
    """UnusualError unless nothing in or under the element can change what feedparser makes of its surroundings."""
    for below in element.iter():
        kind = kinds[below.tag]
        if kind not in (BRANCH, LEAF) or (kind == LEAF and len(below)):
            raise UnusualError


def _markup(element: Element) -> str:
    for name, value in element.attrib.items():
        bare = _bare(name)
        if bare in ("mode", "src") or (bare == "type" and value.lower() not in _TEXT_TYPES):
            raise UnusualError
    return _text(element)


def _text(element: Element) -> str:
    if len(element):
        raise UnusualError
    text = (element.text or "").strip()
    if not text.isascii() and _may_be_mended(text):
        raise UnusualError
    return text


def _may_be_mended(text: str) -> bool:
    """Whether feedparser takes it for UTF-8 read as Latin-1, or finds Windows characters among the controls."""
    if _CP1252.search(text):
        return True
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _bare(name: str) -> str:
    """An attribute's name as feedparser keeps it too: without its namespace, in lower case."""
    return name.rpartition("}")[2].lower()


# 10,000 entries of 20 elements: what can hold more is too large to keep as a tree.
MOST_MARKS = 400_000
_DECLARATION = re.compile(rb"<\?xml\s[^>]*>")
_ENCODING = re.compile(rb"encoding=[\"'](.*?)[\"']")
_BASE = re.compile(rb"base\s*=\s*(\"[^\"]*\"|'[^']*')")
_PLAIN_BASE = re.compile(rb"[\"']https?://[a-z0-9.-]+(?::\d{1,4})?(?:/[a-z0-9/._~-]*)?[\"']")
_UTF8 = ("", "utf-8", "utf8")


def read_with_expat(body: bytes, content_type: str) -> Entries | None:
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
