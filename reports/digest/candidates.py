"""What became of every candidate of a week: where the issue tells it, or why it does not. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reports.digest.context import IssueContext
from reports.digest.items import citation
from reports.digest.rank import RankedStory, confidence, importance
from reports.digest.sections.bottom_line import best_without_news
from reports.digest.sections.opinion_and_analysis import listed_opinion
from reports.digest.select import WORTH_A_LINE, Outcome, Place


class Standing(StrEnum):
    """Where an issue has a candidate that its desk's section does not place; else it is a Place."""

    BOTTOM_LINE = "bottom line"
    INHERITED = "filed with its thread"
    PERHAPS = "perhaps on topic"
    OPINION = "opinion"
    NEWSLETTER = "newsletter"
    VENDOR = "vendor"
    UNDATED = "undated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story, or a text that never counts, that is or may be on topic, and what the issue does with it.

    `on_topic` and `importance` are probabilities, 0 to 1: of being on topic, and of deserving a line. `told`
    is whether the body of the issue names it, before the appendix; `standing` a value of Place or Standing;
    `why` the same in words, with what decided.
    """

    story_id: int
    article_id: int
    desk: str
    title: str
    url: str | None
    publishers: tuple[str, ...]
    on_topic: float
    importance: float
    told: bool
    standing: str
    why: str


_LISTS = {Place.ITEM: "news", Place.LOW_CONFIDENCE: "stories of low confidence", Place.ANALYSIS: "analyses"}


def explain(context: IssueContext) -> tuple[Candidate, ...]:
    """Returns every candidate, by reason as in `_ORDER`, the most important first within each."""
    candidates = (*_counted(context), *_inherited(context), *_near_topic(context), *_uncounted(context))
    return tuple(
        sorted(candidates, key=lambda one: (_ORDER.index(one.standing), -one.importance, one.article_id))
    )


_ORDER = tuple(
    str(one)
    for one in (
        Place.LEAD,
        Place.ITEM,
        Place.HEADLINE,
        Place.ANALYSIS,
        Place.LOW_CONFIDENCE,
        Place.SAME_MATTER,
        Standing.BOTTOM_LINE,
        Place.NO_SPACE,
        Place.UNIMPORTANT,
        Standing.INHERITED,
        Standing.PERHAPS,
        Standing.OPINION,
        Standing.NEWSLETTER,
        Standing.VENDOR,
        Standing.UNDATED,
    )
)


def _counted(context: IssueContext) -> Iterator[Candidate]:
    outcomes = context.selection.outcomes
    titles = {
        story.story_id: citation(story.articles[0]).title
        for stories in context.stories.values()
        for story in stories
    }
    for desk, stories in context.stories.items():
        stand_in = best_without_news(context, desk)
        competing = Counter(outcomes[story.story_id].among for story in stories)
        rank: defaultdict[Place | None, int] = defaultdict(int)
        for story in stories:
            outcome = outcomes[story.story_id]
            rank[outcome.among] += 1
            told, standing = outcome.is_told, str(outcome.place)
            why = _why(story, outcome, rank[outcome.among], competing[outcome.among], titles)
            if not told and story is stand_in:
                told, standing, why = True, str(Standing.BOTTOM_LINE), f"the desk has no news; {why}"
            yield _candidate(story, told=told, standing=standing, why=why)


def _why(story: RankedStory, outcome: Outcome, rank: int, among: int, titles: dict[int, str]) -> str:
    match outcome.place:
        case Place.SAME_MATTER:
            return f"linked below “{titles[outcome.under or 0]}”, of the same matter"
        case Place.UNIMPORTANT:
            return f"importance {importance(story):.2f} is below {WORTH_A_LINE}: in the appendix only"
    kind = _LISTS[outcome.among or Place.ITEM]
    place = f"number {rank} of {among} {kind} of the desk"
    if outcome.place is Place.NO_SPACE:
        return f"{place}, which takes {outcome.limit}: in the appendix only"
    return place


def _inherited(context: IssueContext) -> Iterator[Candidate]:
    for story in context.inherited:
        yield _candidate(
            story,
            told=True,
            standing=str(Standing.INHERITED),
            why=f"probability {confidence(story):.2f}: told at the desk of thread {story.matter.filed_with}, "
            "not counted",
        )


def _near_topic(context: IssueContext) -> Iterator[Candidate]:
    for story in context.near_topic:
        yield _candidate(
            story,
            told=False,
            standing=str(Standing.PERHAPS),
            why=f"probability {confidence(story):.2f}: not counted, listed after the appendix",
        )


def _uncounted(context: IssueContext) -> Iterator[Candidate]:
    listed = {one.article_id for one in listed_opinion(context)}
    for story in context.uncounted:
        (text,) = story.articles
        told = text.article_id in listed
        if text.dating != "ok":
            standing, why = Standing.UNDATED, f"no trusted date ({text.dating}): never counted"
        else:
            standing = Standing(text.genre)
            why = "listed under opinion" if told else f"{text.genre} text: never counted"
        yield _candidate(story, told=told, standing=str(standing), why=why)


def _candidate(story: RankedStory, *, told: bool, standing: str, why: str) -> Candidate:
    first = story.articles[0]
    cited = citation(first)
    return Candidate(
        story_id=story.story_id,
        article_id=first.article_id,
        desk=first.desk,
        title=cited.title,
        url=cited.url,
        publishers=story.publishers,
        on_topic=confidence(story),
        importance=importance(story),
        told=told,
        standing=standing,
        why=why,
    )
