"""One entry of a well-formed feed, read as feedparser 6.0 reads it: which of several titles, texts, links and dates is kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from sources.dates import read_common_date
from sources.entries import Entry
from sources.namespaces import (
    BRANCH,
    DESCRIPTION,
    GROUP,
    LEAF,
    RDF_ABOUT,
    SECOND_TITLE,
    SUMMARY,
    Kinds,
)  # fmt: skip
from sources.tolerant import read_date

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

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
                if not self.title_settled:
                    self.title = _markup(element)
                    self.title_settled = bool(self.title)
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
