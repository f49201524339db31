"""HTML to plain text, once, at the door. What passes here is safe to print in any form that escapes its own syntax."""

from __future__ import annotations

import html
import re
import unicodedata

from selectolax.lexbor import LexborHTMLParser

SUMMARY_CHARS = 1_000
TITLE_CHARS = 500
TEXT_CHARS = 100_000

_DROPPED = ["script", "style", "template", "noscript", "iframe", "object", "svg", "head"]
_BLOCKS = (
    "p, div, br, li, ul, ol, h1, h2, h3, h4, h5, h6, tr, td, th, table, blockquote, section, article, pre, figure, hr"
)
# Controls, and the marks that reorder or hide text on a page (Unicode TR36): no headline needs them.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_SPACES = re.compile(r"\s+")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[a-zA-Z#]")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]?(?=\s)")


def plain_text(markup: str, limit: int) -> str:
    """The readable text of an HTML fragment on one line, at most `limit` characters, cut at a word.

    Text with no markup passes through unparsed; scripts and styles are dropped with their content.
    """
    text = markup[: limit * 20]  # a 10 MB title is an attack or a mistake, never a title
    if _MARKUP.search(text):
        text = _text_of_html(text)
        if _MARKUP.search(text):  # entities escaped twice, as many WordPress titles are
            text = _text_of_html(text)
    text = _UNSAFE.sub(" ", unicodedata.normalize("NFC", text))
    return shorten(_SPACES.sub(" ", text).strip(), limit)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters: whole sentences if half the room holds some, else whole words and an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(head + " ")]
    if ends and ends[-1] >= limit // 2:
        return head[: ends[-1]]
    return head.rsplit(" ", 1)[0].rstrip(",;:–- ") + "…"


def _text_of_html(markup: str) -> str:
    tree = LexborHTMLParser(f"<body>{markup}</body>")
    if tree.body is None:
        return html.unescape(markup)
    tree.strip_tags(_DROPPED)
    for block in tree.css(_BLOCKS):
        block.insert_before(" ")
        block.insert_after(" ")
    return tree.body.text(deep=True)
