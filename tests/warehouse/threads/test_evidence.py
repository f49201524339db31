"""What links two stories, and what keeps them apart however alike they are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from made_stories import facts, made

from warehouse.threads.evidence import FEATURES, SIGNS, cannot_link, features
from warehouse.threads.profiles import Profiles, StoryFacts

OTHERS = (
    "Drone order signed",
    "Chip fund opens",
    "Court hears appeal",
    "Fair in Munich",
    "Budget talks resume",
)


def apart(one: StoryFacts, two: StoryFacts, titles: tuple[str, str] = ("A vote", "A vote")) -> bool:
    known = [one, two, *(facts(10 + number) for number in range(len(OTHERS)))]
    return cannot_link(made([*titles, *OTHERS], known), 0, 1)


def test_two_bills_on_one_subject_are_kept_apart() -> None:
    assert apart(facts(1, instruments={"us_bill S. 1"}), facts(2, instruments={"us_bill S. 2"}))
    assert not apart(
        facts(1, instruments={"us_bill S. 1"}), facts(2, instruments={"us_bill S. 1", "us_bill S. 2"})
    )
    assert not apart(facts(1, instruments={"us_bill S. 1"}), facts(2))


def test_an_order_may_follow_another() -> None:
    one, two = (
        facts(1, instruments={"executive_order EO 14110"}),
        facts(2, instruments={"executive_order EO 14179"}),
    )
    assert not apart(one, two)


def test_two_states_are_kept_apart_unless_one_text_names_the_other() -> None:
    texas, maine = facts(1, places={"tx"}, named={"tx"}), facts(2, places={"me"}, named={"me"})
    assert apart(texas, maine)
    assert not apart(texas, facts(2, places={"me"}, named={"me", "tx"}))


def test_rounds_of_a_list_are_joined_by_citation_alone() -> None:
    first = facts(1, is_register=True, is_list_round=True, published_days={date(2026, 3, 2)})
    assert apart(first, facts(2, is_register=True, is_list_round=True))
    assert not apart(first, facts(2, is_register=True, is_list_round=True, cited_days={date(2026, 3, 2)}))
    assert not apart(first, facts(2, is_register=True))


def test_one_form_of_the_register_for_two_objects_is_two_matters() -> None:
    register = (facts(1, is_register=True), facts(2, is_register=True))
    form = "Investigation of imports of "
    assert apart(*register, (form + "polysilicon", form + "robotics"))
    assert not apart(*register, (form + "polysilicon", form + "polysilicon: correction"))
    assert not apart(facts(1), facts(2), (form + "polysilicon", form + "robotics"))


def test_what_is_done_to_an_earlier_document_may_name_its_object_in_other_words() -> None:
    titles = ("End-user authorizations of Samsung and Hynix", "Revocation of validated status in China")
    first, step = facts(1, is_register=True), facts(2, is_register=True, is_step=True)
    assert apart(first, facts(2, is_register=True), titles)
    assert not apart(first, step, titles)


def test_evidence_is_the_same_both_ways() -> None:
    known = [
        facts(1, 0.0, firms={"nvidia"}, named={"nvidia"}, instruments={"rin 0694-AJ90"}),
        facts(2, 40.0, firms={"nvidia", "amd"}, named={"nvidia", "amd"}, instruments={"rin 0694-AJ90"}),
    ]
    stories = made(["Nvidia asks for a licence", "Nvidia and AMD wait for the licence"], known)
    compared = Profiles(stories=stories, groups=[(0,), (1,)])
    there, back = (
        features(stories, compared, np.array([first]), np.array([other])) for first, other in ((0, 1), (1, 0))
    )
    assert there.tolist() == back.tolist()
    assert there.shape == (1, len(FEATURES)) == (1, len(SIGNS))


@pytest.mark.parametrize("feature", ["instrument", "names_shared"])
def test_what_both_name_counts_the_more_the_rarer_it_is(feature: str) -> None:
    named = {"firms": {"rare"}, "named": {"rare"}, "instruments": {"rin 1"}}
    common = {"firms": {"often"}, "named": {"often"}, "instruments": {"rin 2"}}
    known = [facts(number, **(named if number < 2 else common)) for number in range(7)]
    stories = made(["One", "Two", *OTHERS], known)
    compared = Profiles(stories=stories, groups=[(row,) for row in range(7)])
    rare, often = features(stories, compared, np.array([0, 2]), np.array([1, 3]))[:, FEATURES.index(feature)]
    assert rare > often > 0


def test_a_word_is_about_as_rare_in_a_young_warehouse_as_in_a_grown_one() -> None:
    young, grown = (
        made(["Kiel harbour", *(f"{word} {number}" for number in range(others))]).rarity.max()
        for word, others in (("Budget", 5), ("Budget", 200))
    )
    assert abs(young - grown) < 0.03


def test_a_thread_has_the_names_of_a_third_of_its_stories() -> None:
    known = [facts(1, 3.0, firms={"a", "b"}), facts(2, 9.0, firms={"a"}), facts(3, 1.0, firms={"a"})]
    stories = made(["One", "Two", "Three"], known)
    (thread,) = Profiles(stories=stories, groups=[(0, 1, 2)]).facts
    assert (thread.firms, thread.first_day, thread.last_day) == ({"a"}, 1.0, 9.0)
