"""Feeds of every format become articles, every entry is counted once, and hostile bytes are refused."""

from __future__ import annotations

import json
import pickle
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import at, source
from hypothesis import given
from hypothesis import strategies as st
from paths import FEEDS

from sources.clean.text import SUMMARY_CHARS, TITLE_CHARS
from sources.errors import NotAFeedError
from sources.feeds.entries import Entries, Entry
from sources.feeds.parse import article_id, parse_feed, to_article, to_articles
from sources.model import AGGREGATOR, Article, DateStatus, ParsedFeed, Rejection

SEEN = at("2026-08-12T12:00")
WIRE = source("wire")


def parse(body: bytes | str, content_type: str = "") -> ParsedFeed:
    return parse_feed(body if isinstance(body, bytes) else body.encode(), content_type, WIRE, SEEN)


def parse_file(name: str) -> ParsedFeed:
    return parse((FEEDS / name).read_bytes())


def rss(items: str, prolog: str = "") -> str:
    return f'{prolog}<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'


def item(title: str = "A title", rest: str = "") -> str:
    return f"<item><title>{title}</title><guid>1</guid>{rest}</item>"


def json_feed(*items: object) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def only(parsed: ParsedFeed) -> Article:
    assert parsed.rejections == ()
    return parsed.articles[0]


def entry(**stated: Any) -> Entry:
    blank: dict[str, Any] = {
        "guid": "", "link": "https://wire.example/1", "title": "A title", "summary": "", "content": "",
        "stated_date": "", "published_at": None,
    }  # fmt: skip
    return Entry(**{**blank, **stated})


def made(**stated: Any) -> Article:
    article = to_article(entry(**stated), WIRE, SEEN)
    assert isinstance(article, Article)
    return article


# Formats


def test_rss_item_becomes_an_article_in_plain_text() -> None:
    article = parse_file("rss.xml").articles[0]
    assert article.title == "Licence rules for AI chips & tools tighten"
    assert article.summary == "The rule takes effect in October."
    assert article.text.endswith("October. Two suppliers objected, and a third asked for more time.")
    assert article.url == "https://www.wire.example/chips?id=7"
    assert (article.published_at, article.date_status) == (at("2026-08-12T07:30"), DateStatus.OK)
    assert (article.source_id, article.publisher, article.language, article.first_seen_at) == (
        "wire", "Wire", "en", SEEN,
    )  # fmt: skip


def test_each_rss_item_ends_as_an_article_or_with_its_reason() -> None:
    parsed = parse_file("rss.xml")
    assert [article.url is None for article in parsed.articles] == [False, True, False]
    assert parsed.rejections == (Rejection.NO_TITLE,)


def test_atom_entry_takes_the_date_it_was_published_over_the_date_it_was_changed() -> None:
    first, second = parse_file("atom.xml").articles
    assert first.published_at == at("2026-08-11T06:00")
    assert second.published_at == at("2026-08-10")


def test_atom_link_is_made_absolute_against_the_feed() -> None:
    assert parse_file("atom.xml").articles[0].url == "https://wire.example/news/1"


def test_atom_entry_without_link_is_known_by_its_id() -> None:
    article = parse_file("atom.xml").articles[1]
    assert article.url is None
    assert article.article_id == article_id("wire", None, "urn:ministry:2")


def test_rdf_item_is_read_with_its_dublin_core_date() -> None:
    article = only(parse_file("rdf.xml"))
    assert (article.title, article.published_at) == ("From the year 2000", at("2026-08-12T09:30"))


def test_json_feed_item_becomes_an_article() -> None:
    article = parse_file("feed.json").articles[0]
    assert (article.title, article.summary) == ("A model card", "Evaluated & released.")
    assert (article.url, article.published_at) == ("https://lab.example/1", at("2026-08-12T09:30"))


def test_json_feed_item_of_wrong_types_gives_what_is_usable() -> None:
    assert [article.title for article in parse_file("feed.json").articles[1:]] == [
        "Half an emoji stays out",
        "Only the text is usable.",
    ]


def test_json_feed_item_that_is_none_is_counted() -> None:
    assert parse_file("feed.json").rejections == (Rejection.NO_TITLE, Rejection.NO_TITLE)


def test_feed_without_entries_is_a_feed() -> None:
    assert parse(rss("")) == ParsedFeed(articles=(), rejections=())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encoding_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    feed = rss(item("Künstliche Intelligenz"), f"<?xml version='1.0' encoding='{declared}'?>")
    assert only(parse(feed.encode(encoding))).title == "Künstliche Intelligenz"


