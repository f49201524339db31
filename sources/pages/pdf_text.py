"""Reads the text of a PDF by pypdf, bounded in pages and characters."""

from __future__ import annotations

import logging
import re
from io import BytesIO

from pypdf import PdfReader, __version__

from sources.clean.text import TEXT_CHARS, TITLE_CHARS, PlainText, plain_text
from sources.model import Outcome, PageText, WantedPage

EXTRACTOR = f"pypdf {__version__}"
MAX_PAGES = 60
MIN_WORDS = 25
_PARAGRAPH = re.compile(r"\n\s*\n|(?<=[.!?:])\n(?=[A-ZÀ-ÞА-Я\d•–-])")
_BROKEN_WORD = re.compile(r"(?<=\w)-\n(?=[a-zß-ÿа-я])")


def read_pdf(body: bytes, wanted: WantedPage) -> PageText | tuple[Outcome, str]:
    """Returns the text of the first pages of a PDF, or why it cannot be read."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of each damaged object
    try:
        reader = PdfReader(BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            return Outcome.UNREADABLE_PDF, "The PDF needs a password."
        parts: list[str] = []
        for page in reader.pages[:MAX_PAGES]:
            parts.append(page.extract_text())
            if sum(map(len, parts)) > TEXT_CHARS:
                break
        title = (reader.metadata.title if reader.metadata else "") or ""
    except Exception as error:  # damaged files make the library raise errors of any kind
        return Outcome.UNREADABLE_PDF, f"The PDF cannot be read ({type(error).__name__})."
    whole = _BROKEN_WORD.sub("", "\n".join(parts))[:TEXT_CHARS]
    lines = [plain_text(PlainText(part), TEXT_CHARS) for part in _PARAGRAPH.split(whole)]
    text = "\n".join(line for line in lines if line)
    if len(text.split()) < MIN_WORDS:
        return Outcome.UNREADABLE_PDF, "The PDF has no text, as of scanned pages."
    return PageText(
        text=text,
        extractor=EXTRACTOR,
        title=plain_text(PlainText(title), TITLE_CHARS),
        language=wanted.language,
    )
