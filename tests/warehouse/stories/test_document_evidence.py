"""Which headlines report a document: documents are recorded, headlines are as the press words them."""

from __future__ import annotations

import pytest

from warehouse.extract.entities import load_gazetteer
from warehouse.stories.document_evidence import Evidence, ReadText, evidence, number_agrees

LIST = (
    "Additions and Revisions to the Entity List",
    "In this rule, the Bureau of Industry and Security (BIS) amends the Export Administration Regulations "
    "(EAR) by adding 32 entities to the Entity List. These entries are listed under the destination of China "
    "(23), India (1), Iran (1), Taiwan (1), and the United Arab Emirates (UAE) (2).",
)
VEU = (
    "Revocation of Validated End-User Authorizations in the People's Republic of China",
    "In this final rule, BIS revises the Validated End-User list by removing Intel Semiconductor (Dalian) "
    "Ltd; Samsung China Semiconductor Co. Ltd; and SK hynix Semiconductor (China) Ltd.",
)
DRONES = (
    "Notice of Request for Public Comments on Section 232 National Security Investigation of Imports of "
    "Unmanned Aircraft Systems (UAS) and Their Parts and Components",
    "On July 1, 2025, the Secretary of Commerce initiated an investigation.",
)
CMMC = (
    "Defense Federal Acquisition Regulation Supplement: Assessing Contractor Implementation of Cybersecurity "
    "Requirements (DFARS Case 2019-D041)",
    "DoD is issuing a final rule to incorporate requirements of the Cybersecurity Maturity Model "
    "Certification program.",
)
ORDER = ("Advancing Artificial Intelligence Education for American Youth", "No summary provided.")
SYRIA = (
    "Relaxing Export Controls for Syria",
    "In this final rule, BIS makes changes to the Syria export control measures.",
)
AGENTS = (
    "Request for Information Regarding Security Considerations for Artificial Intelligence Agents",
    "CAISI, housed within the National Institute of Standards and Technology (NIST), seeks information.",
)
GAZETTEER = load_gazetteer()


def read(
    title: str, text: str = "", *, day: float = 100.0, url: str | None = None, by: str = "wire"
) -> ReadText:
    return ReadText(article_id=1, publisher=by, title=title, text=text, url=url, day=day, gazetteer=GAZETTEER)


def shown(document: tuple[str, str], headline: str, *, before: float = 3, text: str = "") -> Evidence | None:
    """The evidence for a headline of so many days before the document."""
    url = "https://www.federalregister.gov/documents/2025/09/16/2025-17893/a-document"
    of_register = read(*document, url=url, by="Federal Register")
    return evidence(of_register, read(headline, text, day=100.0 - before), "US")


@pytest.mark.parametrize(
    ("document", "headline", "named"),
    [
        (LIST, "US adds 23 Chinese entities to export blacklist", "Entity List"),
        (
            VEU,
            "US revokes authorizations for Samsung, SK Hynix to use US chipmaking tools in China",
            "Samsung",
        ),
        (DRONES, "Trump administration launches national security probe of drone imports", "drones"),
        (CMMC, "Pentagon finalizes CMMC rule for contractors", "CMMC"),
        (ORDER, "Trump signs executive order to bring AI education to schools", "Education"),
        (SYRIA, "US eases export controls on Syria", "Syria"),
        (AGENTS, "NIST seeks public input on security of AI agents", "Agents"),
    ],
)
def test_one_act_on_one_thing_by_one_authority_is_a_report(
    document: tuple[str, str], headline: str, named: str
) -> None:
    found = shown(document, headline)
    assert found is not None
    assert named in found.in_words
    assert "3 days apart" in found.in_words


@pytest.mark.parametrize(
    ("document", "headline"),
    [
        (LIST, "China adds six US firms to unreliable entity list"),
        (LIST, "US considers adding DeepSeek to Entity List"),
        (LIST, "Seeking to get off US blacklist, spyware firm taps ex-envoy as chairman"),
        (LIST, "ESET discovers new spyware that targets users in the UAE"),
        (DRONES, "US opens Section 232 investigation into polysilicon imports"),
        (SYRIA, "US eases export controls on Russia aircraft parts"),
        (ORDER, "Trump signs executive order on college accreditation"),
        (AGENTS, "OpenAI launches AI agents for enterprises"),
        (VEU, "China criticises US over chip tools for Samsung"),
    ],
)
def test_other_authorities_wishes_and_other_things_are_none(document: tuple[str, str], headline: str) -> None:
    assert shown(document, headline) is None


def test_two_rounds_of_one_list_stay_apart_by_their_days() -> None:
    headline = "US adds 23 Chinese entities to export blacklist"
    assert shown(LIST, headline, before=8) is not None
    assert shown(LIST, headline, before=9) is None
    assert shown(LIST, headline, before=-8) is None


def test_of_two_rounds_near_each_other_the_number_tells() -> None:
    report = read("US adds 23 Chinese entities to export blacklist")
    assert number_agrees(read(*LIST), report)
    assert not number_agrees(read("Additions to the Entity List", "adding 29 entries"), report)


def test_a_link_or_a_number_shows_it_weeks_later_whatever_is_said() -> None:
    link = "More: https://www.federalregister.gov/documents/2025/09/16/2025-17893/a-document"
    linked = shown(LIST, "What it means", before=-15, text=link)
    assert linked is not None
    assert "links to the document" in linked.in_words
    assert shown(LIST, "What it means", before=-22, text=link) is None


@pytest.mark.parametrize("shift", range(-30, 31, 5))
def test_evidence_depends_on_the_days_between_alone(shift: int) -> None:
    """The same two texts, moved together through time, show the same."""
    document, report = (*LIST,), "US adds 23 Chinese entities to export blacklist"
    one = evidence(
        read(*document, day=100 + shift, by="Federal Register"), read(report, day=97 + shift), "US"
    )
    assert one == evidence(read(*document, by="Federal Register"), read(report, day=97), "US")
