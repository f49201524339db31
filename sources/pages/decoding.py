"""The characters of an HTML page or plain text: by byte order mark, header and meta element."""

from __future__ import annotations

import re

from sources.feeds.encodings import in_utf8

META_BYTES = 4_096
_META = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LANGUAGE = re.compile(
    rb"<html\s[^>]{0,500}?\blang\s*=\s*[\"']?([a-zA-Z]{2}(?:[-_][a-zA-Z]{2})?)\b", re.IGNORECASE
)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def decoded(body: bytes, content_type: str, language: str) -> str:
    """Returns the text of the body, without the characters that no text has; never fails."""
    head = body[:META_BYTES]
    if "charset" not in content_type.lower() and (stated := _META.search(head.replace(b"\0", b""))):
        content_type = f"{content_type}; charset={stated[1].decode('ascii', 'ignore')}"
    if found := _LANGUAGE.search(head):
        language = found[1].decode("ascii").lower().replace("_", "-")
    return _NOT_XML.sub("", in_utf8(body, content_type, language).decode("utf-8", "replace"))
