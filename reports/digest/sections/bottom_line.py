"""The bottom line: the week of each desk in at most 25 words, with its source."""

from __future__ import annotations

from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation, Item
from reports.digest.phrases import count
from reports.digest.rank import SURE, RankedStory, confidence
from reports.digest.sections.desk_sections import DeskSection
from reports.digest.sections.masthead import Corpus
from reports.digest.sentences import ELLIPSIS, fitting, shortened
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.store.trend_tests import Verdict

BULLET_WORDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """The line of a desk: a headline or sentence of `source`; without a source, nothing material changed.

    `mark` says what the story is if the desk has no news: "minor" or "low confidence".
    """

    desk: str
    name: str
    text: str
    source: Citation | None
    mark: str = ""


def build(context: IssueContext) -> tuple[Bullet, ...]:
    """Returns one bullet a desk, in the order of the desks."""
    return tuple(_bullet(context, desk) for desk in context.items)


def _bullet(context: IssueContext, desk: str) -> Bullet:
    """The first item; without news, the most important of the new stories, marked as what it is."""
    name = load_taxonomy().desks[desk].name
    if context.items[desk]:
        text, source = _line(context.items[desk][0])
        return Bullet(desk=desk, name=name, text=text, source=source)
    best = best_without_news(context, desk)
    if best is None:
        return Bullet(desk=desk, name=name, text="", source=None)
    text, source = _line(context.headline_item(best))
    mark = "minor" if confidence(best) >= SURE else "low confidence"
    return Bullet(desk=desk, name=name, text=text, source=source, mark=mark)


def best_without_news(context: IssueContext, desk: str) -> RankedStory | None:
    """Returns the story that stands in for news at a desk that has none, though it has new stories."""
    return context.stories[desk][0] if not context.items[desk] and context.new_stories(desk) else None


def _line(item: Item) -> tuple[str, Citation]:
    """The item's headline, or a sentence of it if the headline is too long."""
    if len(item.title.split()) <= BULLET_WORDS:
        return item.title, item.citations[0]
    for sentence in item.sentences:
        if cut := fitting(sentence.text, BULLET_WORDS):
            return cut, sentence.source
    text = shortened(item.title, BULLET_WORDS) or " ".join(item.title.split()[: BULLET_WORDS - 1]) + ELLIPSIS
    return text, item.citations[0]


def no_material_change(section: DeskSection, corpus: Corpus) -> str:
    """The bottom line of a desk without a new story, which is no finding if nothing was collected."""
    if not corpus.collected:
        return "nothing was collected for this week, so nothing can be said of it."
    if not section.stories:
        return "no material change; no story was counted."
    return f"no material change; nothing new, {count(section.stories, 'story', 'stories')} went on."


def called_trend(section: DeskSection) -> str:
    """The change of the desk's number of stories, if one is measured, to be printed after its line."""
    trend = section.trend
    if trend.verdict not in (Verdict.RISEN, Verdict.FALLEN):
        return ""
    word = "more" if trend.verdict is Verdict.RISEN else "fewer"
    weeks = len(trend.span_weeks)
    since = f"over {weeks} weeks" if weeks > 1 else "this week"
    return f"Measurably {word} stories {since} [{trend.test_id}]."
