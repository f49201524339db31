"""What analysts ruled: articles that must be, or must not be, in one story. Pure.

Rulings are on articles, not on stories, so that they hold for stories formed anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping


class Constraints:
    """The rulings in force, and in which story each article they name is."""

    def __init__(
        self,
        together: Iterable[tuple[int, int]] = (),
        apart: Iterable[tuple[int, int]] = (),
        story_of: Mapping[int, int] | None = None,
    ) -> None:
        """Pairs of article ids, and the stories of those among them that have one."""
        self._together = _both_ways(together)
        self._apart = _both_ways(apart)
        self._story_of = dict(story_of or {})

    def required(self, article_id: int) -> int | None:
        """The story an article was ruled into: that of the first of its companions, by id, which has one."""
        stories = (self._story_of.get(companion) for companion in sorted(self._together.get(article_id, ())))
        return next((story for story in stories if story is not None), None)

    def forbidden(self, article_id: int) -> set[int]:
        """The stories an article was ruled out of."""
        return {self._story_of[other] for other in self._apart.get(article_id, ()) if other in self._story_of}

    def keep_apart(self, story_id: int, other_id: int) -> bool:
        """Whether an article of one story was ruled out of the other."""
        return any(
            self._story_of.get(article_id) == story_id
            and any(self._story_of.get(other) == other_id for other in others)
            for article_id, others in self._apart.items()
        )

    def assigned(self, article_id: int, story_id: int) -> None:
        """Notes that an article is in a story now."""
        if article_id in self._together or article_id in self._apart:
            self._story_of[article_id] = story_id

    def merged(self, story_id: int, into: int) -> None:
        """Notes that all of a story is in another now."""
        for article_id, story in self._story_of.items():
            if story == story_id:
                self._story_of[article_id] = into


def _both_ways(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    linked: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        linked[one].add(other)
        linked[other].add(one)
    return dict(linked)
