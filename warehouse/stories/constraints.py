"""Must-link and cannot-link constraints, which analysts set on pairs of articles. Pure.

Constraints are on articles, not on stories, so that they hold for stories that are formed anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping


class Constraints:
    """The constraints in force, and the present story of each article they name."""

    def __init__(
        self,
        must_link: Iterable[tuple[int, int]] = (),
        cannot_link: Iterable[tuple[int, int]] = (),
        story_of: Mapping[int, int] | None = None,
    ) -> None:
        """Takes pairs of article ids, and the stories of those of them that have one."""
        self._must_link = _both_ways(must_link)
        self._cannot_link = _both_ways(cannot_link)
        self._story_of = dict(story_of or {})

    def required(self, article_id: int) -> int | None:
        """Returns the story an article must join: that of the first linked article, by id, that has one."""
        stories = (self._story_of.get(linked) for linked in sorted(self._must_link.get(article_id, ())))
        return next((story for story in stories if story is not None), None)

    def forbidden(self, article_id: int) -> set[int]:
        """The stories an article cannot join."""
        return {
            self._story_of[other]
            for other in self._cannot_link.get(article_id, ())
            if other in self._story_of
        }

    def allows(self, article_id: int, story_id: int) -> bool:
        """Whether an article may join a story."""
        required = self.required(article_id)
        return story_id == required if required is not None else story_id not in self.forbidden(article_id)

    def keep_apart(self, story_id: int, other_id: int) -> bool:
        """Whether an article of one story cannot be linked with one of the other."""
        return any(
            self._story_of.get(article_id) == story_id
            and any(self._story_of.get(other) == other_id for other in others)
            for article_id, others in self._cannot_link.items()
        )

    def record_assignment(self, article_id: int, story_id: int) -> None:
        """Records that an article is in a story now."""
        if article_id in self._must_link or article_id in self._cannot_link:
            self._story_of[article_id] = story_id

    def record_merge(self, story_id: int, into: int) -> None:
        """Records that all articles of a story are in another now."""
        for article_id, story in self._story_of.items():
            if story == story_id:
                self._story_of[article_id] = into


def _both_ways(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    linked: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        linked[one].add(other)
        linked[other].add(one)
    return dict(linked)
