"""The gazetteer: who and what is named, under one id, and who is not meant by the same word."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.extract.entities import Gazetteer, load_gazetteer

LETTERS = st.text(max_size=200)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def ids(gazetteer: Gazetteer, title: str, text: str = "") -> list[str]:
    return [mention.entity.id for mention in gazetteer.find(title, text)]


def test_gazetteer_knows_more_than_four_hundred_entities(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.entities) >= 400
    assert len({entity.kind for entity in gazetteer.entities}) >= 20


NAMED = [
    ("Nvidia and NVIDIA are one", ["nvidia"]),
    ("Commerce Department adds SMIC to Entity List", ["commerce-department", "smic", "entity-list"]),
    ("U.S. and Chinese officials met in Geneva", ["us", "cn"]),
    ("Pentagon, Department of War and DoD are one office", ["pentagon"]),
    ("The People’s Liberation Army tests drones", ["pla"]),
    ("South Korea's AI Basic Act takes effect", ["kr", "korea-ai-basic-act"]),
    ("Directive 3000.09 and the CCW's GGE", ["dodd-3000-09", "ccw", "gge-laws"]),
    ("OpenAI’s ChatGPT", ["openai", "chatgpt"]),
    ("Apple asks Commerce for an export licence", ["apple", "commerce-department"]),
    ("New York and York", ["us-ny"]),
]


@pytest.mark.parametrize(("title", "named"), NAMED)
def test_name_is_found_under_its_canonical_id(gazetteer: Gazetteer, title: str, named: list[str]) -> None:
    assert ids(gazetteer, title) == named


FALSE_FRIENDS = [
    "Apple Valley votes for a new library",
    "Big Apple prepares for rain",
    "Chamber of Commerce and a Commerce Committee",
    "It may rain in May",
    "The Washington Post reports",
    "George Washington crossed the river",
    "Roast turkey and Turkey sandwich",
    "ICE CREAM sales rise",
    "A meta-analysis; Meta analysis of trials",
    "Metaverse and chatter",
    "An EAR infection",
    "Threat Intel: Intel report on botnets",
    "Amazon rainforest burns",
    "Grim Reaper",
    "Apache Maven plugin",
    "The Lancet study on diet",
    "CUSTOMS and HOUSES",
    "Boston Dynamics robot dances",
    "us them and we in it",
]


@pytest.mark.parametrize("title", FALSE_FRIENDS)
def test_false_friend_is_left_alone(gazetteer: Gazetteer, title: str) -> None:
    assert ids(gazetteer, title) == []


def test_longer_name_counts_where_names_overlap(gazetteer: Gazetteer) -> None:
    assert ids(gazetteer, "Bank of England meets") == ["bank-of-england"]


def test_mentions_are_counted_and_the_title_is_marked(gazetteer: Gazetteer) -> None:
    first, second = gazetteer.find("Nvidia waits", "NVIDIA and Nvidia ask the White House.")
    assert (first.entity.id, first.times, first.in_title, first.alias) == ("nvidia", 3, True, "Nvidia")
    assert (second.entity.id, second.times, second.in_title) == ("white-house", 1, False)


def test_guarded_names_are_no_cues(gazetteer: Gazetteer) -> None:
    names = {name for known in gazetteer.names_by_kind().values() for name in known}
    assert "OpenAI" in names
    assert not names & {"Commerce", "Apple", "ICE", "Meta"}


def test_every_role_is_one_of_the_taxonomy(gazetteer: Gazetteer) -> None:
    known = (
        "government military regulator intelligence firm lab academia civil_society criminal "
        "international_body"
    )
    assert {entity.role for entity in gazetteer.entities} - {""} == set(known.split())


def test_name_or_id_given_twice_is_refused() -> None:
    twice = tomllib.loads('[[group]]\nkind = "x"\nnames = { a = ["One"], b = ["One"] }')
    with pytest.raises(ValueError, match="One"):
        Gazetteer(twice, "v")


def test_guard_of_nothing_is_refused() -> None:
    stray = tomllib.loads('[[group]]\nkind = "x"\nnames = { a = ["One"] }\n[guard.Two]\nnot_before = ["x"]')
    with pytest.raises(ValueError, match="Two"):
        Gazetteer(stray, "v")


def test_ids_are_plain_and_stable_to_write() -> None:
    tables = tomllib.loads(files("warehouse.extract").joinpath("entities.toml").read_text("utf-8"))
    for group in tables["group"]:
        for id_ in group["names"]:
            assert id_ == id_.lower()
            assert id_.replace("-", "").isalnum()


@given(LETTERS, LETTERS)
def test_no_text_makes_it_fail_and_every_mention_is_in_the_text(before: str, after: str) -> None:
    gazetteer = _LOADED
    for mention in gazetteer.find(before, f"{before} Nvidia {after}"):
        assert mention.times >= 1
    assert "nvidia" in ids(gazetteer, "", f"{before} Nvidia {after}")


_LOADED = load_gazetteer()