def test_encoding_that_only_the_header_names_is_read() -> None:
    feed = rss(item("Künstliche Intelligenz, große Fragen")).encode("iso-8859-1")
    assert only(parse(feed, "text/xml; charset=iso-8859-1")).title == "Künstliche Intelligenz, große Fragen"


def test_utf8_feed_that_declares_another_encoding_is_read_all_the_same() -> None:
    feed = rss(item("Künstliche Intelligenz"), "<?xml version='1.0' encoding='us-ascii'?>")
    assert only(parse(feed)).title == "Künstliche Intelligenz"


def test_broken_xml_gives_the_entries_that_can_be_read() -> None:
    feed = rss(item("Rules & chips")).removesuffix("</channel></rss>")
    assert only(parse(feed)).title == "Rules & chips"


def test_json_feed_may_begin_with_a_byte_order_mark_and_space() -> None:
    assert only(parse(b"\xef\xbb\xbf \n" + json_feed({"id": "1", "title": "A"}))).title == "A"


def test_known_entries_are_counted_and_passed_over() -> None:
    first = parse_file("rss.xml")
    again = parse_feed((FEEDS / "rss.xml").read_bytes(), "", WIRE, SEEN, frozenset(first.fingerprints))
    assert again == ParsedFeed(articles=(), rejections=(), known=4, fingerprints=first.fingerprints)


def test_changed_entry_among_known_ones_is_read() -> None:
    old = parse(rss(item("One") + item("Two").replace("<guid>1", "<guid>2")))
    new = rss(item("One") + item("Two, corrected").replace("<guid>1", "<guid>2"))
    changed = parse_feed(new.encode(), "", WIRE, SEEN, frozenset(old.fingerprints))
    assert ([article.title for article in changed.articles], changed.known) == (["Two, corrected"], 1)


def test_identical_entries_share_a_fingerprint() -> None:
    first, second = parse(rss(item() * 2)).fingerprints
    assert first == second


def test_parsed_feed_and_source_travel_between_processes() -> None:
    parsed = parse_file("federal_register.json")
    assert pickle.loads(pickle.dumps((parse_feed, WIRE, parsed)))[1:] == (WIRE, parsed)


@pytest.mark.parametrize("attributes", ["a='b'", "href='x' rel='y'"])
def test_element_that_hides_a_date_under_its_attributes_costs_no_entry(attributes: str) -> None:
    article = only(parse(rss(item(rest=f"<date {attributes}/>"))))
    assert (article.published_at, article.date_status) == (None, DateStatus.MISSING)


# What is no feed


@pytest.mark.parametrize(
    ("body", "content_type", "seems"),
    [
        (b"", "", "an empty page"),
        (b" \n", "", "an empty page"),
        (b"<!DOCTYPE html><html><title>Moved</title></html>", "", "a web page; has the feed moved?"),
        (b"Sorry", "text/html", "a web page; has the feed moved?"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "8 bytes of image/png"),
        (b"\x00" * 1_000, "", "1,000 bytes of unknown type"),
        (b"{", "", "broken JSON"),
        (b'{"items":' + b"[" * 100_000, "", "broken JSON"),
        (b'{"error": "not found"}', "", "no list of items"),
        (b'{"items": {"1": {}}}', "", "no list of items"),
    ],
)
def test_body_that_is_not_a_feed_is_described(body: bytes, content_type: str, seems: str) -> None:
    with pytest.raises(NotAFeedError, match=r"^wire: https://wire\.example/feed\.xml") as caught:
        parse(body, content_type)
    assert seems in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"<?xml version='1.0' encoding='\xb1\xb2'?><rss/>",
        b"<?xml version='1.0' encoding='undefined'?><rss/>",
        b"<rss><channel><width><image></width></image></height>",
        b"<rss><channel><item></category></gml:pos><psc:chapter start='a'/></item>",
    ],
)
def test_bytes_that_break_the_library_are_no_feed_or_an_empty_one(body: bytes) -> None:
    try:
        assert parse(body).articles == ()
    except NotAFeedError as error:
        assert not error.retryable


@pytest.mark.parametrize(
    "charset", ["rot13", "base64", "idna", "punycode", "undefined", "\x00", "é", "a" * 10_000]
)
def test_header_with_an_absurd_charset_does_no_harm(charset: str) -> None:
    try:
        assert only(parse(rss(item()), f"text/xml; charset={charset}")).title == "A title"
    except NotAFeedError as error:
        assert error.subject == "wire"


# Entries


