"""Synthetic articles about labelled events by many publishers, with vectors like those of a model. Seeded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

DIMENSION = 384
PUBLISHERS = 200
START = datetime(2026, 3, 2, tzinfo=UTC)
_VOCABULARY = 30_000
_SUBJECTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticArticle:
    """A synthetic article; `event` is its label."""

    article_id: int
    event: int
    publisher: str
    title: str
    text: str
    moment: datetime
    vector: np.ndarray


def synthetic_stories(size: int, days: float, seed: int = 1) -> list[SyntheticArticle]:
    """Articles in order of time: events of one to some twenty articles within four days, words by Zipf's law.

    A vector is the weighted sum of a subject, an event and the article itself: cosines are about .75 within
    an event, .35 within a subject and .1 beyond, as those of MiniLM on the recorded feeds.
    """
    rng = np.random.default_rng(seed)
    words = np.array([f"w{number:x}" for number in range(_VOCABULARY)])
    weights = 1 / np.arange(5, _VOCABULARY + 5)
    common = rng.choice(_VOCABULARY, (size, 40), p=weights / weights.sum())
    everyone, subjects = _unit(rng, 1), _unit(rng, _SUBJECTS)
    articles: list[SyntheticArticle] = []
    event = 0
    while len(articles) < size:
        many = min(int(rng.zipf(1.7)), 25, size - len(articles))
        subject, kernel = rng.integers(_SUBJECTS), _unit(rng, 1)[0]
        own = rng.integers(_VOCABULARY // 10, _VOCABULARY, 12)
        since = rng.random() * days
        for _ in range(many):
            number = len(articles)
            mine, filler = rng.permutation(own), common[number]
            vector = 0.32 * everyone[0] + 0.5 * subjects[subject] + 0.63 * kernel + 0.5 * _unit(rng, 1)[0]
            articles.append(
                SyntheticArticle(
                    article_id=number + 1,
                    event=event,
                    publisher=f"outlet {rng.integers(PUBLISHERS)}",
                    title=" ".join(words[[*mine[:5], *filler[:4]]]),
                    text=" ".join(words[[*mine[:9], *filler[4:]]]),
                    moment=START + timedelta(days=since + 4 * rng.random() ** 2),
                    vector=(vector / np.linalg.norm(vector)).astype(np.float32),
                )
            )
        event += 1
    return sorted(articles, key=lambda one: (one.moment, one.article_id))


def _unit(rng: np.random.Generator, many: int) -> np.ndarray:
    vectors = rng.standard_normal((many, DIMENSION))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
