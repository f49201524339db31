"""Pages of aggregators that are about one article of another site: finds the link to it. Fetches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from sources.clean.urls import canonical_url, host_of, registrable_domain, url_key


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """An aggregator: its pages by their `url_key`, and CSS selectors of the link to the article, on the page
    and in the HTML of its feed's entries. `ITEM` stands for the pattern's group.
    """

    pages: re.Pattern[str]
    on_page: tuple[str, ...] = ()
    in_entry: tuple[str, ...] = ()


_SITES = (
    # A page holds several items; the outlet's home page is linked too, before the bold headline.
    _Site(
        pages=re.compile(r"techmeme\.com/(\d{6}p\d+|\d{6}/p\d+)\?"),
        on_page=('[id="ITEM"] a.ourh', 'a[name="aITEM"] ~ div a.ourh'),
        in_entry=("b a",),
    ),
    # A post that asks or tells has no link; then its page is the article.
    _Site(
        pages=re.compile(r"news\.ycombinator\.com/item\?id=(\d+)"),
        on_page=("tr.athing .titleline > a",),
        in_entry=("p > a",),
    ),
    # Its robots.txt allows nothing; the entry says `[link] [comments]` below the post.
    _Site(pages=re.compile(r"(?:\w+\.)?reddit\.com/r/[^/]+/(comments)/"), in_entry=("span > a",)),
    _Site(pages=re.compile(r"lobste\.rs/s/(\w+)"), on_page=(".link a.u-url", "a.u-url")),
    _Site(pages=re.compile(r"(?:\w+\.)?slashdot\.org/story/([\d/]+)"), on_page=("a.story-sourcelnk",)),
)


def is_about_another(url: str) -> bool:
    """Returns whether the address is an aggregator's page about an article of another site."""
    return _site_of(url) is not None


def link_on_page(url: str, page: bytes) -> str | None:
    """Returns the canonical address of the article that the aggregator's page at `url` is about."""
    found = _site_of(url)
    return _outbound(url, page, found[0].on_page, found[1]) if found else None


def link_in_entry(url: str, html: str) -> str | None:
    """Returns the canonical address of the article that a feed's entry about the page at `url` links to."""
    found = _site_of(url)
    return _outbound(url, html, found[0].in_entry, found[1]) if found and "<" in html else None


def _site_of(url: str) -> tuple[_Site, str] | None:
    key = url_key(url)
    matches = ((site, site.pages.match(key)) for site in _SITES)
    return next(((site, match[1].replace("/", "")) for site, match in matches if match), None)


def _outbound(url: str, html: bytes | str, selectors: Iterable[str], item: str) -> str | None:
    tree, home = LexborHTMLParser(html), registrable_domain(host_of(url))
    for selector in selectors:
        for link in tree.css(selector.replace("ITEM", item)):
            target = canonical_url(link.attributes.get("href") or "", base=url)
            if target and registrable_domain(host_of(target)) != home:
                return target
    return None