def test_unreadable_date_is_marked_and_not_replaced() -> None:
    article = only(parse(rss(item(rest="<pubDate>some day</pubDate>"))))
    assert (article.published_at, article.date_status) == (None, DateStatus.UNPARSABLE)


def test_missing_date_is_marked() -> None:
    article = only(parse(rss(item())))
    assert (article.published_at, article.date_status) == (None, DateStatus.MISSING)


@pytest.mark.parametrize("stated", ["0000-00-00T00:00:00", "99999-01-01", "-1", "Mon, 32 Foo 2026"])
def test_impossible_date_does_no_harm(stated: str) -> None:
    assert only(parse(rss(item(rest=f"<pubDate>{stated}</pubDate>")))).date_status is not DateStatus.OK


@pytest.mark.parametrize(
    "reference", ["&#55357;&#56842;", "&#xD83D;", "&#99999999;", "&#x110000;", "&#0;", "&#xFFFFFFFFFF;"]
)
def test_reference_to_no_character_costs_no_entry(reference: str) -> None:
    assert only(parse(rss(item(f"Chips {reference}tighten")))).title in ("Chips tighten", "Chips �tighten")


def test_references_to_characters_are_read() -> None:
    assert only(parse(rss(item("caf&#233; &#x1F600;")))).title == "café 😀"


def test_entry_without_title_is_named_by_its_summary() -> None:
    article = made(title="", summary="First words. " + "More words " * 80)
    assert article.title.startswith("First words. More words")
    assert article.title.endswith("words…")
    assert len(article.title) <= TITLE_CHARS


def test_summary_that_only_repeats_the_title_is_left_out() -> None:
    assert made(title="A title", summary="<p>A title</p>").summary == ""


def test_text_is_kept_only_where_it_is_longer_than_the_summary() -> None:
    assert made(summary="Short.", content="Short.").text == ""
    assert made(summary="Short.", content="Short. And long.").text == "Short. And long."


def test_long_content_alone_gives_summary_and_text() -> None:
    article = made(content="A sentence of content. " * 100)
    assert len(article.summary) <= SUMMARY_CHARS < len(article.text)


def test_same_address_has_the_same_id_in_every_feed() -> None:
    other = to_article(entry(link="http://www.wire.example/1/?utm_source=b", guid="x"), source("other"), SEEN)
    assert isinstance(other, Article)
    assert other.article_id == made().article_id


def test_same_guid_in_two_feeds_is_two_articles() -> None:
    assert article_id("a", None, "1") != article_id("b", None, "1")


def test_unusable_link_leaves_the_guid() -> None:
    article = made(link="javascript:alert(1)", guid="1")
    assert (article.url, article.article_id) == (None, article_id("wire", None, "1"))


@pytest.mark.parametrize("link", [" ", "#", "#top"])
def test_blank_links_do_not_make_all_entries_one(link: str) -> None:
    parsed = to_articles(Entries(read=[entry(link=link, guid="1"), entry(link=link, guid="2")]), WIRE, SEEN)
    assert len(parsed.articles) == 2


def test_aggregator_names_the_host_it_points_to_as_publisher() -> None:
    hub = replace(WIRE, kind=AGGREGATOR)
    article = to_article(entry(link="https://www.outlet.example/1"), hub, SEEN)
    assert isinstance(article, Article)
    assert article.publisher == "outlet.example"


@pytest.mark.parametrize(
    ("title", "publisher"),
    [("Chips tighten (Ann Bell/Outlet)", "Outlet"), ("Chips tighten (Outlet)", "Outlet"),
        ("Chips ( )", "wire.example"),
     ("Chips tighten", "wire.example")],
)  # fmt: skip
def test_aggregator_that_links_to_its_own_page_credits_the_outlet(title: str, publisher: str) -> None:
    article = to_article(entry(title=title), replace(WIRE, kind=AGGREGATOR), SEEN)
    assert isinstance(article, Article)
    assert article.publisher == publisher


def test_aggregators_entry_that_names_its_article_is_that_article() -> None:
    link = "https://www.techmeme.com/260702/p40#a260702p40"
    text = '<P><A HREF="https://outlet.example/">Outlet</A>: <B><A HREF="https://outlet.example/1">T</A></B>'
    article = to_article(entry(link=link, summary=text), replace(WIRE, kind=AGGREGATOR), SEEN)
    assert isinstance(article, Article)
    assert (article.url, article.publisher) == ("https://outlet.example/1", "outlet.example")
    assert article.article_id == article_id("outlet", "https://outlet.example/1", "2")
    own = to_article(entry(link=link, summary=text), WIRE, SEEN)
    assert isinstance(own, Article) and own.url == link


