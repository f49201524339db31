"""Stories that are perhaps on topic: listed, so that nothing important is lost unseen, and never counted."""

from __future__ import annotations

from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class NearTopic:
    """A story that is not counted: its most probable desk, the probability of any desk, and its source."""

    story_id: int
    desk: str
    on_topic: float
    source: Citation


def build(context: IssueContext) -> tuple[NearTopic, ...]:
    """Returns the stories, the most probable first."""
    stories = context.near_topic
    cited = context.citations([story.article_id for story in stories])
    return tuple(
        NearTopic(
            story_id=story.story_id,
            desk=story.desk,
            on_topic=story.on_topic,
            source=cited[story.article_id],
        )
        for story in stories
    )
