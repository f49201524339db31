"""Pages that are no article are named and yield no text; articles about such pages are read."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest
from paths import ROOT
from wall_pages import ALL, MENU, WANTED, WallPage

from sources.model import Outcome, PageText
from sources.pages.read_page import read_page

RECORDED = ROOT.parent / "shared/data/pages/pages.jsonl.gz"


@pytest.mark.parametrize("wall", ALL, ids=[f"{wall.outcome}: {wall.name}" for wall in ALL])
def test_page_that_is_no_article_is_named(wall: WallPage) -> None:
    found = read_page(wall.markup.encode(), "text/html; charset=utf-8", WANTED)
    assert isinstance(found, tuple), found
    assert found[0] is wall.outcome, found
    assert found[1]


@pytest.mark.parametrize("wall", ALL, ids=[f"{wall.outcome}: {wall.name}" for wall in ALL])
def test_page_that_is_no_article_is_named_wherever_the_article_stood(wall: WallPage) -> None:
    found = read_page(wall.markup.encode(), "text/html", replace(WANTED, url="https://news.example/a/17"))
    assert isinstance(found, tuple), found
    assert found[0] is wall.outcome, found


@pytest.mark.parametrize("wall", ALL, ids=[f"{wall.outcome}: {wall.name}" for wall in ALL])
def test_page_that_is_no_article_yields_no_text_whatever_title_is_known(wall: WallPage) -> None:
    for title in ("", "Vorstand tritt zurück", "政府、輸出規制を拡大"):
        found = read_page(wall.markup.encode(), "text/html", replace(WANTED, title=title))
        assert isinstance(found, tuple), (title, found)


ABOUT = {
    "Are you a robot? How captchas became impossible": [
        "Click on every traffic light. Verify you are human. Sites ask their readers to prove that they "
        "are not a robot several billion times a year, and the readers fail more often than the robots "
        "do.",
        "Researchers at a university in California had 1,400 people solve captchas of ten kinds. Programs "
        "solved them faster and with fewer faults, said the authors, who call the tests a waste of time.",
        "Cloudflare says that it replaced them: its page with the words “Just a moment” watches how a "
        "browser behaves, and asks nothing. Privacy advocates do not like that any better.",
    ],
    "Page not found: the web loses a quarter of its links in ten years": [
        "The page you are looking for no longer exists: a quarter of the pages that were there in 2013 "
        "answer with the error 404 today, according to a study of the Pew Research Center in Washington.",
        "Government sites lose links as well, and so do the sources of Wikipedia, of whose articles more "
        "than half refer to a page that cannot be found any more.",
        "Archives such as the Wayback Machine keep what they can, but publishers increasingly block them, "
        "for fear that their texts will train language models.",
    ],
    "Court says cookie banners need a button to reject all": [
        "Sites that use cookies must let readers reject all of them as easily as accept all, the "
        "administrative court in Hanover ruled on Tuesday in a case against a newspaper of the region.",
        "The banner had a button to accept all cookies on its first page, and one to reject them on the "
        "third. Consent that is won by fatigue is no consent, the judges held.",
        "The data protection officer of Lower Saxony, who brought the case, spoke of a signal. The "
        "publisher is considering an appeal, as its partners need the data for personalised advertising.",
    ],
    "Newspaper drops its paywall: “Subscribe to continue” no more": [
        "From September nobody will have to subscribe to continue reading: the Examiner drops its "
        "paywall, after eleven years in which it kept most of its articles for subscribers only.",
        "Members pay what they want instead. The publisher counts on four in a hundred readers, as the "
        "Guardian does, and on less work with those who cancel at once after a trial.",
        "Analysts doubt that it will do. Two papers that tried the same have reached their limit within a "
        "year, and have asked their readers to log in again since.",
    ],
    "JavaScript is required: parliament's new site shuts out blind readers": [
        "Please enable JavaScript: that is all that many screen readers tell of the new site of the "
        "parliament, which was opened on Monday after four years of work and cost nine million.",
        "Associations of the blind protested. The law asks for access without barriers, and the former "
        "site had it, said their chair, who was a member of the advisory board.",
        "The administration promised to mend it by the autumn. Until then documents will be sent by mail "
        "to anyone who asks for them, it said.",
    ],
}  # fmt: skip


@pytest.mark.parametrize("title", ABOUT)
def test_article_about_such_pages_is_read(title: str) -> None:
    banner = (
        "<div id='cookie-banner'><p>We use cookies. Manage your choices.</p><button>Accept all</button></div>"
    )
    more = "".join(f"<p>{text}</p>" for text in ABOUT[title])
    markup = (
        f"<html lang=en><head><title>{title} | News</title>"
        "<script src='https://www.google.com/recaptcha/api.js'></script></head><body>"
        f"{MENU}<h1>{title}</h1><article>{more}</article>"
        f"<p>Subscribe to our newsletter. Log in</p>{banner}"
        "<noscript>Please enable JavaScript</noscript></body></html>"
    )
    found = read_page(markup.encode(), "text/html", replace(WANTED, title=title))
    assert isinstance(found, PageText), found
    assert found.text.split("\n") == ABOUT[title]


@pytest.mark.shared_data
@pytest.mark.skipif(not RECORDED.exists(), reason="needs the recorded pages in ../shared/data/pages")
def test_recorded_articles_are_no_walls() -> None:
    """Two of them are teasers: of eighty words, on pages that state not to be free."""
    with gzip.open(RECORDED, "rt", encoding="utf-8") as rows:
        pages = [json.loads(row) for row in rows]
    refused = []
    for page in pages:
        body = gzip.decompress((RECORDED.parent / page["html"]).read_bytes())
        found = read_page(body, "text/html", replace(WANTED, url=page["url"], title=page["title"] or ""))
        if isinstance(found, tuple):
            refused.append((found, page["url"]))
    assert len(refused) <= 2, refused
    assert {found[0] for found, _ in refused} <= {Outcome.PAYWALL}
