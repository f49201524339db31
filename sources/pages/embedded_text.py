"""The text of an article that a page carries for its scripts only: in JSON-LD, or as HTML in their data."""

from __future__ import annotations

import json
import re
from typing import Any

import lxml.html

from sources.pages.page_boxes import without_boxes
from sources.pages.paragraphs import Line, line_of
from sources.pages.structured_data import Stated

MIN_PARAGRAPHS = 3
MAX_SCRIPT_CHARS = 2_000_000
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PARAGRAPH = re.compile(r"(?:<|\\u003[cC])p[ >\\]")
_KINDS = {"p": "p", "li": "item", "h2": "head", "h3": "head", "h4": "head", "blockquote": "quote"}


def embedded_lines(tree: Any, stated: Stated) -> list[Line]:
    """Returns the lines of the article's text in the page's data, or none."""
    if lines := [line for line in (line_of("p", part) for part in stated.body.splitlines()) if line]:
        return lines
    candidates = (
        string[1]
        for script in tree.iter("script")
        if script.text and len(script.text) <= MAX_SCRIPT_CHARS and _PARAGRAPH.search(script.text)
        for string in _STRING.finditer(script.text)
        if len(_PARAGRAPH.findall(string[1])) >= MIN_PARAGRAPHS
    )
    longest = max(candidates, key=len, default="")
    try:
        markup = json.loads(f'"{longest}"', strict=False)
        document = lxml.html.document_fromstring(f"<body>{markup}</body>") if markup else None
    except (ValueError, lxml.etree.LxmlError):
        return []
    if document is None:
        return []
    without_boxes(document)
    found = (line_of(_KINDS[element.tag], element.text_content()) for element in document.iter(*_KINDS))
    return [line for line in found if line]
