"""The sort of a text: titles first, then addresses, then the kind of source."""

from __future__ import annotations

import pytest

from warehouse.classify.genre import GENRES, find_genre


def genre(
    title: str,
    summary: str = "",
    *,
    kind: str = "news",
    publisher: str = "Meridian Press",
    url: str | None = None,
) -> str:
    found = find_genre(title, summary, kind, publisher, url)
    assert found in GENRES
    return found


@pytest.mark.parametrize(
    "title",
    [
        "Opinion | The chip ban is a gift to Shenzhen",
        "Op-ed: A licence is not a policy",
        "Blacklists feed shell companies – OpEd",
        "Allies should stop copying the Entity List",
        "Safety rules must come before the next model",
        "The case for location checks on chips",
    ],
)
def test_a_title_that_argues_is_opinion(title: str) -> None:
    assert genre(title) == "opinion"


def test_an_address_of_the_opinion_pages_is_opinion() -> None:
    assert (
        genre("The year of the swarm", url="https://paper.example/opinion/2026/the-year-of-the-swarm")
        == "opinion"
    )
    assert genre("The year of the swarm", url="https://paper.example/news/opinions-differ") == "news"


def test_a_writer_who_says_i_is_opinion_unless_quoted() -> None:
    assert genre("Thirty days with a robot clerk", "Last month I let a model answer my letters.") == "opinion"
    assert genre("Envoy quits talks", "“I have had enough,” the envoy said on Tuesday.") == "news"


@pytest.mark.parametrize(
    "title",
    [
        "Regulators should act on deepfakes, senators say",
        "Should AI pilots fire first?",
        "Court: agency should have asked for comments",
    ],
)
def test_a_view_that_is_attributed_or_asked_is_no_opinion(title: str) -> None:
    assert genre(title) != "opinion"


def test_a_vendors_blog_is_vendor_and_a_newsletter_newsletter() -> None:
    assert genre("Five steps to AI governance", kind="vendor") == "vendor"
    assert genre("Chips, treaties and a swarm", kind="newsletter") == "newsletter"
    assert genre("AI #178: A Fire Alarm", kind="newsletter") == "newsletter"
    assert genre("New York becomes first US state to ban data centres", kind="newsletter") == "news"
    assert genre("Weekly Digest: chips and treaties") == "newsletter"
    assert genre("Top stories | View in browser", kind="law_trade_press") == "newsletter"


def test_a_gazettes_document_is_primary_whatever_its_title() -> None:
    assert (
        genre("Additions to the Entity List", kind="government", publisher="Federal Register")
        == "primary_document"
    )
    assert (
        genre("Opinion on comments received", kind="government", publisher="Official Journal")
        == "primary_document"
    )


def test_a_ministry_makes_statements_and_issues_rules() -> None:
    assert genre("Minister welcomes treaty", kind="government") == "official_statement"
    assert genre("Foundry due diligence; interim final rule", kind="regulator") == "primary_document"


def test_an_arxiv_paper_is_research() -> None:
    assert (
        genre("Swarms under jamming", "arXiv:2601.00001v1 Announce Type: new", kind="academia") == "research"
    )


def test_an_explainer_says_so() -> None:
    assert genre("Explainer: who decides when a drone fires") == "explainer"
    assert genre("What is a loitering munition?") == "explainer"


def test_an_event_report_of_a_body_is_one() -> None:
    assert genre("Experts meet on AI and national security", kind="international_body") == "event_report"
    assert genre("Institute hosts workshop on testing models", kind="think_tank") == "event_report"


def test_a_think_tank_analyses_and_a_paper_reports() -> None:
    assert genre("Choke points and chips", kind="think_tank") == "analysis"
    assert genre("Senate passes chip bill") == "news"


@pytest.mark.parametrize(
    "title",
    [
        "Earnings at IBM, The Mainframe Moat, Many Other Problems",
        "Rules cut; A new treaty; Chips and sunk costs",
        "2026.34: App Snore",
        "Latest artifacts (#23): three open models",
        "Wisdom: Moving a team abroad, paying for interviews, measuring what counts",
    ],
)
def test_entry_of_a_newsletter_that_lists_topics_is_an_issue(title: str) -> None:
    assert genre(title, kind="newsletter") == "newsletter"


@pytest.mark.parametrize(
    "title",
    [
        "OpenAI, Microsoft, and Cursor unite behind agent plugins",
        "A lab adds Kimi K3, the largest open model, on US servers",
        "Google shows phones: the Pixel 11, the Pixel Watch 5, and the Pixel Tag",
        "AMD launches a rack system to rival Nvidia, adding Microsoft and Meta",
        "A lab's image model jumps to #2, beating two others",
        "Suspecting fraud, a college ordered a new exam; scores fell by half",
    ],
)
def test_headline_with_a_list_inside_is_a_single_item_of_a_newsletter(title: str) -> None:
    assert genre(title, kind="newsletter") == "news"


@pytest.mark.parametrize(
    ("title", "publisher", "summary"),
    [
        ("Sponsored: Five ways to secure your models", "Wire", ""),
        ("Five ways to secure your models | Partner content", "Wire", ""),
        ("Secure models, brought to you by Acme", "Wire", ""),
        ("Acme joins the alliance", "EIN Presswire", ""),
        ("Acme joins the alliance", "ACCESSWIRE", ""),
        ("Acme joins the alliance", "Wire", "LONDON, May 3, 2026 /PRNewswire/ -- Acme has joined."),
        ("Chip Security Market Size to Reach USD 3.27 Billion by 2034 at 10.9% CAGR", "Wire", ""),
    ],
)
def test_what_is_paid_for_is_vendor_text(title: str, publisher: str, summary: str) -> None:
    assert genre(title, publisher=publisher, summary=summary) == "vendor"


def test_news_of_sponsors_and_markets_is_no_vendor_text() -> None:
    assert genre("State-sponsored hackers enter a ministry") == "news"
    assert genre("Regulator opens a study of market shares in cloud computing") == "news"


@pytest.mark.parametrize("publisher", ["Osler & Harcourt LLP", "Meyer & Partners", "JD Supra", "Mondaq"])
def test_alert_of_a_law_firm_is_analysis(publisher: str) -> None:
    assert genre("FTC to study chatbots", publisher=publisher) == "analysis"


def test_alert_to_clients_is_analysis_and_bloomberg_law_is_news() -> None:
    assert genre("Data rule takes effect: what employers need to do") == "analysis"
    assert genre("Judge halts data rule", publisher="Bloomberg Law") == "news"


@pytest.mark.parametrize(
    "title", ["The world urgently needs rules for AI", "Let the public govern AI", "A lab cannot be trusted"]
)
def test_headline_of_what_ought_to_be_is_opinion(title: str) -> None:
    assert genre(title) == "opinion"
