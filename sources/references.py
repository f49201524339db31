"""Numeric references to what is no character: in them feedparser gives up, and a feed with one emoji cut in half is a feed."""

from __future__ import annotations

import re
import sys

_REFERENCE = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));", re.IGNORECASE)


def without_unusable(document: bytes) -> bytes:
    """The document less all references to half a surrogate pair or beyond Unicode."""
    return _REFERENCE.sub(_usable, document) if b"&#" in document else document


def _usable(reference: re.Match[bytes]) -> bytes:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, base) if len(digits) < 9 else sys.maxunicode + 1
    return b"" if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode else reference[0]
