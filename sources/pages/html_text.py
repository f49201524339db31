"""Reads the text of an article's HTML page by trafilatura, and what the page states of it."""

from __future__ import annotations

import re
from typing import Any

import lxml.etree
import lxml.html
from trafilatura import __version__, bare_extraction
from trafilatura.metadata import extract_metadata
from trafilatura.settings import Document

from sources.clean.text import TEXT_CHARS, TITLE_CHARS, PlainText, plain_text
from sources.clean.urls import canonical_url
from sources.feeds.publication_dates import first_date
from sources.model import Outcome, PageText, WantedPage
from sources.pages.embedded_text import embedded_lines
from sources.pages.page_boxes import join_parts, without_boxes, without_link_lists
from sources.pages.page_kinds import THIN_WORDS, kind_of, words_in
from sources.pages.paragraphs import (
    Line,
    lines_of,
    with_standfirst,
    within,
    without_chrome,
    without_repetition,
    without_title,
)
from sources.pages.standfirst import standfirst_of
from sources.pages.structured_data import Stated, stated_in

EXTRACTOR = f"trafilatura {__version__}"
MAX_TAGS = 60_000  # a page has some thousands; the extraction's time grows faster than their number
MAX_ATTRIBUTES = 10_000  # of one tag: the parser's time grows with the square of their number
AUTHOR_CHARS = 200
_LONG_TAG = re.compile("<[^<>]{20000,}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?![a-z])")
# No date of the page's text: only what it states of itself.
_DATES = {"original_date": True, "extensive_search": False}


def read_html(markup: str, wanted: WantedPage) -> PageText | tuple[Outcome, str]:
    """Returns the text of the page, or what it is instead of an article."""
    if markup.count("<") > MAX_TAGS:
        return Outcome.TOO_LARGE, f"The page has more than {MAX_TAGS:,} tags."
    if any(len(tag[0].split()) > MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(markup)):
        return Outcome.TOO_LARGE, f"A tag of the page has more than {MAX_ATTRIBUTES:,} attributes."
    tree = _parsed(markup)
    if tree is None:
        return Outcome.NO_TEXT, "The page is empty."
    stated = stated_in(tree)
    visible = _visible_text(tree)
    metadata = extract_metadata(tree, wanted.url, dict(_DATES))
    lines = _article_lines(tree, stated)
    text = "\n".join(line.text for line in lines)
    canonical = _canonical(tree, wanted.url)
    if refusal := kind_of(tree, visible, text, stated, wanted, canonical):
        return refusal
    published = first_date(stated.published, metadata.date or "")[1]
    return PageText(
        text=text,
        extractor=EXTRACTOR,
        title=_one_line(metadata.title or "", TITLE_CHARS),
        author=_one_line(metadata.author or "", AUTHOR_CHARS),
        published_at=published,
        language=_language(tree) or wanted.language,
        canonical_url=canonical,
        is_paywalled=stated.not_free,
    )


def _parsed(markup: str) -> Any:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        return lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        return None


def _article_lines(tree: Any, stated: Stated) -> list[Line]:
    """Returns the lines of the article; changes the tree."""
    join_parts(tree)
    without_link_lists(tree)
    without_boxes(tree)
    standfirst = standfirst_of(tree, stated.descriptions)
    document = bare_extraction(tree, include_comments=False)
    lines = lines_of(document.body) if isinstance(document, Document) else []
    if _words(lines) < THIN_WORDS < _words(embedded := embedded_lines(tree, stated)):
        lines = embedded
    lines = without_chrome(without_repetition(without_title(within(lines, TEXT_CHARS), stated.titles)))
    return with_standfirst(lines, standfirst) if lines else []


def _words(lines: list[Line]) -> float:
    return words_in("\n".join(line.text for line in lines))


def _visible_text(tree: Any) -> str:
    parts: list[str] = []
    body = tree.find("body")
    for element in () if body is None else body.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "noscript", "template"):
            parts.append(element.text or "")
        parts.append(element.tail or "")
    return " ".join(" ".join(parts).split())


def _canonical(tree: Any, base: str) -> str | None:
    stated = [
        link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"
    ]
    stated += [meta.get("content") for meta in tree.iter("meta") if meta.get("property") == "og:url"]
    return next((url for href in stated if href and (url := canonical_url(href, base))), None)


def _language(tree: Any) -> str:
    found = _LANGUAGE.match(
        (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").lower()
    )
    return found[0] if found else ""


def _one_line(text: str, limit: int) -> str:
    return plain_text(PlainText(text), limit)
