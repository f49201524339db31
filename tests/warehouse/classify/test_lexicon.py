"""Lexicon: the terms found in a text, their scores, and a property test against plain comparison of words."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.classify.lexicon import SCORE_CAP, SUMMARY_CHARS, WEIGHTS, Lexicon
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.classify.topics import GROUPS

CONCEPTS = {
    "rules": {"decisive": ["AI act*", "chip rule"], "plain": ["rule*", "(draft|final) rule*", "act* rule"]},
    "names": {"names": {"firm": "strong"}, "weak": ["firm"]},
}
NAMES = {"firm": ["Acme Chips", "Bolt"]}
LEXICON = Lexicon(CONCEPTS, NAMES, {})


def scores(title: str, summary: str = "") -> dict[str, float]:
    return dict(zip(LEXICON.concepts, LEXICON.match([(title, summary)]).total[0].tolist(), strict=True))


def found(title: str) -> set[str]:
    return {term.spelling for term in LEXICON.match([(title, "")]).found[0]}


def test_title_counts_half_as_much_again_and_a_term_counts_once() -> None:
    assert scores("", "chip rule") == {"rules": 4.0, "names": 0.0}
    assert scores("chip rule", "chip rule, chip rule")["rules"] == 6.0
    assert scores("rule", "")["rules"] == 1.5


def test_score_is_capped_and_what_follows_the_lead_is_not_read() -> None:
    assert scores("AI act, chip rule, final rules, draft rules")["rules"] == SCORE_CAP
    assert scores("", "x" * SUMMARY_CHARS + " chip rule")["rules"] == 0.0


def test_variants_stars_hyphens_and_capitals_are_found_as_written() -> None:
    assert found("Draft rules and final-rule") == {"draft rule*", "final rule*", "rule*"}
    assert found("AI Acts") == set()
    assert found("AI acts") == {"AI act*"}


def test_names_of_a_kind_are_terms_at_their_strength() -> None:
    assert scores("", "Bolt and Acme Chips") == {"rules": 0.0, "names": 4.0}
    assert found("a bolt of acme chips") == set()


@pytest.mark.parametrize("names", [{"nobody": "strong"}, {"firm": "loud"}])
def test_names_of_an_unknown_kind_or_strength_are_refused(names: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no such kind or strength"):
        Lexicon({"x": {"names": names}}, NAMES, {})


@given(
    st.lists(
        st.sampled_from("AI act acts chip rule rules draft Final final Acme Chips Bolt firm ruler".split())
    )
)
def test_exactly_the_terms_in_the_words_are_found(words: list[str]) -> None:
    lower = [word.lower() for word in words]
    pairs = list(itertools.pairwise(words))
    low_pairs = list(itertools.pairwise(lower))
    expected = {
        *(["rule*"] if any(word.startswith("rule") for word in lower) else []),
        *(["firm"] if "firm" in lower else []),
        *(["Bolt"] if "Bolt" in words else []),
        *(["chip rule"] if ("chip", "rule") in low_pairs else []),
        *(["Acme Chips"] if ("Acme", "Chips") in pairs else []),
        *(["AI act*"] if any(one == "AI" and two.startswith("act") for one, two in pairs) else []),
        *(
            ["draft rule*"]
            if any(one == "draft" and two.startswith("rule") for one, two in low_pairs)
            else []
        ),
        *(["act* rule"] if any(one.startswith("act") and two == "rule" for one, two in low_pairs) else []),
        *(
            ["final rule*"]
            if any(one == "final" and two.startswith("rule") for one, two in low_pairs)
            else []
        ),
    }
    assert found(" ".join(words)) == expected


def test_term_that_is_another_name_counts_only_with_company() -> None:
    lexicon = Lexicon({"x": {"strong": ["CAC", "preempt*"]}}, {}, {"CAC": ["China*"], "preempt*": ["AI"]})

    def total(title: str, summary: str = "") -> float:
        return float(lexicon.match([(title, summary)]).total[0, 0])

    assert total("DoD expands login options beyond CAC") == 0
    assert total("CAC drafts rules", "The Chinese regulator") == 0
    assert total("CAC drafts rules", "China's regulator") == 3
    assert total("Court: state law is preempted, said an aide") == 0
    assert total("Law on AI preempts the states") == 3


def test_every_term_that_needs_company_is_a_term_of_the_taxonomy() -> None:
    tables = load_taxonomy().tables
    written = {
        term
        for group in (*GROUPS, "concept")
        for table in tables[group].values()
        for strength in WEIGHTS
        for term in table.get(strength, ())
    }
    assert tables["company"].keys() <= written


def test_investment_bank_is_no_investment_ban() -> None:
    lexicon = load_desk_classifier().lexicon
    (banned,), (bank,) = (
        lexicon.match([(title, "")]).found for title in ("Investment ban begins", "Investment bank grows")
    )
    assert {term.spelling for term in banned} - {term.spelling for term in bank} >= {"investment ban"}
    assert not any(term.spelling.startswith("investment ban") for term in bank)
