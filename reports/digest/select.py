"""Which stories each desk prints, and where: lead, items, single-source, low confidence, analysis. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from reports.digest.rank import SURE, Told, confidence

ITEMS_A_DESK = 5
SINGLE_A_DESK = 3
UNSURE_A_DESK = 4
ANALYSIS_ITEMS = 6
# Two stories of one matter that were not grouped. In the replay of real feeds, weeks 27 to 33, the pairs from here on
# (cosine of their nearest texts) tell of one debate or ruling, those below of different ones.
SAME_MATTER = 0.70

Vectors = Mapping[int, npt.NDArray[np.float32]]


@dataclass(slots=True)
class Choice:
    """What a desk prints, most important first; `lead` is among `items`, or None. `related` is by story id."""

    desk: str
    lead: Told | None = None
    items: list[Told] = field(default_factory=list)
    single: list[Told] = field(default_factory=list)
    unsure: list[Told] = field(default_factory=list)
    analysis: list[Told] = field(default_factory=list)


@dataclass(slots=True)
class Selection:
    """The choices of all desks, the publisher that leads each, and the stories folded into another of the same matter."""

    choices: list[Choice]
    leading: dict[str, str]
    related: dict[int, list[Told]]


def select(stories: Mapping[str, Sequence[Told]], vectors: Vectors) -> Selection:
    """Chooses for every desk, in order, from its stories (most important first); no matter is told twice, at any desk."""
    told: list[Told] = []
    related: dict[int, list[Told]] = {}
    choices, leading = [], dict[str, str]()
    for desk, candidates in stories.items():
        choice = Choice(desk)
        for story in candidates:
            if same := _same_matter(story, told, vectors):
                related.setdefault(same.story_id, []).append(story)
                continue
            if _placed(story, choice):
                told.append(story)
        _give_lead(choice, leading)
        choices.append(choice)
    return Selection(choices, leading, related)


def _placed(story: Told, choice: Choice) -> bool:
    """Puts the story where it belongs if there is room; what has no room is in the appendix only."""
    if confidence(story) < SURE:
        place, room = choice.unsure, UNSURE_A_DESK
    elif story.is_talk:
        place, room = choice.analysis, ANALYSIS_ITEMS
    elif len(choice.items) < ITEMS_A_DESK:
        place, room = choice.items, ITEMS_A_DESK
    else:
        place, room = choice.single, SINGLE_A_DESK
    if len(place) < room:
        place.append(story)
        return True
    return False


def _give_lead(choice: Choice, leading: dict[str, str]) -> None:
    """The first item that a publisher family tells which leads no other desk becomes the lead, spoken by that family."""
    for story in choice.items:
        free = [publisher for publisher in story.publishers if publisher not in leading.values()]
        if free:
            leading[choice.desk] = free[0]
            choice.lead = story
            choice.items.remove(story)
            choice.items.insert(0, story)
            return


def _same_matter(story: Told, told: Sequence[Told], vectors: Vectors) -> Told | None:
    """The story already told that this one is nearest to, if they are of one matter."""
    likeness = [(_likeness(story, other, vectors), other) for other in told]
    best = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= SAME_MATTER else None


def _likeness(one: Told, other: Told, vectors: Vectors) -> float:
    these = [vectors[article.article_id] for article in one.articles if article.article_id in vectors]
    those = [vectors[article.article_id] for article in other.articles if article.article_id in vectors]
    if not these or not those:
        return 0.0
    # Rounded, so that the order of summation, which may differ between machines, decides nothing.
    return round(float((np.stack(these) @ np.stack(those).T).max()), 4)
