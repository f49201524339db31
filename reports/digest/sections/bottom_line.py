"""The bottom line: the week of each desk in at most 25 words, with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation, Item
from reports.digest.phrases import count
from reports.digest.sections.desk_sections import DeskSection
from reports.digest.sections.masthead import Corpus
from reports.digest.sentences import ELLIPSIS, fitting, shortened
from warehouse.classify.taxonomy import load_taxonomy

BULLET_WORDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """The line of a desk: a headline or sentence of `source`; without a source, nothing material changed."""

    desk: str
    name: str
    text: str
    source: Citation | None


def build(context: IssueContext) -> tuple[Bullet, ...]:
    """Returns one bullet a desk, in the order of the desks."""
    return tuple(_bullet(desk, items) for desk, items in context.items.items())


def _bullet(desk: str, items: Sequence[Item]) -> Bullet:
    """The first item's headline, or a sentence of it if the headline is too long.

    The first item need not be a lead: a desk whose only publisher already leads
    another desk has news but no lead.
    """
    name = load_taxonomy().desks[desk].name
    if not items:
        return Bullet(desk=desk, name=name, text="", source=None)
    first = items[0]
    title, source = first.title, first.citations[0]
    if len(title.split()) <= BULLET_WORDS:
        return Bullet(desk=desk, name=name, text=title, source=source)
    for sentence in first.sentences:
        if cut := fitting(sentence.text, BULLET_WORDS):
            return Bullet(desk=desk, name=name, text=cut, source=sentence.source)
    text = shortened(title, BULLET_WORDS) or " ".join(title.split()[: BULLET_WORDS - 1]) + ELLIPSIS
    return Bullet(desk=desk, name=name, text=text, source=source)


def no_material_change(section: DeskSection, corpus: Corpus) -> str:
    """The bottom line of a desk without news, which is no finding if nothing was collected."""
    if not corpus.collected:
        return "nothing was collected for this week, so nothing can be said of it."
    if not section.stories:
        return "no material change; no story was counted."
    if not section.new_stories:
        return f"no material change; nothing new, {count(section.stories, 'story', 'stories')} went on."
    return (
        f"no material change; {count(section.stories, 'story', 'stories')}, none sure enough to be printed."
    )
