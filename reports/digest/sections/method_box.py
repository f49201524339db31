"""The method box: how the numbers are made and how to repeat them; what became of the stories on topic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from reports.digest.audit_sample import AuditSample
from reports.digest.candidates import Standing, explain
from reports.digest.context import IssueContext
from reports.digest.phrases import count
from reports.digest.select import Place
from reports.trends.comparison import MOST_BASELINE
from reports.week import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """How many counted stories are where: the places of `candidates.py` that have any, and their numbers.

    `perhaps` is how many more are perhaps on topic.
    """

    stories: int
    places: tuple[tuple[str, int], ...]
    perhaps: int


def build(context: IssueContext) -> Selected:
    """Counts what became of the stories."""
    standings = Counter(one.standing for one in explain(context))
    places = tuple((str(one), standings[one]) for one in (*Place, Standing.BOTTOM_LINE) if standings[one])
    return Selected(
        stories=sum(number for _, number in places), places=places, perhaps=standings[Standing.PERHAPS]
    )


def method(
    week: Week, watermark: datetime, selected: Selected | None, audit: AuditSample | None
) -> tuple[str, ...]:
    """The paragraphs; the last has the commands that check the issue and make it again."""
    return (
        "The unit is the story: all articles on one event, copies counted once; "
        "opinion, newsletters, vendors' posts and items without a usable date are never counted. A story is "
        "filed by all its texts together, and printed as news if that is sure enough and it is important; "
        "stories less surely of their desk are counted, and listed as low confidence.",
        *(
            [f"{what_was_told(selected)} `watchfloor digest explain --week {week}` lists them."]
            if selected
            else []
        ),
        *([drawn(audit, week)] if audit and audit.texts else []),
        f"This week, the last two and the last four are compared with up to {MOST_BASELINE} weeks before "
        "them, on the feeds watched in all of these weeks, by an exact test of counts that allows for their "
        "dispersion; fewer than one issue in ten calls anything risen or fallen when nothing has changed. "
        "“Risen” needs two publisher families.",
        "Every headline and sentence is a cited article's; "
        "names, acts and stages are extracted by machine. The counts come from the macro counted_articles "
        "and the views stories and issues; `watchfloor verify` checks this page, `watchfloor digest --week "
        f"{week} --as-of {watermark:%Y-%m-%dT%H:%M:%SZ}` makes it again.",
    )


_NEWS = (Place.LEAD, Place.ITEM, Place.HEADLINE)
_LISTED = {
    Place.LOW_CONFIDENCE: "as of low confidence",
    Place.ANALYSIS: "as analysis",
    Place.SAME_MATTER: "below one of the same matter",
    Standing.BOTTOM_LINE: "in the bottom line only",
}
_LEFT_OUT = {Place.UNIMPORTANT: "were not important enough", Place.NO_SPACE: "had no space"}


def what_was_told(selected: Selected) -> str:
    """How many stories were told and listed, and how many were not and why, in one sentence."""
    number = Counter(dict(selected.places))
    told = [f"{sum(number[one] for one in _NEWS)} were told as news"]
    told += [f"{number[one]} listed {where}" for one, where in _LISTED.items() if number[one]]
    clauses = [f"Of {count(selected.stories, 'story', 'stories')} on topic {', '.join(told)}"]
    if left_out := [f"{number[one]} {why}" for one, why in _LEFT_OUT.items() if number[one]]:
        clauses.append(f"{' and '.join(left_out)}, so only the appendix has them")
    if selected.perhaps:
        clauses.append(f"{selected.perhaps} more {'is' if selected.perhaps == 1 else 'are'} perhaps on topic")
    return f"{'; '.join(clauses)}."


def drawn(audit: AuditSample, week: Week) -> str:
    """How many texts are drawn for a ruling, and how to see them."""
    return (
        f"Of {count(audit.off_topic, 'text')} filed off topic {len(audit.texts)} are drawn for a person to "
        f"rule on: `watchfloor digest audit --week {week}`."
    )
