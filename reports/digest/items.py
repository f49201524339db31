"""A selected story as printed: headline, sentences, citations, counts. Every word is a cited article's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from reports.digest.rank import RankedStory, confidence, independent, most_frequent
from reports.digest.sentences import ELLIPSIS, headline, quotable_sentences
from warehouse.queries.citations import CitedArticle
from warehouse.queries.week_articles import WeekArticle

CITATIONS = 3
LEAD_SENTENCES, ITEM_SENTENCES = 2, 1
LEAD_WORDS, ITEM_WORDS = 42, 38
ACTORS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The source of a statement: outlet, headline, date and link.

    The date is aware UTC, None if it is untrusted; the link is None if the feed has none.
    """

    article_id: int
    outlet: str
    title: str
    published_at: datetime | None
    url: str | None
    language: str = "en"
    genre: str = "news"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedStory(Citation):
    """A story of the same matter, by the article that represents it; issues of 0.1.0 have no `story_id`."""

    story_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a cited article; a `shortened` one was cut at a clause and ends with an ellipsis."""

    text: str
    source: Citation
    shortened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story in the digest. The counts are the week's: articles, distinct texts, publisher families.

    `title` is the headline of the first citation, without the credit that an aggregator adds. `confidence` is
    0 to 1, see rank.py. `actors`, `act` and `stage` are extracted: who is named, what is done, how far it is.
    `related` are stories of the same matter that are not printed as items of their own.
    """

    story_id: int
    title: str
    genre: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    articles: int
    texts: int
    publishers: int
    is_new: bool
    latest_at: datetime
    confidence: float
    actors: tuple[str, ...] = ()
    act: str | None = None
    stage: str | None = None
    related: tuple[RelatedStory, ...] = ()

    @property
    def single_source(self) -> bool:
        """Whether only one publisher family reports it."""
        return self.publishers == 1


def item(
    story: RankedStory,
    since: datetime,
    *,
    sentences: int,
    words: int,
    not_first: Iterable[str] = (),
    related: Sequence[RankedStory] = (),
) -> Item:
    """Returns the story with at most `sentences` sentences of `words` words, from at most three families.

    `since` is when the week began. No publisher of `not_first` is cited first.
    """
    cited = independent(story, CITATIONS, not_first)
    first, articles, signals = cited[0], story.articles, story.article_signals()
    return Item(
        story_id=story.story_id,
        title=_headline(first),
        genre=first.genre,
        sentences=_sentences(cited, sentences, words),
        citations=tuple(map(citation, cited)),
        articles=len(articles),
        texts=story.texts,
        publishers=len(story.publishers),
        is_new=articles[0].story_since >= since,
        latest_at=max(article.published_at for article in articles),
        confidence=confidence(story),
        actors=_actors(story),
        act=most_frequent([one.act for one in signals]),
        stage=most_frequent([one.stage for one in signals]),
        related=tuple(map(_related, related)),
    )


def citation(article: WeekArticle | CitedArticle) -> Citation:
    """The article as it is cited. An aggregator's headline loses its credit, which the outlet repeats."""
    return Citation(
        article_id=article.article_id,
        outlet=article.outlet,
        title=_headline(article),
        published_at=article.published_at,
        url=article.url,
        language=article.language,
        genre=article.genre,
    )


def _related(story: RankedStory) -> RelatedStory:
    cited = citation(story.articles[0])
    return RelatedStory(
        story_id=story.story_id, **{field.name: getattr(cited, field.name) for field in fields(cited)}
    )


def _headline(article: WeekArticle | CitedArticle) -> str:
    return headline(article.title, article.publisher) if article.kind == "aggregator" else article.title


def _sentences(cited: Sequence[WeekArticle], limit: int, words: int) -> tuple[Sentence, ...]:
    """The sentences of the first cited article that has some: an item quotes one article only.

    Nothing is quoted from a text that is not on topic by itself, unless none of the story is.
    """
    for article in [one for one in cited if one.is_clear] or cited:
        texts = quotable_sentences(article.title, article.summary, article.language, limit, words)
        if texts:
            return tuple(
                Sentence(text=text, source=citation(article), shortened=text.endswith(ELLIPSIS))
                for text in texts
            )
    return ()


def _actors(story: RankedStory) -> tuple[str, ...]:
    """Who is named, state bodies first."""
    signals = story.article_signals()
    officials = [name for one in signals for name in one.officials]
    others = [name for one in signals for name in one.others]
    return tuple(dict.fromkeys(officials + others))[:ACTORS]
