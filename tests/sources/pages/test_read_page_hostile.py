"""No body makes reading a page fail, hang or grow: each ends as a bounded text or as a named outcome."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.clean.text import TEXT_CHARS
from sources.model import Outcome, PageText, WantedPage
from sources.pages.read_page import MAX_HTML_BYTES, read_page
from sources.parser_pool import ParserPool

WANTED = WantedPage(
    article_id=1,
    source_id="wire",
    url="https://news.example/a/b",
    title="Ministry widens rule",
    language="en",
)
LINE = "<p>The ministry widened its export rule on Monday to cover tools that etch wafers.</p>"
ENTITIES = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))

HOSTILE: dict[str, Callable[[], str]] = {
    "ten megabytes": lambda: "<html><body>" + LINE * 120_000,
    "too many tags": lambda: "<html><body>" + "<i>" * 100_000,
    "nested without end": lambda: "<html><body>" + "<div>" * 50_000 + LINE,
    "nested lists": lambda: "<html><body>" + "<ul><li>a" * 20_000,
    "nested tables": lambda: "<html><body>" + "<table><tr><td>a" * 15_000,
    "nested quotes": lambda: "<html><body>" + "<blockquote><p>a b" * 20_000,
    "many attributes": lambda: "<html><body><p " + " ".join(f"a{n}=1" for n in range(400_000)) + ">" + LINE,
    "a long class": lambda: "<html><body><div class='" + "aB " * 300_000 + "'>" + LINE,
    "a word of a megabyte": lambda: "<html><body><p>" + "a" * 1_000_000,
    "a line of a megabyte": lambda: "<html><body><p>" + "word. " * 200_000,
    "only signs of tags": lambda: "<" * 50_000,
    "entities": lambda: "<html><body><p>" + "&lt;" * 300_000,
    "billion laughs": lambda: (
        f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY lol0 "l">{ENTITIES}]><html>&lol9;</html>'
    ),
    "null bytes": lambda: "\0" * 1_000_000,
    "combining marks": lambda: "<html><body><p>a" + "\u0301" * 300_000,
    "deep JSON": lambda: "<script type='application/ld+json'>" + "[" * 200_000 + "</script>" + LINE,
    "strings in scripts": lambda: '<script>"<p <p <p ' + "\\'" * 500_000 + "</script>",
    "many descriptions": lambda: (
        "".join(
            f"<meta name=description content='{n} The ministry widened its export rule on Monday'>"
            for n in range(10_000)
        )
        + "".join(f"<p>{n} The ministry widened its export rule on Monday" for n in range(10_000))
    ),
    "many lines": lambda: "<article>" + "".join(f"<p>{n} {LINE[3:]}" for n in range(25_000)),
    "dates": lambda: "<p>12.12.2020 2020-12-12 December 12, 2020 1 2 3 4 5 6</p>" * 10_000,
    "a notice": lambda: "<p>" + "we use cookies " * 50_000,
    "a torn PDF": lambda: "%PDF-1.4\n" + "1 0 obj<</Type/Page>>endobj\n" * 50_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_page_is_bounded(name: str) -> None:
    began = time.monotonic()
    found = read_page(HOSTILE[name]().encode(), "text/html", WANTED)
    assert time.monotonic() - began < 15.0
    assert len(found.text) <= TEXT_CHARS if isinstance(found, PageText) else found[1]


def test_page_beyond_the_bounds_is_too_large() -> None:
    large = read_page(b"<html>" + b"a" * MAX_HTML_BYTES, "text/html", WANTED)
    many = read_page(b"<html>" + b"<b>" * 70_000, "text/html", WANTED)
    for found in (large, many):
        assert isinstance(found, tuple)
        assert found[0] is Outcome.TOO_LARGE


def test_pool_reads_pages_as_it_parses_feeds() -> None:
    with ParserPool(1) as pool:
        found = pool.call(
            read_page, ("<html><body><h1>Ministry</h1>" + 9 * LINE).encode(), "text/html", WANTED
        )
    assert isinstance(found, (PageText, tuple))


MARKUP = """<html> <body> <p> </p> <div/class='related'> </div> <table> <td> <li> <ul> <blockquote> <br>
<a/href=x> </a> <script/type='application/ld+json'> </script> <title> </title> <h1> </h1>
<meta/charset=utf-16> {"@type":"NewsArticle","headline":["x"],"@graph":{"a":1}}
<meta/property='og:url'/content='http://[x'> &#0;
&#xD800; <!-- --> <![CDATA[ ]]> %PDF-1.4 <svg><title> <figure> <form> <template> <html/lang=xx-yy> 2026-08-17
政府は規制を拡大した。"""
PIECES = st.sampled_from(
    [*(piece.encode() for piece in MARKUP.split()), LINE.encode(), b"word " * 40, b"\0", b"\xff"]
)
TYPES = [
    "text/html",
    "text/html; charset=utf-16",
    "",
    "text/html; charset=no",
    "text/plain",
    "application/pdf",
]


@settings(max_examples=150, deadline=None)
@given(
    body=st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=30).map(b"".join),
    content_type=st.sampled_from(TYPES),
)
def test_any_bytes_end_as_a_text_or_a_named_outcome(body: bytes, content_type: str) -> None:
    found = read_page(body, content_type, WANTED)
    if isinstance(found, PageText):
        assert found.text.strip()
        assert len(found.text) <= TEXT_CHARS
        assert not any(char in found.text for char in "\0\r\ufffe")
    else:
        assert found[0] is not Outcome.PARSER_STOPPED, found
        assert found[1]
