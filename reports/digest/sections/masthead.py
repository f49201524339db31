"""The masthead: the week, the data cut-off, and what the issue was made from."""

from __future__ import annotations

from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.phrases import count
from reports.digest.sections.coverage_notes import Coverage
from warehouse.queries import week_articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What the issue was made from. `collected` counts all articles of the week, the rest counted ones."""

    collected: int
    articles: int
    texts: int
    stories: int
    publishers: int


def build(context: IssueContext) -> Corpus:
    """Counts the week's articles, distinct texts, stories and publisher families."""
    week, articles = context.week, context.articles
    return Corpus(
        collected=week_articles.collected_count(context.con, week.start, week.end, context.as_of),
        articles=len(articles),
        texts=len({article.text_id for article in articles}),
        stories=len({article.story_id for article in articles}),
        publishers=len({article.publisher for article in articles}),
    )


def corpus_line(corpus: Corpus, coverage: Coverage) -> str:
    """The counts of the corpus, and how many feeds were down."""
    line = (
        f"{count(corpus.articles, 'article')}, {count(corpus.texts, 'text')}, "
        f"{count(corpus.stories, 'story', 'stories')}, {count(corpus.publishers, 'publisher')}"
    )
    feeds = f"; {len(coverage.down)} of {coverage.feeds} feeds down" if coverage.feeds else ""
    return f"{line}, of {count(corpus.collected, 'article')} collected{feeds}"
