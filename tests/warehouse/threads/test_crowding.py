"""What two stories share says less in a crowd; the crowd is that of the month."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_stories import facts, made

from warehouse.threads.profiles import Profiles, Stories

CROWD = [f"Lab number {number} leaks a rogue agent" for number in range(3)]
OTHERS = ("Court hears appeal", "Fair in Munich", "Chip fund opens")
TITLES = [*CROWD, "Harbour drones near Kiel", "Budget talks resume", *OTHERS]


def crowding(days: list[float]) -> list[float]:
    stories = made(TITLES, [facts(number, day) for number, day in enumerate(days)])
    found: list[float] = stories.crowding.of(np.arange(len(TITLES))).tolist()
    return found


def test_a_story_among_many_like_it_is_more_crowded_than_one_alone() -> None:
    found = crowding([0.0] * len(TITLES))
    assert min(found[:3]) > max(found[3:])


def test_stories_of_another_season_are_no_crowd() -> None:
    assert max(crowding([100.0 * number for number in range(len(TITLES))])) == 0.0


@given(first=st.lists(st.integers(0, 7), min_size=1, unique=True))
@settings(max_examples=20, deadline=None)
def test_what_was_asked_before_changes_no_answer(first: list[int]) -> None:
    days = [3.0, 1.0, 40.0, 2.0, 9.0, 33.0, 5.0, 8.0]
    stories = made(TITLES, [facts(number, day) for number, day in enumerate(days)])
    stories.crowding.of(np.array(first))
    assert stories.crowding.of(np.arange(8)).tolist() == crowding(days)


def test_asking_leaves_the_words_of_the_stories_as_they_are() -> None:
    stories, untouched = made(TITLES), made(TITLES)
    stories.crowding.of(np.arange(len(TITLES)))
    assert (stories.terms != untouched.terms).nnz == 0


def test_a_thread_is_as_crowded_as_its_stories_in_the_mean() -> None:
    stories: Stories = made(TITLES, [facts(number) for number in range(len(TITLES))])
    alone = Profiles(stories=stories, groups=[(0,), (3,)])
    thread = Profiles(stories=stories, groups=[(0, 3)])
    assert np.isclose(thread.crowding[0], alone.crowding.mean())
    assert thread.crowding[0] > 0
    assert np.isclose(thread.lengths[0], alone.lengths.mean())
