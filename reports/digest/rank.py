"""The importance of a story and the confidence in its desk: the order in which a digest considers stories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from warehouse.queries.article_signals import NO_SIGNALS, Signals
from warehouse.queries.week_articles import WeekArticle

# Longer headlines are those of an aggregator that joins several into one.
LONG_TITLE = 140
# From this confidence on a story is printed as news of its desk; see docs/decisions/0021.
SURE = 0.5
# The highest confidence of a story whose score is below LIKELY.
UNLIKELY = 0.375
# The desks' scores are calibrated on a corpus a quarter of which is on topic; of real feeds a fiftieth is, so
# a middling score is more often wrong there.
LIKELY, VERY_LIKELY = 0.75, 0.95
PRIMARY_GENRES = ("primary_document", "official_statement")
# Genres that comment on events instead of reporting them.
TALK_GENRES = ("analysis", "explainer", "research", "event_report")


@dataclass(frozen=True, slots=True)
class RankedStory:
    """A story's counted articles of the week, the one that represents it first, and the signals of each."""

    articles: tuple[WeekArticle, ...]
    signals: Mapping[int, Signals]

    @property
    def story_id(self) -> int:
        """The story."""
        return self.articles[0].story_id

    @property
    def publishers(self) -> tuple[str, ...]:
        """The publisher families of its articles, in the order of the articles."""
        return tuple(dict.fromkeys(article.publisher for article in self.articles))

    @property
    def texts(self) -> int:
        """How many distinct texts it has."""
        return len({article.text_id for article in self.articles})

    @property
    def is_talk(self) -> bool:
        """Whether all its articles are analysis or research."""
        return all(article.genre in TALK_GENRES for article in self.articles)

    def article_signals(self) -> list[Signals]:
        """The signals of its articles, in their order."""
        return [self.signals.get(article.article_id, NO_SIGNALS) for article in self.articles]


def ranked_stories(articles: Iterable[WeekArticle], signals: Mapping[int, Signals]) -> list[RankedStory]:
    """Returns the stories of the articles, most important first."""
    stories: defaultdict[int, list[WeekArticle]] = defaultdict(list)
    for article in articles:
        stories[article.story_id].append(article)
    ranked = [
        RankedStory(tuple(sorted(story, key=_representative_first)), signals) for story in stories.values()
    ]
    return sorted(
        ranked, key=lambda story: (-importance(story), story.articles[0].published_at, story.story_id)
    )


def importance(story: RankedStory) -> float:
    """Returns how important a story is to its desk: publishers first, then texts, documents, offices."""
    primary = any(article.genre in PRIMARY_GENRES for article in story.articles)
    weight = len(story.publishers) + 0.3 * story.texts + 0.6 * primary - 0.5 * story.is_talk
    # Rounded: what is equal on paper must not be ordered by the last bits of sums.
    return round(weight + 0.3 * _official(story) + confidence(story) + 0.1 * _best_score(story), 6)


def confidence(story: RankedStory) -> float:
    """Returns how sure it is (0 to 1) that the story is news of its desk, by four independent signals.

    The score of the classification (whole from .95, half from .75; half of that if the articles have
    headlines only), a second publisher's article that is likely of the desk, a state body that is named,
    and a topic of the desk or an act (half each). Without a likely score the story is never sure,
    whatever the other signals say.
    """
    known, best = story.article_signals(), _best_score(story)
    likely = {article.publisher for article in story.articles if article.score >= LIKELY}
    by_score = 1.0 if best >= VERY_LIKELY else 0.5 if best >= LIKELY else 0.0
    if not any(article.summary for article in story.articles):
        by_score /= 2
    topical = 0.5 * any(signals.topics for signals in known) + 0.5 * any(signals.act for signals in known)
    share = (by_score + float(len(likely) > 1) + float(_official(story)) + topical) / 4
    return share if best >= LIKELY else min(share, UNLIKELY)


def _best_score(story: RankedStory) -> float:
    return max(article.score for article in story.articles)


def _official(story: RankedStory) -> bool:
    return any(signals.officials for signals in story.article_signals())


def independent(story: RankedStory, limit: int, not_first: Iterable[str] = ()) -> list[WeekArticle]:
    """Returns the articles to cite: the best of each family, at most `limit`, none of `not_first` first."""
    cited: dict[str, WeekArticle] = {}
    for article in story.articles:
        cited.setdefault(article.publisher, article)
    last = set(not_first)
    return sorted(cited.values(), key=lambda article: article.publisher in last)[:limit]


def _representative_first(article: WeekArticle) -> tuple[bool, bool, bool, bool, float, str, int]:
    return (
        article.is_copy,
        article.genre in TALK_GENRES,
        not article.summary,
        len(article.title) > LONG_TITLE,
        -article.similarity,
        article.published_at.isoformat(),
        article.article_id,
    )


def most_frequent(values: Sequence[str | None]) -> str | None:
    """Returns the value that most articles have, the earliest of equally frequent ones, or None."""
    given = [value for value in values if value]
    return max(given, key=lambda value: (given.count(value), -given.index(value))) if given else None
