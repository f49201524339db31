"""Stories made for tests: their facts, words and vectors, without a warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from fakes import HashEmbedder
from scipy.sparse import csr_array

from warehouse.stories.terms import words
from warehouse.threads.profiles import Stories, StoryFacts


def facts(story: int, day: float = 0.0, **said: Any) -> StoryFacts:
    """The facts of a story of one day; what is given as a list is a set of names."""
    sets = {
        name: frozenset(value) if isinstance(value, list | set) else value for name, value in said.items()
    }
    return StoryFacts(story_id=story, first_day=day, last_day=day, **sets)


def made(titles: Sequence[str], known: Sequence[StoryFacts] | None = None) -> Stories:
    """Stories with these headlines and no text."""
    found = [words(title) for title in titles]
    vocabulary = sorted({word for title in found for word in title})
    matrix = csr_array(np.array([[float(word in title) for word in vocabulary] for title in found]))
    matrix.sort_indices()
    return Stories(
        facts=known or [facts(number) for number in range(len(titles))],
        vectors=HashEmbedder().encode(titles),
        title_words=matrix,
        title_terms=matrix,
        terms=matrix,
    )
