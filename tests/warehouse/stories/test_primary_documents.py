"""What is a primary document: by where it stands and what its title does."""

from __future__ import annotations

import pytest

from warehouse.extract.entities import load_gazetteer
from warehouse.stories.primary_documents import is_primary_document, power_of

REGISTER = "https://www.federalregister.gov/documents/2025/09/16/2025-17893/additions"


@pytest.mark.parametrize(
    ("title", "url", "publisher", "kind"),
    [
        ("Additions to the Entity List", REGISTER, "Federal Register", "government"),
        ("Additions to the Entity List", "https://mirror.example/1", "Federal Register", "news"),
        (
            "Regulation (EU) 2024/1689",
            "https://eur-lex.europa.eu/eli/reg/2024/1689",
            "EU Publications Office",
            "government",
        ),
        (
            "Commission opens formal proceedings against X",
            "https://ec.europa.eu/commission/presscorner/1",
            "European Commission",
            "government",
        ),
        ("FTC Orders Ten Firms to Explain", "https://www.ftc.gov/news/1", "FTC", "regulator"),
    ],
)
def test_documents_of_registers_and_own_acts_of_authorities_are(
    title: str, url: str, publisher: str, kind: str
) -> None:
    assert is_primary_document(title, url, publisher, kind)


@pytest.mark.parametrize(
    ("title", "url", "publisher", "kind"),
    [
        ("Agency Information Collection Activities; Comment Request", REGISTER, "Federal Register", "news"),
        ("Emerging Technology Technical Advisory Committee", REGISTER, "Federal Register", "news"),
        ("Munitions List Targeted Revisions; Correction", REGISTER, "Federal Register", "news"),
        ("Brazil court majority favors rules", "https://denver.example/1", "Denver Gazette", "news"),
        (
            "Notice of the new rule: what clients should do",
            "https://law.example/1",
            "Firm LLP",
            "law_trade_press",
        ),
        ("What OpenAI's rule means for standards", "https://www.nist.gov/blogs/1", "NIST", "government"),
        ("Statement on the court's final order", "https://www.ftc.gov/news/2", "FTC", "regulator"),
        (
            "Secretary welcomes Commission's final rule",
            "https://www.commerce.gov/3",
            "Commerce",
            "government",
        ),
        ("Ministry bans export", "https://news.example/gov", "Ministry of Trade", "government"),
    ],
)
def test_forms_comments_and_newspapers_are_not(title: str, url: str, publisher: str, kind: str) -> None:
    assert not is_primary_document(title, url, publisher, kind)


def test_an_authority_has_the_jurisdiction_of_its_host_or_of_its_name() -> None:
    gazetteer = load_gazetteer()
    assert power_of(REGISTER, "Federal Register", gazetteer) == "US"
    assert power_of("https://eur-lex.europa.eu/1", "EU Publications Office", gazetteer) == "EU"
    assert power_of("https://mirror.example/1", "European Commission", gazetteer) == "EU"


def test_what_the_catalog_calls_an_authority_has_documents_on_the_host_of_its_feed_alone() -> None:
    title, page = "Licence Requirement; Interim Final Rule", "https://gazette.example/documents/1"

    def is_one(kind: str, feed_url: str) -> bool:
        return is_primary_document(title, page, "Trade Gazette", kind, feed_url)

    assert is_one("government", "https://www.gazette.example/feed")
    assert not is_one("government", "https://search.example/feed?q=gazette")
    assert not is_one("news", "https://gazette.example/feed")


def test_an_authority_that_neither_host_nor_name_tells_has_the_region_of_its_source() -> None:
    gazetteer = load_gazetteer()
    assert power_of("https://gazette.example/1", "Trade Gazette", gazetteer, "US") == "US"
    assert power_of("https://ec.europa.eu/1", "Trade Gazette", gazetteer, "US") == "EU"
