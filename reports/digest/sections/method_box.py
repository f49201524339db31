"""The method box: how the numbers are made and how to repeat them. It has no values of its own."""

from __future__ import annotations

from datetime import datetime

from reports.trends.comparison import BASELINE_WEEKS
from reports.week import Week


def method(week: Week, watermark: datetime) -> tuple[str, ...]:
    """The paragraphs; the last has the commands that check the issue and make it again."""
    return (
        "The unit is the story: all articles on one event, copies counted once; "
        "opinion, newsletters, vendors' posts and items without a usable date are never counted. A story is "
        "printed as news if independent signals agree that it is of its desk; "
        "the others are counted, and listed as low confidence.",
        f"A week is compared with the {BASELINE_WEEKS} complete weeks before it by an exact test on Poisson "
        "counts, widened by their dispersion, at a false-discovery rate of 10 %; "
        "“risen” needs two publisher families and the agreement of the feeds watched throughout.",
        "Every headline and sentence is a cited article's; "
        "names, acts and stages are extracted by machine. The counts come from the macro counted_articles "
        "and the views stories and issues; `watchfloor verify` checks this page, `watchfloor digest --week "
        f"{week} --as-of {watermark:%Y-%m-%dT%H:%M:%SZ}` makes it again.",
    )
