"""The text of a PDF is read within bounds; what has none is named."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from sources.model import Outcome, PageText, WantedPage
from sources.pages.pdf_text import MAX_PAGES
from sources.pages.read_page import read_page

WANTED = WantedPage(
    article_id=1, source_id="s", url="https://gov.example/rule.pdf", title="Rule", language="en"
)
LINES = [
    "The ministry widens its export rule to tools that etch and clean",
    "wafers of chips. Makers must apply for a licence before they ship a",
    "tool abroad, and the ministry answers within ninety days.",
    "The rule takes effect on 1 March.",
]  # fmt: skip


def pdf(pages: list[list[str]], password: str = "") -> bytes:
    writer = PdfWriter()
    for lines in pages:
        page = writer.add_blank_page(595, 842)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        named = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
        fonts = DictionaryObject({NameObject("/F1"): named})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 11 Tf 72 770 Td {shown}ET".encode("latin-1"))
        page[NameObject("/Contents")] = stream
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize("content_type", ["application/pdf", "application/octet-stream", ""])
def test_text_of_a_pdf_is_read(content_type: str) -> None:
    found = read_page(pdf([LINES]), content_type, WANTED)
    assert isinstance(found, PageText), found
    assert found.text == "\n".join([" ".join(LINES[:3]), LINES[3]])
    assert found.extractor.startswith("pypdf ")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (pdf([LINES], password="secret"), "password"),
        (pdf([[]]), "no text"),
        (pdf([LINES])[:300], "cannot be read"),
        (b"%PDF-1.4\n", "cannot be read"),
    ],
    ids=["encrypted", "scanned", "torn", "empty"],
)
def test_pdf_without_readable_text_is_named(body: bytes, said: str) -> None:
    found = read_page(body, "application/pdf", WANTED)
    assert isinstance(found, tuple)
    assert found[0] is Outcome.UNREADABLE_PDF
    assert said in found[1]


def test_first_pages_of_a_long_pdf_are_read() -> None:
    pages = [
        [f"This is what page {number} says of the rule and of tools."] for number in range(MAX_PAGES + 5)
    ]
    found = read_page(pdf(pages), "application/pdf", WANTED)
    assert isinstance(found, PageText)
    assert f"page {MAX_PAGES - 1} says" in found.text
    assert f"page {MAX_PAGES} says" not in found.text
