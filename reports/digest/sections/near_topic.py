"""Stories that are perhaps on topic: listed, so that nothing important is lost unseen, and never counted."""

from __future__ import annotations

from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation, citation
from reports.digest.rank import confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class NearTopic:
    """A story that is not counted: its most probable desk, the probability of any desk, and its source.

    `filed_with` is the thread whose desk it has instead, if it has one: then its desk's list was full.
    """

    story_id: int
    desk: str
    on_topic: float
    source: Citation
    filed_with: int | None = None


def build(context: IssueContext) -> tuple[NearTopic, ...]:
    """Returns the stories, the most probable first."""
    return tuple(
        NearTopic(
            story_id=story.story_id,
            desk=story.articles[0].desk,
            on_topic=confidence(story),
            source=citation(story.articles[0]),
            filed_with=story.matter.filed_with,
        )
        for story in context.near_topic
    )
