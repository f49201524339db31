"""A selected story as printed: headline, sentences, citations, counts. Every word is a cited article's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType

from reports.digest.differences import ComparedText, Stated, differences
from reports.digest.rank import RankedStory, confidence, independent, most_frequent
from reports.digest.sentences import ELLIPSIS, headline, quotable_sentences
from reports.digest.story_sentences import SourceText, Space, tell
from warehouse.queries.citations import CitedArticle
from warehouse.queries.story_texts import ArticleText
from warehouse.queries.week_articles import WeekArticle

CITATIONS = 3
ACTORS = 4
# So many outlets' texts are read for the sentences of a story.
TEXTS_READ = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """How much is quoted of a story: sentences, of feeds' summaries and of whole texts, and words of each."""

    of_summaries: int
    of_texts: Space

    @property
    def words(self) -> int:
        """Words of a sentence at most."""
        return self.of_texts.words


LEAD = Quoting(of_summaries=2, of_texts=Space(sentences=4, words=42, words_of_all=100))
ITEM = Quoting(of_summaries=1, of_texts=Space(sentences=2, words=38, words_of_all=55))


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
class Difference:
    """Two passages of cited articles that state different numbers of `of`: a noun, "amount" or "share".

    Of two days the earlier one's stands first.
    """

    of: str
    passages: tuple[Sentence, Sentence]

    @property
    def is_of_two_days(self) -> bool:
        """Whether the articles are of different days, so that the matter may have changed."""
        first, second = (one.source.published_at for one in self.passages)
        return first is not None and second is not None and first.date() != second.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierStep:
    """What happened before in the thread of a story: the latest step before the week, by its source.

    `step` is the place of the story in its thread, which began on `since`. `told_in` is the ISO week whose
    issue counted the step before, None if none did; `is_sure` whether an instrument, a citation or an analyst
    links them, rather than shared names and words.
    """

    thread_id: int
    step: int
    since: date
    happened_on: date
    is_sure: bool
    source: Citation
    told_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story in the digest. The counts are the week's: articles, distinct texts, publisher families.

    `title` is the headline of the first citation, without the credit that an aggregator adds. `confidence` is
    0 to 1, see rank.py. `actors`, `act` and `stage` are extracted: who is named, what is done, how far it is.
    `related` are stories of the same matter that are not printed as items of their own. `differences` are
    numbers on which outlets differ; issues before whole texts were read have none. `of_document`: the first
    citation is the primary document that the others report. `earlier` is what happened before in its thread:
    then the matter is not new, though the story may be. `filed_with` is the thread whose desk it has, if its
    own texts say none surely enough.
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
    differences: tuple[Difference, ...] = ()
    of_document: bool = False
    earlier: EarlierStep | None = None
    filed_with: int | None = None

    @property
    def quoted(self) -> tuple[tuple[Citation, tuple[Sentence, ...]], ...]:
        """The sentences in their order, those in a row of one article together, after its citation."""
        rows = groupby(self.sentences, key=lambda sentence: sentence.source)
        return tuple((source, tuple(sentences)) for source, sentences in rows)

    @property
    def names_outlets(self) -> bool:
        """Whether the outlets quoted must be named, as not all sentences are of the first citation."""
        return any(sentence.source != self.citations[0] for sentence in self.sentences)

    @property
    def single_source(self) -> bool:
        """Whether only one publisher family reports it."""
        return self.publishers == 1


def item(
    story: RankedStory,
    since: datetime,
    *,
    quoting: Quoting | None = None,
    texts: Mapping[int, ArticleText] = MappingProxyType({}),
    not_first: Iterable[str] = (),
    related: Sequence[RankedStory] = (),
    earlier: EarlierStep | None = None,
) -> Item:
    """Returns the story, with sentences if `quoting` says how many, and the articles that it cites.

    `texts` are the whole texts of its articles, by id. `since` is when the week began: a story that began
    then is new, unless its thread has an `earlier` step. No publisher of `not_first` is cited first.
    """
    cited = independent(story, CITATIONS, not_first)
    sentences = _sentences(story, cited, texts, quoting) if quoting else ()
    differing = _differences(story, texts) if quoting else ()
    first, articles, signals = cited[0], story.articles, story.article_signals()
    return Item(
        story_id=story.story_id,
        title=_headline(first),
        genre=first.genre,
        sentences=sentences,
        citations=_citations(sentences, cited),
        articles=len(articles),
        texts=story.texts,
        publishers=len(story.publishers),
        is_new=articles[0].story_since >= since and earlier is None,
        latest_at=max(article.published_at for article in articles),
        confidence=confidence(story),
        actors=_actors(story),
        act=most_frequent([one.act for one in signals]),
        stage=most_frequent([one.stage for one in signals]),
        related=tuple(map(_related, related)),
        differences=differing,
        of_document=first.is_document,
        earlier=earlier,
        filed_with=story.matter.filed_with,
    )


