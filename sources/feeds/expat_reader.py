"""The fast reader: well-formed RSS, RDF and Atom in UTF-8, with the same result as feedparser, or none.

It declines every feed that feedparser might read differently; `feedparser_reader` then reads the whole feed.
Differential tests hold the two together. Decision 6 says why there are two readers, decision 32 what deleting
this one would cost.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from urllib.parse import urlparse

from sources.clean.text import PlainText
from sources.feeds.bounds import LONG_SPACE, without_invalid_references
from sources.feeds.entries import (
    MAX_ENTRIES,
    PLAIN_TYPES,
    Entries,
    Entry,
    Link,
    address,
    choose_link,
)
from sources.feeds.publication_dates import first_date

# 10,000 entries of 20 elements; a larger document is not kept as a tree.
MAX_MARKS = 400_000
_DECLARATION = re.compile(rb"<\?xml\s[^>]*>")
_ENCODING = re.compile(rb"encoding=[\"'](.*?)[\"']")
_BASE = re.compile(rb"base\s*=\s*(\"[^\"]*\"|'[^']*')")
_PLAIN_BASE = re.compile(rb"[\"']https?://[a-z0-9.-]+(?::\d{1,4})?(?:/[a-z0-9/._~-]*)?[\"']")
_UTF8 = ("", "utf-8", "utf8")


class UnusualError(Exception):
    """Raised where feedparser may read something differently."""


def read_with_expat(body: bytes, content_type: str, language: str = "") -> Entries | None:
    """Returns the entries of a well-formed feed as feedparser would.

    None if the feed has to be read by feedparser.
    """
    document = _plain_utf8(body, content_type)
    if document is None:
        return None
    bases = _bases(document)
    if not all(map(_PLAIN_BASE.fullmatch, bases)):
        return None
    try:
        events = ET.iterparse(io.BytesIO(document), events=("start-ns",))  # noqa: S314 - a DOCTYPE was refused above
        namespaces = [found for _, found in events]
        root: ET.Element = events.root  # type: ignore[attr-defined]  # documented; missing in the stubs
    except (ET.ParseError, ValueError, LookupError):
        return None
    try:
        return _entries(root, language, has_base=bool(bases)) if are_plain(namespaces) else None
    except UnusualError:
        return None


def _plain_utf8(body: bytes, content_type: str) -> bytes | None:
    """Returns the body without byte order mark and declaration if feedparser, too, reads it as plain UTF-8.

    None otherwise.
    """
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
    # Without a stated encoding, feedparser reads text/* as ASCII and guesses the rest.
    certain = charset or encoding or len(document) < len(body) or not media_type.startswith("text/")
    if not certain and not document.isascii():
        return None
    document = document[len(stated) :]
    unusual = (
        document.lstrip()[:1] != b"<"
        or b"\x00" in document  # UTF-16, which expat would recognise whatever the header says
        or b"~{" in document  # HZ, which shifts in ASCII
        or b"<!DOCTYPE" in document
        or b"<!ENTITY" in document
        or document.count(b"<") > MAX_MARKS
        or document.count(b"=") > MAX_MARKS
        or LONG_SPACE.search(document)
        or without_invalid_references(document) != document
    )
    return None if unusual else document


def _bases(document: bytes) -> list[bytes]:
    """Returns the values of xml:base, quoted and in lower case."""
    return _BASE.findall(document.lower())


def _media_type(content_type: str) -> tuple[str, str]:
    media_type, *parameters = content_type.lower().split(";")
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            charset = value.strip().strip("\"'")
    return media_type.strip(), charset


def _entries(root: ET.Element, language: str, *, has_base: bool) -> Entries:
    kinds = Kinds()
    head = _head(root)
    items = [element for element in head if kinds[element.tag] == ENTRY]
    _check_heading([element for element in head if kinds[element.tag] != ENTRY], kinds)
    if not items and local_name(root.tag) != "rss":
        raise UnusualError  # it may not be a feed at all
    read = [read_entry(item, kinds, language, has_base=has_base) for item in items[:MAX_ENTRIES]]
    return Entries(read=read, beyond=len(items) - len(read))


def _head(root: ET.Element) -> ET.Element:
    """Returns the parent element of the entries."""
    name = local_name(root.tag)
    if name == "rss" and [local_name(child.tag) for child in root] == ["channel"] and not root[0].attrib:
        return root[0]
    if name in ("feed", "rdf:rdf"):
        return root
    raise UnusualError


def _check_heading(elements: list[ET.Element], kinds: Kinds) -> None:
    """Raises UnusualError if elements about the feed itself could change how feedparser reads the entries."""
    texts = [kind for element in elements if (kind := kinds[element.tag]) in (SUMMARY, DESCRIPTION)]
    # After a summary feedparser takes the next text for the content, even across the start of the first
    # entry.
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


# What an element of this name is in a feed, by the names that feedparser 6.0 acts on. A name that it treats
# in a way not followed here is UNKNOWN.
ENTRY, TITLE, SECOND_TITLE, LINK, ID = "entry", "title", "second title", "link", "id"
DESCRIPTION, SUMMARY, CONTENT, PUBLISHED, UPDATED = (
    "description",
    "summary",
    "content",
    "published",
    "updated",
)
SOURCE, HEADING, GROUP, BRANCH, LEAF, UNKNOWN = "source", "heading", "group", "branch", "leaf", "unknown"
ORIGINAL, ENCLOSURE = "original", "enclosure"

# WordPress binds it to the empty prefix inside every item; with another prefix, feedparser would keep that
# prefix.
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
# feedparser acts on these prefixes whatever address they are bound to: by themselves, or as the first part of
# the key of a date (`updated_parsed`).
_RESERVED_PREFIXES = {*_PREFIXES.values(), "published", "issued", "updated", "modified", "date"}
# Namespaces whose harmless names are listed below; in all others, the names with an effect are.
_LISTED = {"dc", "content", "itunes", "georss", "gml", "psc", "cc", "creativecommons", "xhtml", "xml"}

_KINDS = {
    "item": ENTRY, "entry": ENTRY, "title": TITLE, "link": LINK, "guid": ID, "id": ID,
    "description": DESCRIPTION, "summary": SUMMARY, "content": CONTENT, "content:encoded": CONTENT,
    "pubdate": PUBLISHED, "published": PUBLISHED, "issued": PUBLISHED, "dcterms:issued": PUBLISHED,
    "updated": UPDATED, "modified": UPDATED, "lastbuilddate": UPDATED, "dc:date": UPDATED,
    "dcterms:modified": UPDATED,
    "dc:title": TITLE, "dc:description": DESCRIPTION, "itunes:summary": SUMMARY,
    "media:title": SECOND_TITLE, "media:description": DESCRIPTION, "media:group": GROUP,
    "media:content": GROUP,
    "feedburner:origlink": ORIGINAL, "enclosure": ENCLOSURE, "source": SOURCE, "channel": HEADING,
    "image": HEADING, "textinput": HEADING,
}  # fmt: skip
_KINDS |= dict.fromkeys(
    (
        "rss feed abstract info body fullitem newlocation tags where georssgeom geom date expirationdate svg "
        "math div links dcterms:valid feedburner:browserfriendly"
    ).split(),
    UNKNOWN,
)
_KINDS |= dict.fromkeys(
    (
        "author contributor skiphours skipdays items dc:creator dc:contributor itunes:owner itunes:category"
    ).split(),
    BRANCH,
)
_KINDS |= dict.fromkeys(
    (
        "category keywords comments language copyright rights generator "
        "managingeditor webmaster docs ttl rating "
        "icon logo subtitle tagline cloud created name email uri url homepage width height hour day "
        "dc:subject dc:publisher dc:rights dc:language dc:identifier dc:type dc:format "
        "dc:source dc:relation dc:coverage "
        "dc:author itunes:author itunes:subtitle itunes:name itunes:email itunes:image "
        "itunes:keywords itunes:explicit "
        "itunes:duration itunes:block itunes:episode itunes:season itunes:title "
        "itunes:episodetype itunes:type "
        "itunes:complete itunes:new-feed-url itunes:order"
    ).split(),
    LEAF,
)


RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


class Kinds(dict[str, str]):
    """Kinds of elements by tag, `{namespace}local`; computed once a tag and feed."""

    def __missing__(self, tag: str) -> str:
        kind = self[tag] = _kind_of(tag)
        return kind


def _kind_of(tag: str) -> str:
    name = local_name(tag)
    prefix = name.rpartition(":")[0]
    # feedparser joins prefix and name by an underscore, so that it reads `dc_date` as `dc:date`.
    listed = prefix in _LISTED or (not prefix and "_" in name)
    return _KINDS.get(name) or (UNKNOWN if listed else BRANCH)


def local_name(tag: str) -> str:
    """Returns the name in lower case with feedparser's prefix, which the formats' own namespaces lack."""
    address, _, local = tag.rpartition("}")
    prefix = _prefix(address[1:])
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def _prefix(address: str) -> str:
    lowered = address.lower()
    if lowered in _CORE_NAMESPACES or "backend.userland.com/rss" in lowered:
        return ""
    return _PREFIXES.get(lowered, "other")


def are_plain(declared: Iterable[tuple[str, str]]) -> bool:
    """Returns whether, under these (prefix, address) declarations, every element's name follows from its
    address alone.
    """
    bound: dict[str, str] = {}
    for prefix, uri in declared:
        if prefix and (bound.setdefault(prefix, uri) != uri or uri == _WORDPRESS):
            return False
        if "}" in uri or any(map(str.isspace, uri)):
            return False
        expected = _prefix(uri)
        lowered = prefix.lower()
        if (not prefix and expected) or (lowered in _RESERVED_PREFIXES and lowered != expected):
            return False
    return True


_XML = "{http://www.w3.org/XML/1998/namespace}"
_TEXT_TYPES = {"text", "plain", "html", "text/plain", "text/html"}
_CP1252 = re.compile("[\x80-\x9f]")


def read_entry(item: ET.Element, kinds: Kinds, language: str = "", *, has_base: bool) -> Entry:
    """Returns the entry of an item element; raises UnusualError if only feedparser can read it.

    `has_base`: the feed has an xml:base, so every link must be absolute.
    """
    return _EntryReader(item, kinds, has_base=has_base).entry(language)


class _EntryReader:
    """Collects the values of an entry in document order, which decides between elements of the same
    meaning.
    """

    def __init__(self, item: ET.Element, kinds: Kinds, *, has_base: bool) -> None:
        self.kinds = kinds
        self.has_base = has_base
        self.guid = self.title = self.published = self.updated = ""
        self.original = self.permalink = ""
        self.links: list[Link] = []
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

    def entry(self, language: str) -> Entry:
        # feedparser chooses among several titles by rules not followed here.
        if self.has_second_title and (self.has_source or not self.title):
            raise UnusualError
        stated, moment = first_date(self.published, self.updated)
        return Entry(
            guid=self.guid,
            link=choose_link(self.links, language, self.original, self.permalink),
            permalink=address(self.permalink),
            title=self.title,
            summary=self.summary or "",
            content=max(self.contents, key=len, default=""),
            stated_date=stated,
            published_at=moment,
        )

    def _read(self, parent: ET.Element, depth: int) -> None:
        for element in parent:
            kind = self.kinds[element.tag]
            if kind in (DESCRIPTION, SUMMARY):
                self._summary(_markup(element), depth)
            elif kind == SECOND_TITLE:
                self.has_second_title = bool(_markup(element)) or self.has_second_title
            elif kind == GROUP:
                self._read(element, depth + 1)
            elif kind == ENCLOSURE:
                self._enclosure(element)
            elif kind in (BRANCH, LEAF):
                if len(element):
                    check_branch(element, self.kinds)
            elif depth:
                raise UnusualError
            else:
                self._read_own(element, kind)

    def _read_own(self, element: ET.Element, kind: str) -> None:
        match kind:
            case "title":
                # Also for a title that is not used: elements inside it have effects.
                stated = _markup(element)
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
            case "original":
                self.original = _text(element)
            case "source":
                _text(element)
                self.has_source, self.title_settled = True, False
            case _:
                raise UnusualError

    def _summary(self, text: str, depth: int) -> None:
        if self.summary is not None and not self.has_content:
            self._content(text)  # feedparser takes a second description for the content
        elif self.summary_depth is None or depth <= self.summary_depth:
            self.summary, self.summary_depth = text, depth

    def _content(self, text: str) -> None:
        self.contents.append(text)
        self.has_content = True
        if self.summary is None:
            self.summary = text

    def _id(self, element: ET.Element) -> None:
        self.guid = _text(element)
        permanent = [value for name, value in element.attrib.items() if _bare(name) == "ispermalink"]
        if len(permanent) > 1:
            raise UnusualError
        if permanent in ([], ["true"]):
            self.permalink = self._address(self.guid)

    def _link(self, element: ET.Element) -> None:
        stated = element.attrib
        used = ("href", "rel", "type", "hreflang")
        if any(
            _bare(name) in (*used, "url", "uri") and name not in used[1:] for name in stated if name != "href"
        ):
            raise UnusualError
        if "href" in stated and len(element):
            raise UnusualError
        self.links.append(
            Link(
                href=self._address(stated["href"] if "href" in stated else _text(element)),
                rel=stated.get("rel", "alternate").lower(),
                type=stated.get("type", "text/html").lower(),
                language=stated.get("hreflang", "").lower(),
            )
        )

    def _enclosure(self, element: ET.Element) -> None:
        places = [value for name, value in element.attrib.items() if _bare(name) in ("url", "uri", "href")]
        if len(element) or len(places) > 1:
            raise UnusualError
        self.links.append(Link(href=self._address("".join(places)), rel="enclosure"))

    def _address(self, link: str) -> str:
        # feedparser repairs superfluous slashes and `&x;` in an address.
        if ":///" in link or ("&" in link and ";" in link):
            raise UnusualError
        if self.has_base and link and not _is_whole(link):
            raise UnusualError
        return link


def _is_whole(link: str) -> bool:
    """Returns whether the link stays the same when joined to another address."""
    try:
        parts = urlparse(link)
        return (
            bool(parts.scheme)
            and bool(parts.netloc or not parts.scheme.startswith("http"))
            and parts.geturl() == link
        )
    except ValueError:
        return False


def check_branch(element: ET.Element, kinds: Kinds) -> None:
    """Raises UnusualError if anything in or below the element can change how feedparser reads its
    surroundings.
    """
    for below in element.iter():
        kind = kinds[below.tag]
        if kind not in (BRANCH, LEAF) or (kind == LEAF and len(below)):
            raise UnusualError


def _markup(element: ET.Element) -> str:
    for name, value in element.attrib.items():
        bare = _bare(name)
        if bare in ("mode", "src") or (bare == "type" and value.lower() not in _TEXT_TYPES):
            raise UnusualError
    text = _text(element)
    return PlainText(text) if element.attrib.get("type", "").lower() in PLAIN_TYPES else text


def _text(element: ET.Element) -> str:
    if len(element):
        raise UnusualError
    text = (element.text or "").strip()
    if not text.isascii() and _may_be_repaired(text):
        raise UnusualError
    return text


def _may_be_repaired(text: str) -> bool:
    """Returns whether feedparser might take the text for UTF-8 read as Latin-1, or replace Windows
    characters.
    """
    if _CP1252.search(text):
        return True
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _bare(name: str) -> str:
    """Returns an attribute's name as feedparser does: without its namespace, in lower case."""
    return name.rpartition("}")[2].lower()
