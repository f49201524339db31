"""Opinion and analysis, listed apart from the news; opinion is never counted."""

from __future__ import annotations

from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation, Item, citation
from warehouse.queries.week_articles import WeekArticle

OPINION_ARTICLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Commentary:
    """Opinion articles, surest of their desk first; and stories that consist of analysis or research only."""

    opinion: tuple[Citation, ...] = ()
    analysis: tuple[Item, ...] = ()


def build(context: IssueContext) -> Commentary:
    """Returns the week's opinion articles, and the analysis that the selection chose for each desk."""
    return Commentary(
        opinion=tuple(map(citation, listed_opinion(context))),
        analysis=tuple(
            context.headline_item(story) for choice in context.selection.choices for story in choice.analysis
        ),
    )


def listed_opinion(context: IssueContext) -> list[WeekArticle]:
    """Returns the week's opinion articles to print, surest of their desk first."""
    texts = (story.articles[0] for story in context.uncounted)
    return [one for one in texts if one.genre == "opinion" and one.dating == "ok"][:OPINION_ARTICLES]
