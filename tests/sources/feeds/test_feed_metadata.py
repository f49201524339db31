"""What a feed states about itself is read in every format, and hostile heads take no time."""

from __future__ import annotations

import time

import pytest

from sources.feeds.feed_metadata import read_metadata

ATOM = "http://www.w3.org/2005/Atom"
RDF = "xmlns='http://purl.org/rss/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
DC = "xmlns:dc='http://purl.org/dc/elements/1.1/'"


@pytest.mark.parametrize(
    ("body", "stated"),
    [
        (
            f"<feed xmlns='{ATOM}' xml:lang='de-AT'><title type='text'>A &amp;amp; B</title>",
            ("A & B", "Atom 1.0", "de"),
        ),
        ("<rss version='2.0'><channel><title>A</title><language>en-gb</language>", ("A", "RSS 2.0", "en")),
        ("<rss version='0.91'><channel><title><![CDATA[ A ]]></title></channel>", ("A", "RSS 0.91", "")),
        (
            f"<rdf:RDF {RDF} {DC}><channel><title>A</title><dc:language>fr</dc:language>",
            ("A", "RSS 1.0 (RDF)", "fr"),
        ),
        ('\ufeff{"items": [], "title": "A", "language": "en-US"}', ("A", "JSON Feed", "en")),
        ('{"items": [], "title": 5, "language": null}', ("5", "JSON Feed", "")),
        ('{"count": 0, "description": "Documents"}', ("Documents", "Federal Register", "")),
        ("{", ("", "JSON", "")),
        ("<rss><item><title>Entry</title></item></rss>", ("", "RSS", "")),
        ("<html><title>Page</title></html>", ("", "", "")),
        ("", ("", "", "")),
    ],
)
def test_title_format_and_language_are_read(body: str, stated: tuple[str, str, str]) -> None:
    found = read_metadata(body.encode())
    assert (found.title, found.format, found.language) == stated


def test_title_is_read_in_the_declared_encoding() -> None:
    body = (
        b"<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel><title>\xe9</title>"
        b"</channel></rss>"
    )
    assert read_metadata(body).title == "\u00e9"


@pytest.mark.parametrize("encoding", ["hex", "none", "utf-7", "unicode_escape", "idna", "undefined"])
def test_unusable_encoding_does_not_hide_the_format(encoding: str) -> None:
    body = (
        f"<?xml version='1.0' encoding='{encoding}'?><rss version='2.0'><channel><title>Chips</title>"
        "</channel></rss>"
    )
    assert read_metadata(body.encode()).format == "RSS 2.0"


@pytest.mark.parametrize(
    "piece", [b"<title ", b"<title>", b"<a:title>x", b"<rss", b"<language> ", b"xml:lang='"]
)
def test_head_of_unclosed_tags_is_read_in_a_moment(piece: bytes) -> None:
    began = time.process_time()
    read_metadata(piece * (60_000 // len(piece)))
    assert time.process_time() - began < 2
