"""A link says in words why it is one."""

from __future__ import annotations

from datetime import date

import pytest
from made_stories import facts

from warehouse.threads.profiles import StoryFacts
from warehouse.threads.reasons import Entity, Named, reason, shared_words

ENTITIES = {
    "us_senate": Entity("US Senate", "legislature"),
    "nvidia": Entity("Nvidia", "chipmaker"),
    "amd": Entity("AMD", "chipmaker"),
    "us": Entity("United States", "country"),
}


def named(known: StoryFacts, title: str = "Untitled", stage: str | None = None) -> Named:
    return Named(facts=known, title=title, stage=stage)


def test_reason_names_instrument_bodies_words_stages_and_days() -> None:
    earlier = facts(1, 10.0, instruments={"us_bill S. 3062"}, bodies={"us_senate"})
    later = facts(2, 45.0, instruments={"us_bill S. 3062"}, bodies={"us_senate"})
    found = reason(
        named(later, "US Senate passes GUARD Act", "adopted"),
        named(earlier, "GUARD Act clears a committee of the US Senate", "proposed"),
        ENTITIES,
        {},
    )
    assert found.relation == "instrument"
    assert found.words == (
        'both name S. 3062; both titles name US Senate; both titles say "Senate", "GUARD" and "Act"; '
        "proposed, then adopted; 35 days apart"
    )


def test_citation_of_an_earlier_document_is_a_reason() -> None:
    earlier = facts(1, 0.0, is_register=True, published_days={date(2022, 10, 13)})
    later = facts(2, 55.0, is_register=True, cited_days={date(2022, 10, 13)})
    found = reason(named(later), named(earlier, "Other"), {}, {})
    assert (found.relation, found.words) == (
        "citation",
        "the later cites the document of 13 October 2022; 55 days apart",
    )


def test_without_anything_to_name_the_texts_are_said_to_be_alike() -> None:
    found = reason(named(facts(1), "One"), named(facts(2), "Other"), {}, {})
    assert (found.relation, found.words) == ("words", "their texts are alike; at the same time")


def test_shared_words_are_as_the_first_writes_them_without_the_outlet() -> None:
    assert shared_words(
        "Robots banned again in Kiel - The Wire", "Kiel to have banned all robots - The Wire"
    ) == [
        "Robots",
        "banned",
        "Kiel",
    ]


@pytest.mark.parametrize(
    ("shared", "relation"),
    [({"nvidia", "amd"}, "names"), ({"nvidia", "us"}, "words"), ({"us"}, "words")],
    ids=["two firms", "a firm in its country", "a country"],
)
def test_two_names_that_are_no_places_are_evidence_of_their_own(shared: set[str], relation: str) -> None:
    found = reason(named(facts(1, firms=shared)), named(facts(2, firms=shared), "Other"), ENTITIES, {})
    assert found.relation == relation
    assert "both titles name" in found.words
