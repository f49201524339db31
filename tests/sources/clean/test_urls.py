"""Canonical addresses: variants of one page are the same, different pages stay different."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.clean.urls import canonical_url, host_of, registrable_domain, url_key

LINKS = st.text() | st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp", ""]),
    st.sampled_from(
        ["a.example", "A.example:443", "user@a.example", "[::1]:80", "a.example.", "münchen.example"]
    )
    | st.text(max_size=10),
    st.text(st.sampled_from("/?#&=%;+ aé\u202e\ud800utm_source\\[]<\"'\t\n"), max_size=30),
)
HOSTS = (
    "a.example www.google.com amp.a.com m.a.com en.m.wikipedia.org substack.com urldefense.com "
    "news.google.com"
).split()
WORDS = (
    "x amp amp.html .. index.html %C3%A9 %7e redirect/2/e30 ck/a url amp/s/a.example v2/url 2026-1".split()
)
PAIRS = (
    "id=7 utm_source=rss ref=a.example q=x u=https-3A__a.example_x amp=1 a=%20 b source=rss uri=a/b x=a:b"
).split()
ORDINARY = st.builds(
    "https://{}/{}{}{}".format,
    st.sampled_from(HOSTS),
    st.lists(st.sampled_from(WORDS), max_size=4).map("/".join),
    st.just("") | st.lists(st.sampled_from(PAIRS), max_size=3).map(lambda pairs: f"?{'&'.join(pairs)}"),
    st.sampled_from(["", "#", "#2.3.15", "#comments", "#utm_source=rss", "#:~:text=x", "#a%20b"]),
)


@pytest.mark.parametrize(
    "name",
    [
        "utm_source",
        "UTM_Campaign",
        "fbclid",
        "gclid",
        "mc_cid",
        "at_medium",
        "ns_campaign",
        "guce_referrer_sig",
    ],
)
def test_tracking_parameter_is_dropped(name: str) -> None:
    assert canonical_url(f"https://a.example/x?{name}=1&id=7") == "https://a.example/x?id=7"


@pytest.mark.parametrize(
    "query", ["id=7", "b=2&a=1", "q=%E9", "print", "q=a%20b", "q=a+b", "utm=1", "ref=home", "q="]
)
def test_query_that_identifies_the_page_stays_as_it_was(query: str) -> None:
    assert canonical_url(f"https://a.example/x?{query}") == f"https://a.example/x?{query}"


def test_fragment_is_dropped() -> None:
    assert canonical_url("https://a.example/x#atom-everything") == "https://a.example/x"


def test_host_is_lower_case_without_default_port_user_and_closing_dot() -> None:
    assert canonical_url("HTTPS://user:secret@A.Example.:443/X") == "https://a.example/X"


def test_other_port_is_kept() -> None:
    assert canonical_url("http://a.example:8080") == "http://a.example:8080/"


def test_ipv6_host_keeps_its_brackets() -> None:
    assert canonical_url("http://[::1]:8080/x") == "http://[::1]:8080/x"


def test_relative_link_is_made_absolute_against_the_feed() -> None:
    assert canonical_url("../news/1", "https://a.example/feeds/all.xml") == "https://a.example/news/1"


@pytest.mark.parametrize("link", ["", "   ", "\n", "#", "#comments"])
def test_link_that_only_leads_back_to_the_feed_is_none(link: str) -> None:
    assert canonical_url(link, "https://a.example/feed.xml") is None


def test_unsafe_characters_of_a_path_are_escaped() -> None:
    assert canonical_url('https://a.example/a b<"é\u202e') == "https://a.example/a%20b%3C%22%C3%A9%E2%80%AE"


def test_escapes_of_a_path_are_not_escaped_again() -> None:
    assert canonical_url("https://a.example/caf%C3%A9") == canonical_url("https://a.example/café")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "mailto:a@a.example",
        "ftp://a.example/x",
        "file:///etc/passwd",
        "//a.example/x",
        "https://",
        "https:///x",
        "https://[::1/x",
        "https://a.example:99999/",
        "https://a<script>.example/",
        "https://a b.example/",
        "https://\u202ea.example/",
        "https://a.example/\ud800",
        "https://a.example/?q=\ud800",
    ],
)
def test_link_that_is_no_web_address_is_none(link: str) -> None:
    assert canonical_url(link) is None


@given(LINKS, st.sampled_from(["", "https://b.example/feed", "not a base", "https://[bad"]))
def test_canonical_url_is_idempotent(link: str, base: str) -> None:
    once = canonical_url(link, base)
    assert once is None or canonical_url(once) == once


@given(LINKS, LINKS)
def test_key_of_a_canonical_address_is_that_of_the_link(link: str, other: str) -> None:
    one, two = canonical_url(link), canonical_url(other)
    if one and two:
        assert url_key(one) == url_key(canonical_url(one) or "")
        assert (one != two) or url_key(one) == url_key(two)


@given(LINKS)
def test_host_and_key_are_strings_for_any_text(link: str) -> None:
    assert isinstance(host_of(link), str)
    assert isinstance(url_key(link), str)


@given(ORDINARY)
def test_canonical_form_of_an_ordinary_link_is_idempotent(link: str) -> None:
    once = canonical_url(link, "https://b.example/feed")
    assert once is not None
    assert canonical_url(once) == once


@given(LINKS)
def test_canonical_path_and_query_are_plain_ascii_without_spaces_or_markup(link: str) -> None:
    parts = urlsplit(canonical_url(link) or "")
    shown = parts.path + parts.query
    assert shown.isascii()
    assert not set(shown) & set(' <>"\\^`{|}\n\t\x00')


@pytest.mark.parametrize(
    "other", ["http://a.example/x?id=7", "https://www.a.example/x?id=7", "https://a.example/x/?id=7"]
)
def test_scheme_www_and_closing_slash_do_not_change_the_key(other: str) -> None:
    assert url_key(other) == url_key("https://a.example/x?id=7")


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def substack(link: str) -> str:
    return f"https://substack.com/redirect/2/{coded(json.dumps({'e': link, 's': 1}).encode())}"


def google_news(link: str) -> str:
    length = bytes([len(link)]) if len(link) < 128 else bytes([len(link) & 127 | 128, len(link) >> 7])
    message = b"\x08\x13\x22" + length + link.encode() + b"\xd2\x01\x00"
    return f"https://news.google.com/rss/articles/{coded(message)}?oc=5"


def bing(link: str) -> str:
    return f"https://www.bing.com/ck/a?!&&p=1&u=a1{coded(link.encode())}&ntb=1"


def proofpoint_v2(link: str) -> str:
    masked = quote(link).replace("-", "%2D").replace("_", "%5F").replace("%", "-").replace("/", "_")
    return f"https://urldefense.proofpoint.com/v2/url?u={masked}&d=DwM"


# Each wraps a link as a search engine, social site, mail gateway or cache does.
WRAPPERS: dict[str, Callable[[str], str]] = {
    "google": lambda link: f"https://www.google.co.uk/url?sa=t&q={quote(link, safe='')}&ved=2ah",
    "google-alert": lambda link: f"https://www.google.com/url?rct=j&sa=t&url={quote(link, safe='')}&ct=ga",
    "google-scholar": lambda link: f"https://scholar.google.com/scholar_url?url={quote(link, safe='')}&hl=en",
    "google-news": google_news,
    "bing-news": lambda link: (
        f"https://www.bing.com/news/apiclick.aspx?ref=FexRss&url={quote(link, safe='')}&c=1"
    ),
    "bing": bing,
    "yahoo": lambda link: f"https://r.search.yahoo.com/_ylt=A/RU={quote(link, safe='')}/RK=2/RS=b",
    "duckduckgo": lambda link: f"https://duckduckgo.com/l/?uddg={quote(link, safe='')}&rut=1",
    "facebook": lambda link: f"https://l.facebook.com/l.php?u={quote(link, safe='')}&h=AT0",
    "facebook-mobile": lambda link: f"https://lm.facebook.com/l.php?u={quote(link, safe='')}",
    "instagram": lambda link: f"https://l.instagram.com/?u={quote(link, safe='')}&e=AT0",
    "reddit": lambda link: f"https://out.reddit.com/t3_x?url={quote(link, safe='')}&token=A",
    "linkedin": lambda link: f"https://www.linkedin.com/safety/go?url={quote(link, safe='')}&trk=x",
    "youtube": lambda link: f"https://www.youtube.com/redirect?event=video&q={quote(link, safe='')}",
    "medium": lambda link: f"https://medium.com/m/global-identity-2?redirectUrl={quote(link, safe='')}",
    "zhihu": lambda link: f"https://link.zhihu.com/?target={quote(link, safe='')}",
    "substack": substack,
    "tldr": lambda link: f"https://tracking.tldrnewsletter.com/CL0/{quote(link, safe='')}/1/0100019/abc=400",
    "aws": lambda link: f"https://x1.r.us-east-1.awstrack.me/L0/{quote(link, safe='')}/1/0100019/abc=400",
    "safelinks": lambda link: (
        f"https://eur01.safelinks.protection.outlook.com/?url={quote(link, safe='')}&data=1"
    ),
    "proofpoint-v2": proofpoint_v2,
    "proofpoint": lambda link: f"https://urldefense.com/v3/__{link}__;!!Abc!def$",
    "register": lambda link: f"https://go.theregister.com/feed/{link.removeprefix('https://')}",
    "amp-viewer": lambda link: f"https://www.google.com/amp/s/{link.removeprefix('https://')}",
    "amp-cache": lambda link: f"https://a-example.cdn.ampproject.org/c/s/{link.removeprefix('https://')}",
}
PAGES = [
    "https://www.scmp.com/tech/policy/article/3280001/chips",
    "https://a.example/x?id=7",
    "https://www.politico.eu/article/x/?p=12&utm_source=rss",
    "https://m.scmp.com/x-1",
    f"https://a.example/{'long/' * 30}x",
]
SAME = [
    *((wrap(page), page) for wrap in WRAPPERS.values() for page in PAGES),
    (WRAPPERS["google"](WRAPPERS["facebook"]("https://a.example/x")), "https://a.example/x"),
    ("https://www.google.com/amp/a.example/x-1", "https://a.example/x-1"),
    ("https://urldefense.com/v3/__https:/a.example/x__;!!Abc!def$", "https://a.example/x"),
    ("https://urldefense.com/v3/__https://a.example/x*y__;Iw!!Abc!def$", "https://a.example/x#y"),
    ("https://urldefense.com/v3/__https://a.example/x**Ay*z__;fig_!!Abc!def$", "https://a.example/x~(y?z"),
    ("https://v-a.cdn.ampproject.org/v/s/a.example/x-1/amp/?amp_js_v=0.1&usqp=mq", "https://a.example/x-1"),
    ("https://en.m.wikipedia.org/wiki/Chip", "https://en.wikipedia.org/wiki/Chip"),
    ("https://mobile.reuters.com/article/idUSKBN1", "https://www.reuters.com/article/idUSKBN1"),
    ("https://amp.theguardian.com/x-1", "https://www.theguardian.com/x-1"),
    ("https://a.example/2026/x-1/amp/", "https://a.example/2026/x-1"),
    ("https://www.cnbc.com/amp/2026/04/06/x-1.html", "https://www.cnbc.com/2026/04/06/x-1.html"),
    ("https://www.bbc.co.uk/news/technology-65855333.amp", "https://www.bbc.co.uk/news/technology-65855333"),
    ("https://a.example/x-1.amp.html", "https://a.example/x-1.html"),
    ("https://a.example/x-1?amp=1", "https://a.example/x-1"),
    ("https://a.example/x?outputType=amp", "https://a.example/x"),
    ("http://www.biorxiv.org/cgi/content/short/1v1?rss=1", "https://biorxiv.org/cgi/content/short/1v1"),
    ("https://a.example/x?ref=console.dev", "https://a.example/x"),
    ("https://a.example/x?source=rss----2615bd06b42e---4", "https://a.example/x"),
    ("https://www.nytimes.com/x.html?partner=rssnyt&emc=rss", "https://www.nytimes.com/x.html"),
    (
        "https://www.nytimes.com/x.html?unlocked_article_code=1.A&smid=url-share",
        "https://www.nytimes.com/x.html",
    ),
    ("https://www.wsj.com/articles/x-11?mod=rss_Technology", "https://www.wsj.com/articles/x-11"),
    ("https://www.ft.com/content/1a2b?ftcamp=traffic/rss&segmentid=1", "https://www.ft.com/content/1a2b"),
    ("https://www.bbc.com/news/x-1?at_medium=RSS&at_campaign=KARANGA", "https://www.bbc.com/news/x-1"),
    ("https://www.defenseone.com/policy/x/4/?oref=rss", "https://www.defenseone.com/policy/x/4/"),
    (
        "https://mobile.twitter.com/DefenseOne/status/17?s=20&t=abc",
        "https://twitter.com/DefenseOne/status/17",
    ),
    ("https://www.youtube.com/watch?v=abc&si=xyz&feature=share", "https://www.youtube.com/watch?v=abc"),
    ("https://a.example/x?id=7&amp;utm_source=rss", "https://a.example/x?id=7"),
    ("https://a.example/x?&&id=7&", "https://a.example/x?id=7"),
    ("https://a.example/x?", "https://a.example/x"),
    ("https://a.example/x;?id=7", "https://a.example/x?id=7"),
    ("https://a.example/x/index.html", "https://a.example/x/"),
    ("https://a.example/x/index.php?id=7", "https://a.example/x?id=7"),
    ("https://a.example/a/./b/../c", "https://a.example/a/c"),
    ("https://a.example/%7Eme/%e9", "https://a.example/~me/%E9"),
    ("https://a.example/x%2dy", "https://a.example/x-y"),
    ("HTTP://A.example:80/x", "https://a.example/x"),
    ("https://münchen.example/x", "https://xn--mnchen-3ya.example/x"),
    ("https://a.example/x#:~:text=chips", "https://a.example/x"),
    ("https://a.example/x#utm_source=RSS", "https://a.example/x"),
    ("https://a.example/x#atom-everything?utm_source=newsletter", "https://a.example/x"),
    ("https://a.example/x#publisher=newsstand", "https://a.example/x"),
    ("https://a.example/x#ref=rss", "https://a.example/x"),
    ("https://www.brookings.edu/articles/x/#comments", "https://www.brookings.edu/articles/x/"),
]
DIFFERENT = [
    ("https://windsurf.com/changelog#2.3.15", "https://windsurf.com/changelog#2.3.9"),
    ("https://lovergne.dev/awesome#8086-vm", "https://lovergne.dev/awesome#alpine-js"),
    ("https://a.example/?p=1", "https://a.example/?p=2"),
    ("https://a.example/x?source=12", "https://a.example/x?source=13"),
    ("https://a.example/x?cid=12", "https://a.example/x?cid=13"),
    ("https://a.example/guitars/amp", "https://a.example/guitars"),
    ("https://amp.dev/x", "https://dev/x"),
    ("https://t.co/a", "https://t.co/b"),
    (
        "https://news.google.com/rss/articles/CBMia0FVX3lx",
        "https://news.google.com/rss/articles/CBMib0FVX3lx",
    ),
    ("https://feedproxy.google.com/~r/a/~3/x/", "https://feedproxy.google.com/~r/a/~3/y/"),
    ("https://www.google.com/search?q=https://a.example/x", "https://a.example/x"),
    ("https://www.google.com/url?q=chips", "https://www.google.com/url?q=lasers"),
    ("https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=abd"),
    ("https://a.example/login?url=https://b.example/", "https://b.example/"),
    ("https://a.example/x?id=7&page=2", "https://a.example/x?id=7"),
    ("https://a.example/x?mod=12", "https://a.example/x?mod=13"),
    ("https://a.example/x?from=2026-01-01", "https://a.example/x?from=2026-02-01"),
    ("https://a.example/x?lang=de", "https://a.example/x?lang=fr"),
    ("https://a.example/x?t=1", "https://a.example/x"),
    ("https://a.example/x?rss=chips", "https://a.example/x"),
    ("https://eur-lex.europa.eu/eli?uri=OJ:L_202401689", "https://eur-lex.europa.eu/eli?uri=OJ:L_202401690"),
    ("https://a.example/stamp", "https://a.example/st"),
    ("https://a.example/products/amp/specs", "https://a.example/products/specs"),
    ("https://example.com/news", "https://news.example.com/news"),
    ("https://m.com/x", "https://com/x"),
    ("https://a.example/x%2Fy", "https://a.example/x/y"),
    ("https://a.example//x", "https://a.example/x"),
    ("https://a.example/indexes.html", "https://a.example/"),
]


@pytest.mark.parametrize(("link", "page"), SAME)
def test_other_address_of_a_page_has_its_key(link: str, page: str) -> None:
    assert url_key(canonical_url(link) or "") == url_key(canonical_url(page) or "")


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_address_of_another_page_has_another_key(one: str, other: str) -> None:
    assert url_key(canonical_url(one) or "") != url_key(canonical_url(other) or "")


REDIRECTORS = [
    "https://www.google.com/url?q=", "https://www.google.com/amp/s/", "https://news.google.com/rss/articles/",
    "https://www.bing.com/ck/a?u=a1", "https://r.search.yahoo.com/RU=", "https://l.facebook.com/l.php?u=",
    "https://substack.com/redirect/2/", "https://tracking.tldrnewsletter.com/CL0/",
    "https://urldefense.com/v3/__", "https://urldefense.proofpoint.com/v2/url?u=",
    "https://go.theregister.com/feed/", "https://a.cdn.ampproject.org/c/s/",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(REDIRECTORS), min_size=1, max_size=3).map("".join),
    LINKS | st.binary().map(coded),
)
def test_redirectors_end_at_one_address_whatever_they_hold(prefix: str, held: str) -> None:
    once = canonical_url(prefix + held)
    assert once is None or canonical_url(once) == once


@given(st.sampled_from([*WRAPPERS]), LINKS.filter(lambda link: canonical_url(link, "") is not None))
def test_wrapped_link_is_canonical_in_one_step(wrapper: str, link: str) -> None:
    once = canonical_url(WRAPPERS[wrapper](canonical_url(link) or ""))
    assert once is not None
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("feeds.bbci.co.uk", "bbci.co.uk"),
        ("a.b.example", "b.example"),
        ("10.0.0.1", "10.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_domain_is_what_was_registered(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    "other", ["https://a.example/x?id=8", "https://a.example/X?id=7", "https://b.example/x?id=7"]
)
def test_query_path_and_host_change_the_key(other: str) -> None:
    assert url_key(other) != url_key("https://a.example/x?id=7")


def test_host_is_without_www() -> None:
    assert host_of("https://WWW.A.example:8080/x") == "a.example"


@pytest.mark.parametrize("url", ["", "a.example/x", "https://[bad", "mailto:a@a.example"])
def test_host_of_a_text_that_is_not_a_url_is_empty(url: str) -> None:
    assert host_of(url) == ""
