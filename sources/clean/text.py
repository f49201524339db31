"""Converts HTML to plain text. The result is safe to print in any format that escapes its own syntax."""

from __future__ import annotations

import html
import re
import unicodedata

from selectolax.lexbor import LexborHTMLParser

SUMMARY_CHARS = 1_000
TITLE_CHARS = 500
TEXT_CHARS = 100_000
MARKUP_A_CHAR = 20  # markup read for each character of text: a 10 MB title is an attack or a mistake
# The longest real content seen has 304,000 characters of markup; the parser takes 50 s for 400,000 hostile
# ones.
MARKUP_CHARS = 400_000
MAX_DEPTH = 1_000  # a page nests some dozens; the parser's time grows with the square of the depth
MAX_WORD_CHARS = 1_000

_DROPPED = ["script", "style", "template", "noscript", "iframe", "object", "svg", "head"]
_BLOCKS = frozenset(
    "p div br li ul ol h1 h2 h3 h4 h5 h6 tr td th table blockquote section article pre figure hr".split()
)
# Control characters, which separate words like a space, and half surrogate pairs.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Characters without width: those that reorder or hide text on a page (Unicode TR36), and hints where a word
# may break. No headline needs them, and a word that has them is found by nobody.
_INVISIBLE = re.compile(
    "[\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[a-zA-Z#]")
_LETTERS = (
    "b|i|p|q|s|u|g"  # also names in a comparison, "a<b and c>d": a tag only without attributes or with `=`
)
_ELEMENT_NAMES = (
    "a abbr acronym address applet area article aside audio base basefont bdi bdo big blockquote body br "
    "button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div "
    "dl dt em embed fieldset figcaption figure font footer form frame frameset head header hgroup hr html "
    "iframe img image input ins kbd label legend li link main map mark marquee math menu meta meter nav "
    "nobr noembed noframes noscript object ol optgroup option output param picture plaintext pre progress "
    "rp rt ruby samp script section select slot small source span strike strong style sub summary sup svg "
    "table tbody td template textarea tfoot th thead time title tr track tt ul var video wbr xmp path "
    "circle rect line use defs polygon polyline symbol ellipse mi mn mo mrow h1 h2 h3 h4 h5 h6"
).split()
# Grouped by their first letter, as the expression tries one alternative after the other.
_BY_LETTER = {
    letter: "|".join(sorted(name[1:] for name in _ELEMENT_NAMES if name[0] == letter))
    for letter in sorted({name[0] for name in _ELEMENT_NAMES})
}
_NAMES = "|".join(
    [
        *(f"{letter}(?:{endings})" for letter, endings in _BY_LETTER.items()),
        r"[\w-]+:[\w-]+",
        r"[a-z]+-[\w-]+",
    ]
)
_ATTRIBUTES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_ELEMENT = (
    rf"(?:/?(?:{_NAMES})(?:[\s/]{_ATTRIBUTES})?>|/?(?:{_LETTERS})(?:\s*/?|\s[^<>=]*={_ATTRIBUTES})>"
    rf"|/?(?:{_NAMES}|{_LETTERS})\s[^<>=]*=[^<>]*\Z|/[a-z]+\Z|![a-z\[-]|\?)"
)
# `<` that starts no element: "a<b", "How should <selectedoption> work?".
_LITERAL = re.compile(rf"<(?!{_ELEMENT})", re.IGNORECASE)
_TAG_START = re.compile(rf"<(?={_ELEMENT}|/?(?:{'|'.join(_DROPPED)}))", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
# Self-closing elements nest nothing, however many there are.
_NESTING = re.compile(
    r"<(/?)(?!(?:br|img|hr|p|li|d[dt]|t[dr]|wbr|input|source|option)\b)[a-zA-Z]", re.IGNORECASE
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\]\]\Z|\Z)", re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]?(?=\s)")


class PlainText(str):
    """A text that its feed states to be plain: `<b>` in it is no markup."""

    __slots__ = ()


def plain_text(markup: str, limit: int) -> str:
    """Returns the readable text of an HTML fragment on one line, at most `limit` characters, cut at a word.

    Text without markup is not parsed; scripts and styles are dropped with their content. What is stated to be
    `PlainText` keeps every character.
    """
    text = markup[: min(limit * MARKUP_A_CHAR, MARKUP_CHARS)]
    if _has_markup(text) and not isinstance(markup, PlainText):
        text = _text_of_html(text)
        if _has_markup(text):  # entities escaped twice, as many WordPress titles are
            text = _text_of_html(text)
        text = _TAG_START.sub("‹", text)  # escaped three times, or inside <xmp>
    text = " ".join(text.split())
    if not text.isprintable():
        text = " ".join(_INVISIBLE.sub("", _CONTROL.sub(" ", text)).split())
    return shorten(_composed(text), limit)


def shorten(text: str, limit: int) -> str:
    """Returns at most `limit` characters.

    Whole sentences if they fill half of it, else whole words and an ellipsis.
    """
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(head + " ")]
    if ends and ends[-1] >= limit // 2:
        return head[: ends[-1]]
    return head.rsplit(" ", 1)[0].rstrip(",;:–- ") + "…"


def _has_markup(text: str) -> bool:
    return ("<" in text or "&" in text) and _MARKUP.search(text) is not None


def _composed(text: str) -> str:
    """Returns the text in NFC, except for overlong words.

    100,000 combining marks in a row take the library 15 s.
    """
    if text.isascii():
        return text
    words = text.split(" ")
    if len(max(words, key=len)) <= MAX_WORD_CHARS:
        return unicodedata.normalize("NFC", text)
    return " ".join(
        unicodedata.normalize("NFC", word) if len(word) <= MAX_WORD_CHARS else word for word in words
    )


def _text_of_html(markup: str) -> str:
    if "<![CDATA[" in markup:  # within CDATA or escaped, where it is text for XML and a comment for HTML
        markup = _CDATA.sub(r"\1", markup)
    markup = _LITERAL.sub("&lt;", markup)
    tree = LexborHTMLParser(f"<body>{markup}") if _depth(markup) <= MAX_DEPTH else None
    if tree is None or tree.body is None:
        return html.unescape(_TAG.sub(" ", markup))
    tree.strip_tags(_DROPPED)
    for block in [node for node in tree.body.traverse() if node.tag in _BLOCKS]:
        block.insert_before(" ")
        block.insert_after(" ")
    return tree.body.text(deep=True)


def _depth(markup: str) -> int:
    if markup.count("<") <= MAX_DEPTH:
        return 0
    deepest = depth = 0
    for tag in _NESTING.finditer(markup):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest
