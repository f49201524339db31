"""Makes texts of feeds harmless in each form: no control characters, Markdown escaped, http(s) links only."""

from __future__ import annotations

import re
from urllib.parse import quote

# Controls, which a terminal obeys; marks that reorder the text beside them (Unicode TR36); characters that
# XML 1.0 forbids. The collector removes them too, but a reader of an issue need not rely on that.
COMMANDING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def without_commands(text: str) -> str:
    """The text with a blank for every control or reordering character; line ends stay."""
    return COMMANDING.sub(" ", text)


def one_line(text: str) -> str:
    """The text on one line, without control characters."""
    return " ".join(without_commands(text).split())


def clipped(text: str, limit: int) -> str:
    """Returns the text on one line without control characters, cut at a word to `limit` characters.

    A cut text ends with an ellipsis.
    """
    line = one_line(text)
    if len(line) <= limit:
        return line
    kept = line[: limit - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept[limit // 2 :] else kept).rstrip() + "…"


# Without [, ] and < no link, image or tag can begin, so round brackets may stay as they are.
_MARKDOWN_SYNTAX = re.compile(r"([\\`*_\[\]|<>~&])")
_LINE_START = re.compile(r"^(\d*)([-+=#]|(?<=\d)[.)])")


def escape_markdown(text: str) -> str:
    """The text on one line, with everything that Markdown could read as syntax escaped."""
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN_SYNTAX.sub(r"\\\1", one_line(text)))


def safe_link(url: str | None) -> str:
    """Returns the link if it is http(s), encoded so that nothing ends it in Markdown or HTML; else ""."""
    if url is None or not url.startswith(("http://", "https://")):
        return ""
    return _LINK_ENDS.sub(_percent, COMMANDING.sub(_percent, url))


# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_cell(value: object) -> str:
    """Returns the value on one line, with an apostrophe before what a spreadsheet would run as a formula."""
    return without_formula(one_line(str(value)))


def without_formula(text: str) -> str:
    """Returns the text, line ends and all, with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text


def _percent(match: re.Match[str]) -> str:
    return quote(match[0], safe="", errors="replace")


# A backtick too: a code span binds tighter than a link.
_LINK_ENDS = re.compile(r"[()<>\s\"'`\\]")
