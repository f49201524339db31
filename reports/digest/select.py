"""Which stories each desk prints and where, or why not: lead, items, low confidence, analysis. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reports.digest.rank import SURE, RankedStory, confidence, importance, is_talk_headline

# Told with a sentence, and told by headline: the issue must stay within seven minutes.
ITEMS_A_DESK = 5
HEADLINES_A_DESK = 5
UNSURE_A_DESK = 4
# From this probability of deserving a line on a story gets one; see docs/decisions/0047.
WORTH_A_LINE = 0.1
ANALYSIS_ITEMS = 6
# Shares of an importance: near enough to lead instead of talk; as much, as exactly as it is known.
NEAR, AS_IMPORTANT = 0.7, 0.85
# From these log-odds of one event on, two stories that were not grouped are of one matter: the second is a
# link below the first. docs/decisions/0049 has what other thresholds give.
SAME_MATTER = -0.4

# The log-odds that a story reports the event of each of the others, all by the ids of their articles.
CompareStories = Callable[[Sequence[int], Sequence[Sequence[int]]], Sequence[float]]


class Place(StrEnum):
    """What becomes of a counted story: where it is told, or why only the appendix has it."""

    LEAD = "lead"
    ITEM = "item"
    HEADLINE = "headline"
    ANALYSIS = "analysis"
    LOW_CONFIDENCE = "low confidence"
    SAME_MATTER = "same matter"  # a link below the story it was found to repeat
    UNIMPORTANT = "not important enough"
    NO_SPACE = "no space"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The place of a story. `among` and `limit` are the list that it competed for, and how many that takes.

    A desk's news, with a sentence or by headline, is one list, that of the items. `under` is the story below
    which one of the same matter is linked.
    """

    place: Place
    among: Place | None = None
    limit: int = 0
    under: int | None = None

    @property
    def is_told(self) -> bool:
        """Whether the body of the issue names the story, before the appendix."""
        return self.place not in (Place.UNIMPORTANT, Place.NO_SPACE)


@dataclass(slots=True)
class Choice:
    """What a desk prints, most important first. `lead` is among `items` or None; `related` is by story id."""

    desk: str
    lead: RankedStory | None = None
    items: list[RankedStory] = field(default_factory=list)
    single: list[RankedStory] = field(default_factory=list)
    unsure: list[RankedStory] = field(default_factory=list)
    analysis: list[RankedStory] = field(default_factory=list)


@dataclass(slots=True)
class Selection:
    """The choices of all desks, the family of each lead, and the stories listed under a related one.

    `outcomes` has every story by id: its place, as it was decided.
    """

    choices: list[Choice]
    leading: dict[str, str]
    related: dict[int, list[RankedStory]]
    outcomes: dict[int, Outcome]


def select(stories: Mapping[str, Sequence[RankedStory]], compare: CompareStories) -> Selection:
    """Chooses for every desk, in order, from its stories, most important first; prints no matter twice."""
    chosen: list[RankedStory] = []
    related: dict[int, list[RankedStory]] = {}
    outcomes: dict[int, Outcome] = {}
    choices, leading = [], dict[str, str]()
    for desk, candidates in stories.items():
        choice = Choice(desk)
        for story in candidates:
            if same := _same_matter(story, chosen, compare):
                related.setdefault(same.story_id, []).append(story)
                outcomes[story.story_id] = Outcome(place=Place.SAME_MATTER, under=same.story_id)
                continue
            outcome = outcomes[story.story_id] = _placed(story, choice)
            if outcome.is_told:
                chosen.append(story)
        _choose_lead(choice, leading)
        if choice.lead:
            outcomes[choice.lead.story_id] = replace(outcomes[choice.lead.story_id], place=Place.LEAD)
        choices.append(choice)
    return Selection(choices, leading, related, outcomes)


def _placed(story: RankedStory, choice: Choice) -> Outcome:
    """Adds the story to the list it belongs in, unless that is full; then only the appendix has it.

    A step of a matter that an analyst follows is told whatever its importance, and in a full list too.
    """
    if confidence(story) < SURE:
        return _listed(story, (Place.LOW_CONFIDENCE, choice.unsure, UNSURE_A_DESK))
    if story.is_talk:
        return _listed(story, (Place.ANALYSIS, choice.analysis, ANALYSIS_ITEMS))
    if importance(story) < WORTH_A_LINE and not story.matter.is_followed:
        return Outcome(place=Place.UNIMPORTANT)
    return _listed(
        story,
        (Place.ITEM, choice.items, ITEMS_A_DESK),
        (Place.HEADLINE, choice.single, HEADLINES_A_DESK),
    )


def _listed(story: RankedStory, *lists: tuple[Place, list[RankedStory], int]) -> Outcome:
    """Adds the story to the first of the lists with space, if any has."""
    among, limit = lists[0][0], sum(limit for _, _, limit in lists)
    for place, stories, most in lists:
        is_last = stories is lists[-1][1]
        if len(stories) < most or (is_last and story.matter.is_followed):
            stories.append(story)
            return Outcome(place=place, among=among, limit=limit)
    return Outcome(place=Place.NO_SPACE, among=among, limit=limit)


def _choose_lead(choice: Choice, leading: dict[str, str]) -> None:
    """Makes the week's event the lead: the most important item, unless it is talk and one near it is an act.

    Of items that are as important one goes first that a family tells which leads no desk yet. Of imported
    streams one aggregator may tell all of them, so a family may lead twice.
    """
    if not choice.items:
        return
    near = [story for story in choice.items if importance(story) >= NEAR * importance(choice.items[0])]
    acts = [story for story in near if not is_talk_headline(story.articles[0].title)] or choice.items[:1]
    taken = set(leading.values())
    for story in acts:
        free = [publisher for publisher in story.publishers if publisher not in taken]
        if free and importance(story) >= AS_IMPORTANT * importance(acts[0]):
            _lead(choice, story, free[0], leading)
            return
    _lead(choice, acts[0], acts[0].publishers[0], leading)


def _lead(choice: Choice, story: RankedStory, publisher: str, leading: dict[str, str]) -> None:
    leading[choice.desk] = publisher
    choice.lead = story
    choice.items.remove(story)
    choice.items.insert(0, story)


def _same_matter(
    story: RankedStory, chosen: Sequence[RankedStory], compare: CompareStories
) -> RankedStory | None:
    """The most likely of the stories chosen so far, if it is of the same matter."""
    log_odds = compare(_texts(story), [_texts(other) for other in chosen])
    best = max(range(len(chosen)), key=log_odds.__getitem__, default=None)
    return chosen[best] if best is not None and log_odds[best] >= SAME_MATTER else None


def _texts(story: RankedStory) -> list[int]:
    """The ids of its articles, one for each text."""
    return list({article.text_id: article.article_id for article in story.articles}.values())
