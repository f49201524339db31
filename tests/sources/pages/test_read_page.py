"""The bytes of a page become its article's lines, and what the page states of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sources.model import Outcome, PageText, WantedPage
from sources.pages.read_page import read_page

WANTED = WantedPage(
    article_id=1,
    source_id="wire",
    url="https://news.example/chips/export-rule",
    title="Ministry widens export rule for chip tools",
    language="en",
)
BODY = [
    "The ministry widened its export rule on Monday to cover tools that etch and clean wafers of chips.",
    "Makers must apply for a licence before they ship tools; the ministry answers within ninety days.",
    "Industry groups said the rule would cost their members a fifth of their sales in the first year alone.",
    "The rule takes effect on 1 March, and the ministry will review the list of tools after twelve months.",
]
STANDFIRST = "Licences will be needed for tools that etch and clean wafers, which makers call a heavy blow."


def page(article: str, head: str = "", after: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><title>{WANTED.title} | News</title>{head}</head><body>'
        f"<nav><a href=/>Home</a></nav><h1>{WANTED.title}</h1>"
        f"<article><div class='article-body'>{article}</div></article>{after}</body></html>"
    )


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(markup: str | bytes, content_type: str = "text/html; charset=utf-8") -> PageText:
    found = read_page(markup.encode() if isinstance(markup, str) else markup, content_type, WANTED)
    assert isinstance(found, PageText), found
    return found


def test_paragraphs_are_the_lines_of_the_text() -> None:
    assert read(page(paragraphs(BODY))).text.split("\n") == BODY


def test_head_states_title_author_date_language_and_address() -> None:
    head = (
        '<meta name="author" content="Ada Byron"><link rel="canonical" href="/chips/export-rule?utm_id=1">'
        '<meta property="article:published_time" content="2026-08-17T06:30:00+02:00">'
    )
    found = read(page(paragraphs(BODY), head))
    assert (found.author, found.language) == ("Ada Byron", "en")
    assert found.title == WANTED.title
    assert found.published_at == datetime(2026, 8, 17, 4, 30, tzinfo=UTC)
    assert found.canonical_url == WANTED.url


def test_standfirst_that_the_page_states_comes_first() -> None:
    markup = page(paragraphs(BODY), f'<meta name="description" content="{STANDFIRST}">').replace(
        "</h1>", f"</h1><header><h2 class='x'>{STANDFIRST}</h2></header>"
    )
    assert read(markup).text.split("\n") == [STANDFIRST, *BODY]


def test_boxes_lists_of_links_and_credits_are_left_out() -> None:
    link = "<a href='/other'>A story of something else, told at length</a>"
    article = (
        f"<p>{BODY[0]}</p><div class='relatedBox'><p>Something else</p></div><ul><li>{link}</li></ul>"
        f"<p>{BODY[1]}</p><figure><img src=a.png><figcaption>A wafer. Photo: AP</figcaption></figure>"
        f"<p>Read more: {link}</p><p>{BODY[2]}</p><p>{BODY[3]}</p><p>Reporting by Ada Byron</p>"
        "<p>Sign up for our newsletter</p>"
    )
    assert read(page(article)).text.split("\n") == BODY


def test_heading_that_is_a_target_of_links_stays() -> None:
    heading = "What the makers of chip tools say about it"
    article = f"<p>{BODY[0]}</p><h2><a name='x' href='#x'>{heading}</a></h2>{paragraphs(BODY[1:])}"
    assert read(page(article)).text.split("\n") == [BODY[0], heading, *BODY[1:]]


def test_page_of_another_title_that_is_an_article_is_no_listing() -> None:
    head = (
        '<meta property="og:type" content="article"><link rel="canonical" href="/chips">'
        '<meta property="og:title" content="Neue Regeln für Ausfuhren">'
    )
    markup = page(paragraphs(BODY), head).replace(WANTED.title, "Neue Regeln für Ausfuhren")
    assert read(markup).canonical_url == "https://news.example/chips"


def test_article_in_several_containers_is_read_whole() -> None:
    parts = "".join(
        f"<div class='body-part'>{paragraphs(part)}</div><div class='ad'></div>"
        for part in (BODY[:2], BODY[2:])
    )
    assert read(page(parts)).text.split("\n") == BODY


CYRILLIC = page(paragraphs(["Мінекономіки " + BODY[0], *BODY[1:]]))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (CYRILLIC.encode("cp1251"), "text/html; charset=windows-1251"),
        (CYRILLIC.replace("<title", "<meta charset=windows-1251><title").encode("cp1251"), "text/html"),
        (CYRILLIC.encode(), "text/html; charset=iso-8859-1"),
        (CYRILLIC.encode("utf-16"), "text/html"),
        (b"\xef\xbb\xbf" + CYRILLIC.encode(), "text/html"),
        (CYRILLIC.replace("Мін", "Мін\0").encode(), "text/html"),
    ],
    ids=["header", "meta", "false-header", "utf-16", "mark", "null-bytes"],
)
def test_characters_are_read_by_what_they_are(body: bytes, content_type: str) -> None:
    assert read(body, content_type).text.startswith("Мінекономіки The ministry")


def test_page_that_is_not_free_but_whole_is_read_and_marked() -> None:
    data = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script>'
    whole = [f"{text} So said lawyer {number} of the chamber." for number in range(3) for text in BODY]
    assert read(page(paragraphs(whole), data)).is_paywalled
    teaser = read_page(page(paragraphs(BODY[:1]), data).encode(), "text/html", WANTED)
    assert isinstance(teaser, tuple)
    assert teaser[0] is Outcome.PAYWALL


def test_text_that_the_page_has_for_its_scripts_only_is_read() -> None:
    html = paragraphs(2 * BODY).replace("<", "\\u003c").replace('"', '\\"')
    data = f'<script>window.state={{"html":"{html}"}}</script>'
    shell = f'<html><head><title>{WANTED.title}</title></head><body><div id="root"></div>{data}</body></html>'
    assert read(shell).text.startswith(BODY[0])


def test_plain_text_is_read_as_it_is() -> None:
    assert read("One.\nStill one.\n\nTwo <b>.", "text/plain").text == "One. Still one.\nTwo <b>."


@pytest.mark.parametrize("content_type", ["image/png", "application/json", "video/mp4", "application/zip"])
def test_other_types_are_no_pages(content_type: str) -> None:
    found = read_page(b"\x89PNG", content_type, WANTED)
    assert isinstance(found, tuple)
    assert found[0] is Outcome.NOT_A_PAGE
