"""Splits texts into sentences, which are the evidence of what is found in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

EVIDENCE_CHARS = 400
# A full stop after "No.", "U.S.", "Sen." or a short month does not end a sentence.
_END = re.compile(
    r"(?<!\bNo)(?<!\bNos)(?<!\bU\.S)(?<!\bSec)(?<!\bSen)(?<!\bRep)(?<!\bGov)(?<!\bDoc)(?<!\bFed)(?<!\bReg)"
    r"(?<!\bRes)(?<!\bPub)(?<!\bArt)"
    r"(?<!\bJan)(?<!\bFeb)(?<!\bMar)(?<!\bApr)(?<!\bAug)(?<!\bSept)(?<!\bSep)(?<!\bOct)(?<!\bNov)"
    r"(?<!\bDec)(?<!\bv)(?<!\b[A-Z])"
    r"[.!?]['\"”)]*\s+(?=[A-Z0-9“\"'(])|\n+"
)


def sentences_of(text: str) -> Iterator[str]:
    """Yields the sentences in order, each whitespace run as one space."""
    for start, end in sentence_spans(text):
        if sentence := " ".join(text[start:end].split()):
            yield sentence


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yields start and end of the sentences in order; together they are the whole text."""
    start = 0
    for match in _END.finditer(text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def sentence_at(text: str, start: int, end: int) -> str:
    """Returns the sentence around a passage, whitespace collapsed, about `EVIDENCE_CHARS` long at most."""
    first = max((match.end() for match in _END.finditer(text, 0, start)), default=0)
    after = _END.search(text, end)
    last = after.start() + 1 if after else len(text)
    if last - first > EVIDENCE_CHARS:
        first, last = max(first, start - EVIDENCE_CHARS // 2), min(last, end + EVIDENCE_CHARS // 2)
    return " ".join(text[first:last].split())
