"""Hostile feeds of the largest size fetched are read or refused within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from fakes import at, source

from sources.clean.text import TEXT_CHARS, TITLE_CHARS
from sources.errors import NotAFeedError
from sources.feeds.bounds import MAX_TAGS, bounded
from sources.feeds.entries import MAX_ENTRIES
from sources.feeds.parse import parse_feed
from sources.model import ParsedFeed, Rejection

SEEN = at("2026-08-12T12:00")
WIRE = source("wire")
# Of CPU: the worst takes four alone and up to six beside another test; a parser is stopped after thirty.
LIMIT_S = 10
# Measured with 20 MB, the largest body a fetch lets through; the bounds hold before the size matters.
SIZE = 5_000_000
START, END = b"<rss version='2.0'><channel>", b"</channel></rss>"
ITEM = b"<item><title>A</title><guid>%d</guid></item>"


def filled(piece: bytes, size: int = SIZE) -> bytes:
    return piece * (size // len(piece))


def items(count: int) -> bytes:
    return b"".join(ITEM % number for number in range(count))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "deep nesting": lambda: START + b"<a>" * 100_000 + b"</a>" * 100_000 + items(1) + END,
    "deep nesting, never closed": lambda: START + filled(b"<a>"),
    "deep nesting in a title": lambda: START + b"<item><title>" + b"<b>" * 100_000 + b"</b>" * 100_000
        + b"</title></item>" + END,
    "tags without end": lambda: START + filled(b"<a/>") + END,
    "a million attributes": lambda: START + b"<item "
        + b" ".join(b'a%d="x"' % n for n in range(1_000_000)) + b"/>" + END,
    "attributes in every tag": lambda: START
        + filled(b"<item " + b" ".join(b'a%d="x"' % n for n in range(150)) + b"/>") + END,
    "a title of many MB": lambda: START + b"<item><title>" + filled(b"A") + b"</title></item>" + END,
    "a title of many MB, never closed": lambda: START + b"<item><title>" + filled(b"A"),
    "a CDATA section of many MB": lambda: START + b"<item><title><![CDATA[" + filled(b"<b>x")
        + b"]]></title></item>" + END,
    "CDATA sections, never closed": lambda: START + b"<item><title>" + filled(b"<![CDATA["),
    "comments, never closed": lambda: START + filled(b"<!--"),
    "processing instructions, never closed": lambda: START + filled(b"<?x "),
    "declarations": lambda: START + filled(b"<!x "),
    "DOCTYPEs": lambda: filled(b"<!DOCTYPE a [\n", 2_000_000) + START + items(1) + END,
    "entity declarations": lambda: b"<!DOCTYPE a [" + filled(b"<!ENTITY a 'b'>\n") + b"]>" + START + items(1)
        + END,
    "references": lambda: START + b"<item><title>" + filled(b"&lol;") + b"</title></item>" + END,
    "ampersands": lambda: START + b"<item><title>" + filled(b"& ") + b"</title></item>" + END,
    "end tags": lambda: START + filled(b"</a>"),
    "brackets": lambda: START + filled(b"<"),
    "blanks": lambda: START + filled(b" ") + items(1),
    "blanks in a tag": lambda: START + b"<item " + filled(b" ") + b"><title>x</item>",
    "new lines in UTF-16": lambda: b"\xff\xfe" + ("\n" * (SIZE // 2)).encode("utf-16-le"),
    "new lines in UTF-32": lambda: ("<?xml version='1.0'?>" + "\n" * (SIZE // 4) + "<rss>").encode("utf-32"),
    "NUL bytes": lambda: filled(b"\x00"),
    "NUL bytes in a feed": lambda: START + filled(b"<item>\x00</item>") + END,
    "namespaces": lambda: START + b"".join(b"<a xmlns:n%d='urn:%d'/>" % (n, n) for n in range(20_000)) + END,
    "the encoding of domain names": lambda: b"<?xml version='1.0' encoding='punycode'?>" + filled(b"a-"),
    "JSON brackets": lambda: b'{"items":' + filled(b"["),
    "JSON items": lambda: b'{"items":[' + filled(b"{},") + b"{}]}",
}  # fmt: skip


def parse(body: bytes, content_type: str = "") -> ParsedFeed:
    return parse_feed(body, content_type, WIRE, SEEN)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_body_made_to_hurt_is_read_or_refused_in_seconds(name: str) -> None:
    body = HOSTILE[name]()
    started = time.process_time()
    try:
        articles = parse(body).articles
    except NotAFeedError:
        articles = ()
    assert time.process_time() - started < LIMIT_S
    for article in articles:
        assert len(article.title) <= TITLE_CHARS
        assert len(article.text) <= TEXT_CHARS


@pytest.mark.parametrize("end", [END, b""], ids=["well-formed", "cut off"])
def test_entries_beyond_the_limit_are_counted_and_not_read(end: bytes) -> None:
    parsed = parse(START + items(MAX_ENTRIES + 500) + end)
    assert len(parsed.articles) == len(parsed.fingerprints) <= MAX_ENTRIES
    assert set(parsed.rejections) == {Rejection.BEYOND_LIMIT}
    assert len(parsed.articles) + len(parsed.rejections) == MAX_ENTRIES + 500


def test_a_feed_bounded_is_left_whole() -> None:
    body = START + items(1_000) + END
    assert bounded(body) == (body, 0)


def test_tags_in_cdata_do_not_count() -> None:
    body = START + b"<item><description><![CDATA[" + b"<p>" * MAX_TAGS + b"]]></description></item>" + END
    assert bounded(body) == (body, 0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037", "utf-7"])
def test_feed_in_a_rare_encoding_is_read_or_refused(encoding: str) -> None:
    body = (f"<?xml version='1.0' encoding='{encoding}'?>" + (START + items(2) + END).decode()).encode(
        encoding
    )
    try:
        assert [article.title for article in parse(body, f"text/xml; charset={encoding}").articles] == [
            "A",
            "A",
        ]
    except NotAFeedError:
        assert encoding == "utf-7"  # its plus signs are read before anyone knows that it is UTF-7


def test_bytes_of_several_encodings_in_one_feed_do_no_harm() -> None:
    body = START + b"<item><title>caf\xe9 caf\xc3\xa9 \xff\xfe</title><guid>1</guid></item>" + END
    (article,) = parse(body, "text/xml; charset=utf-8").articles
    assert article.title.startswith("caf")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_entities_are_not_expanded_into_titles_whatever_declares_them(quote: str) -> None:
    layers = b"".join(
        b"<!ENTITY a%d %b%b%b>" % (n, quote.encode(), b"&a%d;" % (n - 1) * 10, quote.encode())
        for n in range(1, 10)
    )
    bomb = b"<!DOCTYPE rss [<!ENTITY a0 %blol%b>%b]>" % (quote.encode(), quote.encode(), layers)
    (article,) = parse(bomb + START + b"<item><title>&a9;</title><guid>1</guid></item>" + END).articles
    assert len(article.title) <= TITLE_CHARS
