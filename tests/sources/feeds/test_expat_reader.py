"""The fast reader returns what feedparser returns, or declines."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import FEEDS, SHARED_DATA

from flows.demo.formats import render
from flows.demo.sample import load_entries, load_outlets
from sources.feeds.entries import Entries, UnreadableError
from sources.feeds.expat_reader import read_with_expat
from sources.feeds.feedparser_reader import read_with_feedparser

RAW = SHARED_DATA / "rawfeeds"
CONTENT_TYPES = [
    "",
    "text/xml",
    "application/rss+xml; charset=utf-8",
    "text/html",
    "text/xml; charset=iso-8859-1",
]
NAMESPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/' "
    "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:atom='http://www.w3.org/2005/Atom' "
    "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:x='urn:x'"
)
DATES = ["Wed, 12 Aug 2026 07:30:00 GMT", "12 Aug 26 7:30 EST", "2026-08-12", "2026-08-12T07:30:00.5-05:00",
    "mer, 12 ao\u00fbt", "2026-08-12 07:30:00", "20260812", "Wed, 32 Aug 2026 07:30:00 GMT",
    "Thu,28 Jul 2022 4:35:5 GMT+9", "never", ""]  # fmt: skip
TEXTS = [
    "A title",
    "",
    " \u2019 ",
    "&lt;p&gt;x&lt;/p&gt;",
    "<![CDATA[<b>R&D</b>]]>",
    "caf\u00c3\u00a9",
    "\x92",
    "<b>x</b>",
    "&#xD83D;",
    "a &amp;b; c",
]
ADDRESSES = [
    "http://a.example/1",
    "/1",
    "http:///a.example",
    "http://a.example/?a=1&amp;b;=2",
    "",
    "urn:x:1",
    "#",
]


def element(name: str, texts: list[str], attributes: tuple[str, ...] = ("",)) -> st.SearchStrategy[str]:
    return st.builds(
        lambda text, attribute: f"<{name}{attribute}>{text}</{name}>",
        st.sampled_from(texts),
        st.sampled_from(attributes),
    )


TYPES = (
    "",
    " type='html'",
    " type='text'",
    " type='xhtml'",
    " mode='base64'",
    " type='application/x'",
    " src='/x'",
)
ELEMENTS = st.one_of(
    *(element(name, TEXTS, TYPES) for name in ("title", "description", "summary", "content",
        "content:encoded", "dc:title")),
    *(element(name, TEXTS) for name in ("media:title", "media:description", "itunes:summary",
        "dc:description", "abstract")),
    *(element(name, DATES) for name in ("pubDate", "published", "updated", "dc:date", "date", "issued",
        "lastBuildDate")),
    *(element(name, ADDRESSES, ("", " isPermaLink='false'", " ispermalink='true'", " x:y='z'"))
        for name in ("guid", "id")),
    element("link", ADDRESSES, ("", " rel='self'", " href='http://a.example/2'",
        " href='/3' rel='Alternate' type='text/html'", " href='/4' rel='enclosure'", " url='/5'",
        " x:href='/6'", " href=''")),
    element("source", ["Wire", ""], ("", " url='http://b.example/'")),
    element("media:group", ["<media:title>In</media:title>", "<media:description>In</media:description>",
        "<title>In</title>"]),
    st.sampled_from(["<author><name>A</name></author>", "<x:a b='c'>d</x:a>", "<x:a><title>In</title></x:a>",
        "<image/>", "<enclosure url='/a.mp3'/>", "<category>c</category>", "<a_b/>", "<dc_date>1</dc_date>",
        "<!-- c -->", "text", "<guid xml:base='http://c.example/'>/7</guid>", "<x xmlns='urn:other'>y</x>",
        "<date a='b'/>"]),
)  # fmt: skip
PLAIN = st.one_of(
    *(
        element(name, TEXTS[:5], TYPES[:3])
        for name in ("title", "description", "summary", "content:encoded", "dc:title")
    ),
    *(element(name, TEXTS[:5]) for name in ("media:title", "media:description", "itunes:summary")),
    *(element(name, DATES) for name in ("pubDate", "published", "updated", "dc:date")),
    *(element(name, ADDRESSES[:2], ("", " isPermaLink='false'")) for name in ("guid", "id", "link")),
    element(
        "link", [""], (" rel='self' href='/x'", " href='http://a.example/2'", " rel='alternate' href='/3'")
    ),
)
MOSTLY_PLAIN = st.one_of(*[PLAIN] * 9, ELEMENTS)
ITEMS = st.lists(st.lists(MOSTLY_PLAIN, max_size=7).map("".join), max_size=3)
HEADS = st.lists(MOSTLY_PLAIN, max_size=2).map("".join)
PROLOGS = st.sampled_from([""] * 4 + ["<?xml version='1.0' encoding='utf-8'?>"] * 4 + [
    "<?xml version='1.0'?>\n", "\ufeff", " ", "<?xml version='1.0' encoding='iso-8859-1'?>", "<!DOCTYPE rss>",
    "<?xml-stylesheet href='x'?>"])  # fmt: skip
ROOTS = st.sampled_from(
    [
        ("<rss version='2.0' {ns}><channel>{head}", "item", "</channel></rss>"),
        ("<rss {ns}><channel about='x'>{head}", "item", "</channel></rss>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom' {ns}>{head}", "entry", "</feed>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://a.example/' {ns}>{head}", "entry",
            "</feed>"),
        ("<rdf:RDF xmlns='http://purl.org/rss/1.0/' "
            "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' {ns}>"
         "<channel rdf:about='x'>{head}</channel>", "item rdf:about='http://a.example/9'", "</rdf:RDF>"),
    ]
)  # fmt: skip


def feed(root: tuple[str, str, str], prolog: str, head: str, items: list[str]) -> bytes:
    start, item, end = root
    inner = "".join(f"<{item}>{entry}</{item.split()[0]}>" for entry in items)
    return (prolog + start.format(ns=NAMESPACES, head=head) + inner + end).encode()


def assert_same(body: bytes, content_type: str) -> bool:
    """Whether the fast path read the body; fails where feedparser reads it otherwise."""
    fast = read_with_expat(body, content_type)
    if fast is None:
        return False
    assert fast == authority(body, content_type)
    return True


def authority(body: bytes, content_type: str) -> Entries | None:
    try:
        return read_with_feedparser(body, content_type)
    except UnreadableError:
        return None


@pytest.mark.slow
@settings(max_examples=400)
@given(st.builds(feed, ROOTS, PROLOGS, HEADS, ITEMS), st.sampled_from(CONTENT_TYPES))
def test_any_feed_is_read_as_feedparser_reads_it_or_declined(body: bytes, content_type: str) -> None:
    assert_same(body, content_type)


@pytest.mark.parametrize(
    "outlet", [outlet for outlet in load_outlets() if outlet.format != "jsonfeed"], ids=lambda o: o.source.id
)
def test_samples_feeds_are_read_fast_and_as_feedparser_reads_them(outlet: object) -> None:
    content_type, body = render(
        outlet, [entry for entry in load_entries() if entry.feed == outlet.source.id][:20]
    )  # type: ignore[attr-defined,arg-type]
    assert assert_same(body, content_type)


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml", "rdf.xml"])
@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_own_feeds_are_read_as_feedparser_reads_them(name: str, content_type: str) -> None:
    assert_same((FEEDS / name).read_bytes(), content_type)


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.skipif(not RAW.exists(), reason="needs the recorded feeds of ../shared/data")
def test_recorded_feeds_are_read_as_feedparser_reads_them() -> None:
    bodies = [gzip.decompress(path.read_bytes()) for path in sorted(RAW.glob("*.gz"))]
    assert sum(assert_same(body, "") for body in bodies) > len(bodies) // 2


ITEM = "<item><title>A</title><guid>1</guid></item>"


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel>" + ITEM + "</channel></rss>",
        "<rss><channel>" + ITEM,
        "<rss><channel>" + ITEM + "</channel></rss>x",
        "<rss><channel>" + ITEM + "</channel><channel/></rss>",
        "<html><channel>" + ITEM + "</channel></html>",
        "<feed xmlns='urn:unknown'><entry><title>A</title></entry></feed>",
        "<rss xmlns:media='urn:other'><channel>" + ITEM + "</channel></rss>",
        "<rss><channel>" + ITEM.replace("A", "&nbsp;") + "</channel></rss>",
        "<rss><channel>" + ITEM.replace("A", "<b>A</b>") + "</channel></rss>",
        "<rss><channel>"
        + ITEM.replace("<guid>", "<title><summary>B</summary></title><guid>")
        + "</channel></rss>",
        "<rss><channel>" + ITEM.replace("<guid>", "<link>/1</link><guid xml:base='/x'>") + "</channel></rss>",
    ],
)
def test_what_may_be_read_in_two_ways_is_declined(body: str) -> None:
    assert read_with_expat(body.encode(), "") is None
