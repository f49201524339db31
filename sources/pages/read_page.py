"""Turns the body of an article's page into its text. Runs in a parser process, without network or clock."""

from __future__ import annotations

from sources.clean.text import TEXT_CHARS, PlainText, plain_text
from sources.model import Outcome, PageText, WantedPage

PAGE_LIMIT_S = 20.0  # the slowest real page takes half a second
MAX_HTML_BYTES = 5_000_000  # the largest real page has 1.2 MB
_HTML = ("text/html", "application/xhtml+xml")
_MARKS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<meta", b"<?xml")


def read_page(body: bytes, content_type: str, wanted: WantedPage) -> PageText | tuple[Outcome, str]:
    """Returns the text of the page, or the outcome that names what it is instead, with a message."""
    kind = content_type.partition(";")[0].strip().lower()
    if body.lstrip()[:5] == b"%PDF-" or kind == "application/pdf":
        from sources.pages.pdf_text import read_pdf

        return read_pdf(body, wanted)
    if kind in _HTML or (kind in ("", "text/plain", "application/octet-stream") and _looks_like_html(body)):
        return _read_html(body, content_type, wanted)
    if kind == "text/plain":
        return _read_plain(body, content_type, wanted)
    return Outcome.NOT_A_PAGE, f"It is of type {kind or 'unknown'!r}."


def _looks_like_html(body: bytes) -> bool:
    return any(mark in body[:1_000].lower().replace(b"\0", b"") for mark in _MARKS)


def _read_html(body: bytes, content_type: str, wanted: WantedPage) -> PageText | tuple[Outcome, str]:
    # Only a parser process pays for trafilatura, when its first page comes.
    from sources.pages.decoding import decoded
    from sources.pages.html_text import read_html

    if len(body) > MAX_HTML_BYTES:
        return Outcome.TOO_LARGE, f"The page has more than {MAX_HTML_BYTES // 1_000_000} MB of HTML."
    try:
        return read_html(decoded(body, content_type, wanted.language), wanted)
    except Exception as error:  # a page beyond the library's bounds costs one page
        return Outcome.PARSER_STOPPED, f"Its reader failed: {type(error).__name__}: {error}"[:300]


def _read_plain(body: bytes, content_type: str, wanted: WantedPage) -> PageText | tuple[Outcome, str]:
    from sources.pages.decoding import decoded

    parts = decoded(body[: 4 * TEXT_CHARS], content_type, wanted.language)[:TEXT_CHARS].split("\n\n")
    text = "\n".join(filter(None, (plain_text(PlainText(part), TEXT_CHARS) for part in parts)))
    if not text:
        return Outcome.NO_TEXT, "The page is empty."
    return PageText(text=text, extractor="plain", language=wanted.language)
