"""The texts of a week that were filed off topic and are drawn for a person to rule on."""

from __future__ import annotations

from dataclasses import dataclass

from reports.digest.context import IssueContext
from reports.digest.items import Citation
from warehouse.queries.off_topic_sample import off_topic_sample

SAMPLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSample:
    """The texts drawn, of `off_topic` texts of the week that are filed off topic."""

    off_topic: int
    texts: tuple[Citation, ...]


def draw(context: IssueContext) -> AuditSample:
    """Returns the sample of the week, the same whenever it is drawn as of the same moment."""
    week = context.week
    drawn = off_topic_sample(context.con, str(week), week.start, week.end, context.as_of, SAMPLE)
    cited = context.citations(drawn.article_ids)
    return AuditSample(off_topic=drawn.texts, texts=tuple(cited[id_] for id_ in drawn.article_ids))
