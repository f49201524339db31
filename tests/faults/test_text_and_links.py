"""Text and links as feeds quote them: kept as stated, cleaned of what nobody sees, never invented."""

from __future__ import annotations

import json

import pytest
from fakes import at

from sources.feeds.expat_reader import read_with_expat
from sources.feeds.feedparser_reader import read_with_feedparser
from sources.feeds.parse import parse_feed
from sources.model import Article, Source

SITE = "https://gazette.example"
GAZETTE = Source(
    id="gazette",
    name="Gazette",
    publisher="Gazette",
    url=f"{SITE}/news/feed.xml",
    kind="news",
    region="INT",
    language="en",
)


def only(body: bytes) -> Article:
    (article,) = parse_feed(body, "", GAZETTE, at("2026-08-12T12:00")).articles
    return article


def atom(entry: str, attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" {attributes}>'
        f"<id>x</id><title>T</title><entry><id>1</id><updated>2026-08-12T09:00:00Z</updated>{entry}</entry></feed>"
    ).encode()


def rss(item: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>T</title><item>'
        f"{item}<pubDate>Wed, 12 Aug 2026 09:00:00 GMT</pubDate></item></channel></rss>"
    ).encode()


def json_feed(**item: object) -> bytes:
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", **item}]}
    ).encode()


IN_RSS = [
    ("NVI&#8203;DIA", "NVIDIA"),
    ("&#xFEFF;Chips &#xAD;in&#xAD;side", "Chips inside"),
    ("abc &#x202E;fed&#x202C; x&#x2066;y&#x2069;", "abc fed xy"),
    ("می&#x200C;شود", "می\u200cشود"),
    ("<![CDATA[C++ vector<int> & more]]>", "C++ vector<int> & more"),
    ("<![CDATA[I <3 you]]>", "I <3 you"),
    ("p &lt; 0.05 and n &gt; 3", "p < 0.05 and n > 3"),
    ("p&lt;0.05 and n&gt;3", "p<0.05 and n>3"),
    ("Write to &lt;a@b.example&gt;", "Write to <a@b.example>"),
    ("Map&lt;String, List&lt;T&gt;&gt; in Java", "Map<String, List<T>> in Java"),
    ("Q&amp;amp;A with AT&amp;amp;T", "Q&A with AT&T"),
    ("&amp;quot;Yes&amp;quot; &amp;#8211; &amp;#8217;tis", '"Yes" – ’tis'),
    ("R&D, S&P 500; A&B; &c.", "R&D, S&P 500; A&B; &c."),
    ("<![CDATA[R&D at AT&T]]>", "R&D at AT&T"),
    ("A&nbsp;B&nbsp;&mdash;&eacute;", "A B —é"),
    ("A&amp;nbsp;B", "A B"),
    ("It&#146;s &#147;x&#148; &#150; &#133; &#128;5", "It’s “x” – … €5"),
    ("It&#x92;s, it&amp;#146;s", "It’s, it’s"),
    ("<![CDATA[It&#146;s]]>", "It’s"),
    ("<![CDATA[<![CDATA[Chips]]]]>", "Chips"),
    ("<![CDATA[<![CDATA[Chips & co]]]]><![CDATA[>]]>", "Chips & co"),
    ("<![CDATA[<![CDATA[Chips]]>]]>", "Chips"),
    ("&lt;![CDATA[Chips]]&gt; rise", "Chips rise"),
    ("<![CDATA[a ]]]]><![CDATA[> b]]>", "a ]]> b"),
]


@pytest.mark.parametrize(("stated", "title"), IN_RSS)
def test_title_in_rss_is_as_meant(stated: str, title: str) -> None:
    assert only(rss(f"<title>{stated}</title><link>/1</link>")).title == title


IN_ATOM = [
    ('type="text"', "Use &lt;b&gt; and &lt;script&gt;", "Use <b> and <script>"),
    ('type="text"', "AT&amp;amp;T &amp;lt;x&gt;", "AT&amp;T &lt;x>"),
    ('type="text"', "<![CDATA[<p>x</p> & y]]>", "<p>x</p> & y"),
    ('type="text/plain"', "1 &lt; 2 &amp; 3 &gt; 2", "1 < 2 & 3 > 2"),
    ("", "If a&lt;b then c", "If a<b then c"),
    ('type="html"', "a&lt;b and c&gt;d", "a<b and c>d"),
    ('type="html"', "Ex&amp;shy;port of&amp;#8203; chips", "Export of chips"),
    (
        'type="xhtml"',
        '<div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b> &lt;c&gt;</div>',
        "A b <c>",
    ),
]


@pytest.mark.parametrize(("type_", "stated", "title"), IN_ATOM)
def test_title_in_atom_is_of_its_type(type_: str, stated: str, title: str) -> None:
    assert only(atom(f'<title {type_}>{stated}</title><link href="/1"/>')).title == title


@pytest.mark.parametrize(
    ("field", "stated", "read"),
    [
        ("content_text", "if a<b & c>d use <i> &amp;", "if a<b & c>d use <i> &amp;"),
        ("content_text", "a\n\n<p>b</p> &lt;", "a <p>b</p> &lt;"),
        ("content_text", "Ex\u00adport \u202eabc", "Export abc"),
        ("content_html", "<p>if a&lt;b</p>", "if a<b"),
        ("summary", "Use <dialog> & <b>", "Use <dialog> & <b>"),
    ],
)
def test_text_of_a_json_feed_is_of_its_kind(field: str, stated: str, read: str) -> None:
    assert only(json_feed(title="x", url="/1", **{field: stated})).summary == read


