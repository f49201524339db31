"""Tracking parameters and fragments are removed; those that may identify a page or an entry stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.clean.urls import entry_anchor, without_tracking

PARTS = st.lists(
    st.sampled_from(
        "id=7 utm_source=rss ref=rss ref=home source=12 UTM_X rss=1 rss=chips amp=1 b a=%20 = ==".split()
    )
    | st.text(st.characters(exclude_characters="&"), max_size=8),
    max_size=5,
)


@pytest.mark.parametrize(
    "pair",
    "utm_source=a UTM_Medium=b utm_x= fbclid=1 gclid=1 msclkid=1 igshid=1 mc_cid=1 mc_eid=1 _hsenc=1 _hsmi=1 "
    "mkt_tok=1 at_medium=RSS ns_campaign=1 cmp=1 cmpid=1 CMP=share ocid=1 smid=tw ncid=1 oref=rss "
    "mtm_source=1 pk_campaign=1 guccounter=1 _ga=1 xtor=RSS-1 spm=1 echobox=1 ref=rss ref=hackernoon.com "
    "ref=rss-feed source=rss from=newsletter partner=rssnyt via=twitter mod=rss_x rss=1 rss=yes rss amp "
    "amp=1 outputType=amp".split(),
)
def test_tracking_parameter_is_removed(pair: str) -> None:
    assert without_tracking(f"id=7&{pair}&page=2", "a.example") == "id=7&page=2"


@pytest.mark.parametrize(
    "pair",
    "id=7 p=1 utm=1 autm_source=1 ref=home ref=12 ref=HR-2026-1 source=12 source=ofac from=2026-01-01 cid=31 "
    "mod=3 partner=nist rss=chips amp=12 output=pdf via=sea campaign=2026 channel=5 q=rss lang=en print "
    "s=20 t=1 st=x gift=1 token=x".split(),
)
def test_parameter_that_may_identify_the_page_stays(pair: str) -> None:
    assert without_tracking(f"a=1&{pair}&b=2", "a.example") == f"a=1&{pair}&b=2"


@pytest.mark.parametrize(
    ("host", "pair"),
    [
        ("x.com", "s=20"),
        ("www.youtube.com", "si=x"),
        ("www.nytimes.com", "unlocked_article_code=1"),
        ("wsj.com", "st=x"),
        ("a.substack.com", "r=1"),
        ("www.bloomberg.com", "accessToken=x"),
    ],
)
def test_tracking_parameter_of_one_site_is_removed_only_there(host: str, pair: str) -> None:
    assert without_tracking(f"id=7&{pair}", host) == "id=7"
    assert without_tracking(f"id=7&{pair}", "a.example") == f"id=7&{pair}"


@given(PARTS.map("&".join), st.sampled_from(["a.example", "x.com", "", "co.uk"]))
def test_what_stays_is_in_its_order_and_stays_the_second_time(query: str, host: str) -> None:
    kept = without_tracking(query, host)
    pairs = iter(query.split("&"))
    assert all(pair in pairs for pair in kept.split("&") if pair)
    assert without_tracking(kept, host) == kept


@pytest.mark.parametrize(
    "anchor", ["2.3.15", "8086-vm", "L12", "section=4", "2026-04-06", "article-7", "note-1", "x:y"]
)
def test_anchor_of_an_entry_stays(anchor: str) -> None:
    assert entry_anchor(anchor) == anchor


@pytest.mark.parametrize(
    "fragment",
    [
        "comments",
        "comment",
        "respond",
        "Respond",
        "disqus_thread",
        "main-content",
        "atom-everything",
        "rss",
        "more-1234",
        "utm_source=RSS",
        "publisher=newsstand",
        "ref=rss",
        ":~:text=chips",
        "google_vignette",
        "top",
    ],
)
def test_fragment_that_identifies_no_entry_is_removed(fragment: str) -> None:
    assert entry_anchor(fragment) == ""


@pytest.mark.parametrize("fragment", ["s-3:~:text=chips", "s-3?utm_source=rss"])
def test_anchor_stays_without_what_is_appended_to_it(fragment: str) -> None:
    assert entry_anchor(fragment) == "s-3"
