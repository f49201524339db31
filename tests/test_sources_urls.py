"""One address for one article: what canonical links drop, keep and refuse."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.urls import canonical_url, host_of, registrable_domain, url_key

LINKS = st.text() | st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp", ""]),
    st.sampled_from(["a.example", "A.example:443", "user@a.example", "[::1]:80", "a.example.", "münchen.example"])
    | st.text(max_size=10),
    st.text(st.sampled_from("/?#&=%;+ aé\u202e\ud800utm_source\\[]<\"'\t\n"), max_size=30),
)


@pytest.mark.parametrize(
    "name", ["utm_source", "UTM_Campaign", "fbclid", "gclid", "mc_cid", "at_medium", "ns_campaign", "guce_referrer_sig"]
)
def test_tracking_parameter_is_dropped(name: str) -> None:
    assert canonical_url(f"https://a.example/x?{name}=1&id=7") == "https://a.example/x?id=7"


@pytest.mark.parametrize("query", ["id=7", "b=2&a=1", "q=%E9", "print", "q=a%20b", "q=a+b", "utm=1", "ref=home", "q="])
def test_query_that_names_the_page_stays_as_it_was(query: str) -> None:
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


@given(LINKS)
def test_canonical_path_and_query_are_plain_ascii_without_spaces_or_markup(link: str) -> None:
    parts = urlsplit(canonical_url(link) or "")
    shown = parts.path + parts.query
    assert shown.isascii()
    assert not set(shown) & set(' <>"\\^`{|}\n\t\x00')


@pytest.mark.parametrize(
    "other", ["http://a.example/x?id=7", "https://www.a.example/x?id=7", "https://a.example/x/?id=7"]
)
def test_scheme_www_and_closing_slash_do_not_tell_pages_apart(other: str) -> None:
    assert url_key(other) == url_key("https://a.example/x?id=7")


SAME = [
    ("https://www.google.com/url?rct=j&sa=t&url=https://a.example/x-1&ct=ga", "https://a.example/x-1"),
    ("https://www.google.com/amp/s/a.example/x-1", "https://a.example/x-1"),
    ("https://www-a-example.cdn.ampproject.org/c/s/www.a.example/x-1", "https://a.example/x-1"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fx%3Fid%3D7&h=AT0", "https://a.example/x?id=7"),
    (
        "https://out.reddit.com/t3_x?url=https%3A%2F%2Fa.example%2Fx",
        "https://a.example/x",
    ),
    ("https://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fa.example%2fx", "https://a.example/x"),
    ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2Fx&data=1", "https://a.example/x"),
    ("https://r.search.yahoo.com/_ylt=A/RU=https%3a%2f%2fa.example%2fx/RK=2/RS=b", "https://a.example/x"),
    ("https://news.google.com/rss/articles/CBMiE2h0dHBzOi8vYS5leGFtcGxlL3jSAQA?oc=5", "https://a.example/x"),
    ("https://en.m.wikipedia.org/wiki/Chip", "https://en.wikipedia.org/wiki/Chip"),
    ("https://m.scmp.com/news/x-1", "https://www.scmp.com/news/x-1"),
    ("https://amp.theguardian.com/x-1", "https://www.theguardian.com/x-1"),
    ("https://a.example/2026/x-1/amp/", "https://a.example/2026/x-1"),
    ("https://a.example/x-1?amp=1", "https://a.example/x-1"),
    ("https://a.example/x?outputType=amp", "https://a.example/x"),
    ("http://www.biorxiv.org/cgi/content/short/1v1?rss=1", "https://biorxiv.org/cgi/content/short/1v1"),
    ("https://a.example/x?ref=console.dev", "https://a.example/x"),
    ("https://a.example/x?source=rss----2615bd06b42e---4", "https://a.example/x"),
    ("https://www.nytimes.com/x.html?partner=rssnyt&emc=rss", "https://www.nytimes.com/x.html"),
    ("https://a.example/x?id=7&amp;utm_source=rss", "https://a.example/x?id=7"),
    ("https://a.example/x/index.html", "https://a.example/x/"),
    ("https://a.example/a/./b/../c", "https://a.example/a/c"),
    ("https://a.example/%7Eme/%e9", "https://a.example/~me/%E9"),
    ("https://münchen.example/x", "https://xn--mnchen-3ya.example/x"),
    ("https://a.example/x#:~:text=chips", "https://a.example/x"),
    ("https://a.example/x#utm_source=RSS", "https://a.example/x"),
    ("https://a.example/x#publisher=newsstand", "https://a.example/x"),
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
    ("https://news.google.com/rss/articles/CBMia0FVX3lx", "https://news.google.com/rss/articles/CBMib0FVX3lx"),
]


@pytest.mark.parametrize(("link", "page"), SAME)
def test_other_address_of_a_page_has_its_key(link: str, page: str) -> None:
    assert url_key(canonical_url(link) or "") == url_key(canonical_url(page) or "")


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_address_of_another_page_has_another_key(one: str, other: str) -> None:
    assert url_key(canonical_url(one) or "") != url_key(canonical_url(other) or "")


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


@pytest.mark.parametrize("other", ["https://a.example/x?id=8", "https://a.example/X?id=7", "https://b.example/x?id=7"])
def test_query_path_and_host_tell_pages_apart(other: str) -> None:
    assert url_key(other) != url_key("https://a.example/x?id=7")


def test_host_is_told_without_www() -> None:
    assert host_of("https://WWW.A.example:8080/x") == "a.example"


@pytest.mark.parametrize("url", ["", "a.example/x", "https://[bad", "mailto:a@a.example"])
def test_host_of_what_is_no_url_is_empty(url: str) -> None:
    assert host_of(url) == ""