PAGE = f"{SITE}/a"
ATOM_LINKS = [
    ("", '<link href="/a"/>', PAGE),
    ("", '<link href="../a"/>', PAGE),
    ('xml:base="https://b.example/x/"', '<link href="a"/>', "https://b.example/x/a"),
    ('xml:base="/blog/"', '<link href="a"/>', f"{SITE}/blog/a"),
    ("", '<link href="a" xml:base="https://c.example/"/>', "https://c.example/a"),
    ("", '<link rel="self" href="/s"/><link rel="edit" href="/e"/><link href="/a"/>', PAGE),
    ("", '<link href="/a"/><link rel="replies" href="/r"/><link rel="enclosure" href="/p.mp3"/>', PAGE),
    ("", '<link rel="http://www.iana.org/assignments/relation/alternate" href="/a"/>', PAGE),
    ("", '<link rel="Alternate" href="/a"/>', PAGE),
    ("", '<link rel="self" href="/s"/>', None),
    ("", '<link type="application/json" href="/a.json"/><link type="text/html" href="/a"/>', PAGE),
    ("", '<link hreflang="de" href="/de"/><link hreflang="en-GB" href="/a"/>', PAGE),
    ("", '<link hreflang="fr" href="/fr"/><link href="/a"/>', PAGE),
    ("", '<link hreflang="fr" href="/fr"/><link hreflang="x-default" href="/a"/>', PAGE),
    ("", '<link hreflang="fr" href="/a"/><link hreflang="de" href="/de"/>', PAGE),
    ("", '<link type="application/pdf" href="/a.pdf"/>', f"{SITE}/a.pdf"),
    ("", '<link type="application/pdf" href="/a.pdf"/><link href="/a"/>', PAGE),
    ("", '<link rel="enclosure" type="application/pdf" href="/a.pdf"/>', f"{SITE}/a.pdf"),
]


@pytest.mark.parametrize(("attributes", "links", "url"), ATOM_LINKS)
def test_link_in_atom_is_the_articles_page(attributes: str, links: str, url: str | None) -> None:
    assert only(atom(f"<title>t</title>{links}", attributes)).url == url


GUID = "<guid>https://gazette.example/a</guid>"
RSS_LINKS = [
    (GUID, PAGE),
    ("<guid>48213</guid>", None),
    ('<guid isPermaLink="true">/n/48213</guid>', None),
    ('<guid isPermaLink="true">urn:uuid:1</guid>', None),
    ('<guid isPermaLink="false">https://gazette.example/?p=1</guid>', None),
    ("<guid>tag:gazette.example,2026:1</guid>", None),
    ("<link>/b</link>" + GUID, f"{SITE}/b"),
    ("<link>javascript:alert(1)</link>" + GUID, PAGE),
    ("<link>mailto:a@b.example</link>" + GUID, PAGE),
    ("<link>data:text/html,x</link>", None),
    ("<link>#</link>" + GUID, PAGE),
    ("<link>http://</link>" + GUID, PAGE),
    ("<link>ftp://gazette.example/a</link>", None),
    ("<link>//gazette.example/a</link>", PAGE),
    ("<link>www.gazette.example/a</link>", "https://www.gazette.example/a"),
    ("<link>\n https://gazette.example/\n a\n</link>", PAGE),
    ("<link>https:\\\\gazette.example\\a</link>", PAGE),
    ("<link>https://münchen.example/straße</link>", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
    ("<link>https://gazette.example/a b?x=1 2</link>", f"{SITE}/a%20b?x=1%202"),
    ("<link>https://gazette.example/a?b=1&c=2</link>", f"{SITE}/a?b=1&c=2"),
    ("<link>https://gazette.example/a?b=1&amp;amp;c=2</link>", f"{SITE}/a?b=1&c=2"),
    ('<atom:link href="https://gazette.example/a"/>', PAGE),
    ('<atom:link rel="self" href="/self"/><link>/a</link>', PAGE),
    ('<link>/a</link><atom:link rel="replies" href="/c"/>', PAGE),
    (
        "<link>http://feedproxy.google.com/~r/x</link><feedburner:origLink>https://gazette.example/a</feedburner:origLink>",
        PAGE,
    ),
    ("<link>/a</link><feedburner:origLink>no address</feedburner:origLink>", PAGE),
    ("<link>/a</link><feedburner:origLink/>", PAGE),
    ('<enclosure url="/a.mp3" type="audio/mpeg" length="1"/>', f"{SITE}/a.mp3"),
    ('<guid isPermaLink="false">9</guid><enclosure url="/a.mp3" type="audio/mpeg"/>', f"{SITE}/a.mp3"),
]


@pytest.mark.parametrize(("links", "url"), RSS_LINKS)
def test_link_in_rss_is_the_articles_page(links: str, url: str | None) -> None:
    assert only(rss(f"<title>t</title>{links}")).url == url


@pytest.mark.parametrize(
    "item",
    [
        {"url": "/a"},
        {"url": "javascript:x", "external_url": PAGE},
        {"url": "javascript:x", "id": PAGE},
        {"attachments": [{"url": PAGE}]},
        {"url": "", "id": PAGE},
    ],
)
def test_link_in_a_json_feed_is_the_articles_page(item: dict[str, object]) -> None:
    assert only(json_feed(title="t", **item)).url == PAGE


BODIES = [
    *(rss(f"<title>{stated}</title>") for stated, _ in IN_RSS),
    *(atom(f"<title {type_}>{stated}</title>") for type_, stated, _ in IN_ATOM),
    *(rss(f"<title>t</title>{links}") for links, _ in RSS_LINKS),
    *(atom(f"<title>t</title>{links}", attributes) for attributes, links, _ in ATOM_LINKS),
]


def test_both_readers_agree_or_the_fast_one_declines() -> None:
    for body in BODIES:
        assert read_with_expat(body, "") in (None, read_with_feedparser(body, "")), body
