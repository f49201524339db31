"""What an element's name means in a feed: its kind, by the names that feedparser 6.0 acts on.

A name it acts on in ways that the fast reader does not follow is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Iterable

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