# Hostile bytes

XML_PIECES = st.sampled_from(
    ["<rss>", "</rss>", "<channel>", "<item>", "</item>", "<entry>", "<feed>", "<title>x</title>",
        "<title type='xhtml'>",
     "<content mode='base64'>", "<guid>", "<link href='http://[::'/>", "<link>",
     "<pubDate>-1-01-01</pubDate>", "<image>", "<width>", "</width>", "</height>", "</category>",
     "<media:content/>", "<psc:chapter start='a'/>", "</gml:pos>", "&#xD800;", "&#99999999;", "&lol;",
     "<![CDATA[", "]]>", "<!--", "<!DOCTYPE a [", "<!ENTITY lol 'lol'>", "\x00", "<",
     "<?xml version='1.0' encoding='utf-16'?>", "<?xml version='1.0' encoding='idna'?>", "<script>", "\u202e",
     "é", "]>"]
)  # fmt: skip
XML = st.lists(XML_PIECES, max_size=25).map(lambda pieces: "<rss version='2.0'>" + "".join(pieces))
BODIES = st.binary() | st.builds(str.encode, XML, st.sampled_from(["utf-8", "utf-16", "utf-32-be", "utf-7"]))
WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["\ud800 &amp;", "http://[::1", "2026-01-01T00:00:00+99:99", "#", "<p>x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)  # fmt: skip
JSON_FIELDS = st.sampled_from(
    [
        "id",
        "url",
        "external_url",
        "title",
        "summary",
        "content_html",
        "content_text",
        "date_published",
        "authors",
    ]
)


@given(
    BODIES, st.sampled_from(["", "text/xml", "text/html; charset=utf-16", "text/xml; charset=idna", "\x00"])
)
def test_any_bytes_are_a_parsed_feed_or_no_feed(body: bytes, content_type: str) -> None:
    try:
        parsed = parse(body, content_type)
    except NotAFeedError:
        return
    for article in parsed.articles:
        "".join((article.title, article.summary, article.text, article.url or "")).encode()
        assert article.title


@given(st.lists(st.dictionaries(JSON_FIELDS, WILD, max_size=6) | WILD, max_size=4))
def test_any_json_items_are_each_counted_once(items: list[object]) -> None:
    parsed = parse(json_feed(*items))
    assert len(parsed.articles) + len(parsed.rejections) == len(items)
    for article in parsed.articles:
        "".join((article.title, article.summary, article.text, article.url or "")).encode()


@given(st.lists(st.sampled_from(["", "1", "2"]).flatmap(lambda guid: st.builds(
    entry, guid=st.just(guid), link=st.sampled_from(["", "/1", "/2", "#", "javascript:x"]),
    title=st.sampled_from(["", "A", "<p>"]), summary=st.sampled_from(["", "B"]))), max_size=8))  # fmt: skip
def test_any_entries_are_each_counted_once(entries: list[Entry]) -> None:
    parsed = to_articles(Entries(read=entries), WIRE, SEEN)
    assert len(parsed.articles) + len(parsed.rejections) == len(entries)
    assert len({article.article_id for article in parsed.articles}) == len(parsed.articles)


def test_entity_bomb_is_not_expanded() -> None:
    layers = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    bomb = rss(item("&a9;"), f"<!DOCTYPE rss [<!ENTITY a0 'lol'>{layers}]>")
    assert len(only(parse(bomb)).title) <= TITLE_CHARS


def test_external_entity_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret words")
    feed = rss(item("x &a; y"), f"<!DOCTYPE rss [<!ENTITY a SYSTEM 'file://{tmp_path}/secret'>]>")
    assert "secret words" not in only(parse(feed)).title


@pytest.mark.parametrize(
    "body",
    [
        rss(item("A" * 10_000_000)),
        "\n" * 300_000 + rss(item()),
        "<?xml version='1.0'?>" + " \n" * 200_000 + rss(item("R&D")),
        rss(item("<b>" * 20_000)),
        "<rss>" + "<a>" * 20_000,
        rss(item(rest=f"<description>{'&lt;div&gt;' * 50_000}</description>")),
    ],
    ids=["10 MB title", "empty lines", "blank lines in broken XML", "nested title", "nested tree",
        "nested description"],
)  # fmt: skip
def test_feed_made_to_hurt_is_read_in_seconds(body: str) -> None:
    started = time.process_time()
    parsed = parse(body)
    assert time.process_time() - started < 8  # without the bounds minutes, or for ever
    assert all(len(article.title) <= TITLE_CHARS for article in parsed.articles)