def _citations(sentences: Sequence[Sentence], cited: Sequence[WeekArticle]) -> tuple[Citation, ...]:
    """The article of the headline, those that are quoted, and others, three unless more are quoted."""
    first, *others = map(citation, cited)
    quoted = dict.fromkeys(sentence.source for sentence in sentences)
    needed = tuple(dict.fromkeys((first, *quoted)))
    return tuple(dict.fromkeys((*needed, *others)))[: max(CITATIONS, len(needed))]


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


def _sentences(
    story: RankedStory, cited: Sequence[WeekArticle], texts: Mapping[int, ArticleText], quoting: Quoting
) -> tuple[Sentence, ...]:
    """Sentences of the story's whole texts, or of a summary if that has more."""
    of_texts = _of_texts(story, cited[0], texts, quoting)
    of_summaries = _of_summaries(cited, texts, quoting)
    return of_texts if len(of_texts) >= len(of_summaries) else of_summaries


def _of_texts(
    story: RankedStory, first: WeekArticle, texts: Mapping[int, ArticleText], quoting: Quoting
) -> tuple[Sentence, ...]:
    """Sentences that say different things, from the texts of different outlets; English ones only."""
    read = {one.article_id: one for one in _with_english_text(story, texts, first)}
    sources = [
        SourceText(article_id=id_, title=_headline(one), text=texts[id_].text) for id_, one in read.items()
    ]
    told = tell(_headline(first), sources, quoting.of_texts) if sources else []
    return tuple(_sentence(read[article_id], text) for article_id, text in told)


def _differences(story: RankedStory, texts: Mapping[int, ArticleText]) -> tuple[Difference, ...]:
    """What the whole texts of the story's outlets differ on; English ones only."""
    read = _with_english_text(story, texts)
    compared = [
        ComparedText(publisher=one.publisher, day=one.published_at.date(), text=texts[one.article_id].text)
        for one in read
    ]

    def passage(stated: Stated) -> Sentence:
        return Sentence(text=stated.quantity.text, source=citation(read[stated.source]), shortened=True)

    return tuple(
        Difference(of=one.quantity.noun, passages=(passage(one), passage(other)))
        for one, other in differences(compared)
    )


def _with_english_text(
    story: RankedStory, texts: Mapping[int, ArticleText], first: WeekArticle | None = None
) -> list[WeekArticle]:
    """The quotable articles whose whole text is had and is English: its sentences we can read."""
    return [
        one
        for one in quotable_articles(story, first)
        if one.article_id in texts and texts[one.article_id].is_english
    ]


def quotable_articles(story: RankedStory, first: WeekArticle | None = None) -> list[WeekArticle]:
    """The articles of a story from which it may be told, `first` before the others: no copies.

    Nothing is quoted from a text that is not on topic by itself, unless none of the story is.
    """
    able = [one for one in story.articles if not one.is_copy] or list(story.articles)
    able = [one for one in able if one.is_clear] or able
    return sorted(able, key=lambda one: one is not first)[:TEXTS_READ]


def _of_summaries(
    cited: Sequence[WeekArticle], texts: Mapping[int, ArticleText], quoting: Quoting
) -> tuple[Sentence, ...]:
    """The first sentences of a cited article's summary, or of its text if it has none and is not English."""
    for article in [one for one in cited if one.is_clear] or cited:
        whole = texts.get(article.article_id)
        said = article.summary or (whole.text if whole and not whole.is_english else "")
        found = quotable_sentences(article.title, said, article.language, quoting.of_summaries, quoting.words)
        if found:
            return tuple(_sentence(article, text) for text in found)
    return ()


def _sentence(article: WeekArticle, text: str) -> Sentence:
    return Sentence(text=text, source=citation(article), shortened=text.endswith(ELLIPSIS))


def _actors(story: RankedStory) -> tuple[str, ...]:
    """Who is named, state bodies first."""
    signals = story.article_signals()
    officials = [name for one in signals for name in one.officials]
    others = [name for one in signals for name in one.others]
    return tuple(dict.fromkeys(officials + others))[:ACTORS]
