"""The article that an aggregator's page or entry is about."""

from __future__ import annotations

import pytest

from sources.clean.aggregators import link_in_entry, link_on_page

TECHMEME = "https://www.techmeme.com/260702/p40#a260702p40"
# As Techmeme's page and feed are written, and the alias of a second permalink of the same cluster.
TECHMEME_PAGE = b"""
<A NAME="a260702p12"></A><DIV CLASS="itc1"><DIV CLASS="itc2" ID="260702p12"><DIV CLASS="item" ID="0i1">
<CITE>A B / <A HREF="https://www.first.example/">First</A>:</CITE>
<STRONG CLASS="L1"><A CLASS="ourh" HREF="https://www.first.example/a/1">One</A></STRONG></DIV></DIV></DIV>
<A NAME="a260702p40"></A><A NAME="a260702p41"></A><DIV CLASS="itc1"><DIV CLASS="itc2" ID="260702p40">
<CITE>C D / <A HREF="https://www.outlet.example/">Outlet</A>:</CITE>
<DIV CLASS="ii"><A HREF="https://www.outlet.example/b/2"><IMG></A>
<STRONG CLASS="L5"><A CLASS="ourh" HREF="https://www.outlet.example/b/2?utm_source=x">Two</A></STRONG></DIV>
</DIV></DIV>"""
TECHMEME_ENTRY = """<A HREF="https://www.outlet.example/b/2"><IMG SRC="http://www.techmeme.com/i40.jpg"></A>
<P><A HREF="https://www.techmeme.com/260702/p40#a260702p40" TITLE="Techmeme permalink"><IMG></A> C D /
<A HREF="https://www.outlet.example/">Outlet</A>:<BR><SPAN STYLE="font-size:1.3em;"><B>
<A HREF="https://www.outlet.example/b/2">Two</A></B></SPAN>&nbsp; &mdash;&nbsp; Text.</P>"""


@pytest.mark.parametrize("item", ["p40#a260702p40", "p41#a260702p41"])
def test_item_of_a_techmeme_page_is_found_by_its_permalink(item: str) -> None:
    found = link_on_page(f"https://www.techmeme.com/260702/{item}", TECHMEME_PAGE)
    assert found == "https://www.outlet.example/b/2"


def test_techmemes_entry_has_the_article_beside_the_outlets_home_page() -> None:
    assert link_in_entry(TECHMEME, TECHMEME_ENTRY) == "https://www.outlet.example/b/2"


@pytest.mark.parametrize(
    ("url", "page", "link"),
    [
        (
            "https://news.ycombinator.com/item?id=7",
            b'<table><tr class="athing"><td><span class="titleline"><a href="https://o.example/x">T</a>'
            b'<a href="from?site=o.example">o.example</a></span><tr class="athing comtr">',
            "https://o.example/x",
        ),
        (
            "https://news.ycombinator.com/item?id=8",
            b'<table><tr class="athing"><td><span class="titleline"><a href="item?id=8">Ask HN</a></span>',
            None,
        ),
        (
            "https://lobste.rs/s/abc123/title",
            b'<span class="link h-cite"><a class="u-url" href="https://o.example/x">T</a></span>',
            "https://o.example/x",
        ),
        (
            "https://news.slashdot.org/story/26/07/02/1234567/title",
            b'<span class="story-title"><a href="//news.slashdot.org/story/1">T</a>'
            b'<a class="story-sourcelnk" href="https://o.example/x">(o.example)</a></span>',
            "https://o.example/x",
        ),
        ("https://www.outlet.example/story/1", b'<a class="ourh" href="https://o.example/x">T</a>', None),
        ("https://www.techmeme.com/", TECHMEME_PAGE, None),
    ],
)
def test_page_of_an_aggregator_has_its_article(url: str, page: bytes, link: str | None) -> None:
    assert link_on_page(url, page) == link


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://o.example/x", "https://o.example/x"),
        ("https://www.reddit.com/r/chips/comments/1/t/", None),
        ("https://i.redd.it/1.png", "https://i.redd.it/1.png"),
    ],
)
def test_reddits_entry_names_its_link(link: str, target: str | None) -> None:
    entry = (
        f'<div class="md"><p>See <a href="https://aside.example/">this</a></p></div> submitted by '
        f'<a href="https://www.reddit.com/user/x">/u/x</a> <span><a href="{link}">[link]</a></span> '
        f'<span><a href="https://www.reddit.com/r/chips/comments/1/t/">[comments]</a></span>'
    )
    assert link_in_entry("https://www.reddit.com/r/chips/comments/1/t/", entry) == target
