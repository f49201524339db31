"""A chosen story as it is printed: headline, sentences, citations, counts. Every word is a cited article's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from reports.digest.digest import Bullet, Citation, Item, Section, Sentence
from reports.digest.rank import Told, confidence, first_of, independent
from reports.digest.sentences import ELLIPSIS, fitting, headline, shortened, speaking_sentences
from warehouse.queries.citations import CitedArticle
from warehouse.queries.week_articles import WeekArticle

CITATIONS = 3
LEAD_SENTENCES, ITEM_SENTENCES = 2, 1
LEAD_WORDS, ITEM_WORDS, BULLET_WORDS = 42, 38, 25
ACTORS = 4


def item(
    story: Told,
    since: datetime,
    sentences: int,
    words: int,
    *,
    barred: Iterable[str] = (),
    related: Sequence[Told] = (),
) -> Item:
    """The story with so many sentences of so many words; `since` is when the week began; none of `barred` speaks first."""
    cited = independent(story, CITATIONS, barred)
    first, articles, known = cited[0], story.articles, story.known()
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
        act=first_of([signals.act for signals in known]),
        stage=first_of([signals.stage for signals in known]),
        related=tuple(citation(other.articles[0]) for other in related),
    )


def bullet(section: Section) -> Bullet:
    """The desk's line at the top: its first item's headline, or a sentence of it if that is shorter than the limit.

    The first item, for a desk may have news and no lead: when whoever tells it leads another desk.
    """
    desk, name = section.desk, section.name
    if not section.items:
        return Bullet(desk=desk, name=name, text="", source=None)
    first = section.items[0]
    title, source = first.title, first.citations[0]
    if len(title.split()) <= BULLET_WORDS:
        return Bullet(desk=desk, name=name, text=title, source=source)
    for sentence in first.sentences:
        if cut := fitting(sentence.text, BULLET_WORDS):
            return Bullet(desk=desk, name=name, text=cut, source=sentence.source)
    text = shortened(title, BULLET_WORDS) or " ".join(title.split()[: BULLET_WORDS - 1]) + ELLIPSIS
    return Bullet(desk=desk, name=name, text=text, source=source)


def citation(article: WeekArticle | CitedArticle) -> Citation:
    """The article as it is cited; an aggregator's credit is told by the outlet."""
    return Citation(
        article_id=article.article_id,
        outlet=article.outlet,
        title=_headline(article),
        published_at=article.published_at,
        url=article.url,
        language=article.language,
        genre=article.genre,
    )


def _headline(article: WeekArticle | CitedArticle) -> str:
    return headline(article.title, article.publisher) if article.kind == "aggregator" else article.title


def _sentences(cited: Sequence[WeekArticle], limit: int, words: int) -> tuple[Sentence, ...]:
    """The sentences of the first cited article that has some: an item speaks with one voice."""
    for article in cited:
        said = speaking_sentences(article.title, article.summary, article.language, limit, words)
        if said:
            return tuple(
                Sentence(text=text, source=citation(article), shortened=text.endswith(ELLIPSIS)) for text in said
            )
    return ()


def _actors(story: Told) -> tuple[str, ...]:
    """Who is named, state bodies first."""
    known = story.known()
    named = [name for signals in known for name in signals.officials] + [
        name for signals in known for name in signals.others
    ]
    return tuple(dict.fromkeys(named))[:ACTORS]
