"""Which stories become one thread does not depend on their order, and rules are obeyed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_stories import facts, made

from warehouse.threads.clustering import Clustering, Rules
from warehouse.threads.evidence import FEATURES
from warehouse.threads.link_model import LinkModel, load_link_model
from warehouse.threads.profiles import Stories

TITLES = (
    "Senate passes the GUARD Act on chip tracking",
    "House committee takes up the GUARD Act on chip tracking",
    "President signs the GUARD Act on chip tracking",
    "Ministry fines Meridian for smuggled lithography tools",
    "Meridian appeals the fine for smuggled lithography tools",
    "Harbour drones found near the naval base in Kiel",
    "Budget talks resume in Brussels without a result",
)
# Shared title words decide: tests are of the clustering and not of what the shipped model learned.
WORDS_ALONE = LinkModel(
    features=FEATURES,
    weights=tuple(8.0 if name == "title_found" else 0.0 for name in FEATURES),
    intercept=-4.0,
)


def linked(
    stories: Stories, rules: Rules | None = None, groups: list[list[int]] | None = None
) -> set[frozenset[int]]:
    """The groups of two and more, as ids of stories."""
    rows = range(len(stories))
    found = Clustering(stories, WORDS_ALONE, rules or Rules()).run(groups or [[row] for row in rows], rows)
    return {frozenset(stories.facts[row].story_id for row in group) for group in found if len(group) > 1}


def test_stories_of_one_matter_are_linked() -> None:
    assert linked(made(TITLES)) == {frozenset({0, 1, 2}), frozenset({3, 4})}


@given(order=st.permutations(range(len(TITLES))))
@settings(max_examples=25, deadline=None)
def test_the_order_in_which_stories_are_given_does_not_matter(order: list[int]) -> None:
    stories = made(TITLES)
    found = Clustering(stories, WORDS_ALONE).run([[row] for row in order], order)
    assert found == Clustering(stories, WORDS_ALONE).run([[row] for row in range(7)], range(7))


def test_a_second_run_changes_nothing_and_a_new_story_joins_what_the_first_found() -> None:
    stories = made(TITLES)
    first = Clustering(stories, WORDS_ALONE).run([[row] for row in (0, 1, 3, 4, 5, 6)], [0, 1, 3, 4, 5, 6])
    assert (0, 1) in first
    later = Clustering(stories, WORDS_ALONE).run([*first, (2,)], [2])
    assert later == Clustering(stories, WORDS_ALONE).run([[row] for row in range(7)], range(7))
    assert Clustering(stories, WORDS_ALONE).run(later, []) == later


def test_analysts_keep_stories_together_and_apart() -> None:
    stories = made(TITLES)
    assert linked(stories, Rules(must_link=frozenset({(5, 6)}))) == {
        frozenset({0, 1, 2}),
        frozenset({3, 4}),
        frozenset({5, 6}),
    }
    kept_apart = linked(stories, Rules(cannot_link=frozenset({(3, 4)})))
    assert frozenset({3, 4}) not in kept_apart


def test_one_story_that_fits_two_matters_does_not_join_them() -> None:
    known = [facts(number, instruments={f"us_bill S. {number}"} if number < 2 else ()) for number in range(7)]
    titles = ["Chip tracking bill", "Chip tracking bill", "Two chip tracking bills", *TITLES[3:]]
    groups = linked(made(titles, [replace(one, instruments=frozenset(one.instruments)) for one in known]))
    assert not any({0, 1} <= group for group in groups)


def test_the_shipped_model_has_the_features_in_their_order() -> None:
    model = load_link_model()
    assert model.features == FEATURES
    assert np.isfinite(model.weights).all()
