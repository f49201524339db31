"""Makes text from outside inert: nothing in it that a terminal, a mail server, an XML parser or a reader's eye would obey."""

from __future__ import annotations

import re

# Controls, which terminals and headers obey; the marks that reorder what stands beside them (Unicode TR36); what XML 1.0
# has no place for (surrogates, U+FFFE, U+FFFF). Line ends and tabs are kept, for pages and texts need them.
_COMMANDING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ELLIPSIS = "…"


def inert(text: str) -> str:
    """The text with a space for every character that commands."""
    return _COMMANDING.sub(" ", text)


def one_line(text: str, limit: int) -> str:
    """The text as one inert line of at most `limit` characters, cut at a word with an ellipsis."""
    line = " ".join(inert(text).split())
    if len(line) <= limit:
        return line
    kept = line[: limit - len(_ELLIPSIS)]
    return (kept.rsplit(" ", 1)[0] if " " in kept[limit // 2 :] else kept).rstrip() + _ELLIPSIS
