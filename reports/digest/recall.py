"""How much of what is on topic the digests counted: the estimate from rulings on a sample of the rest.

Of the n texts of the samples k were ruled to be on topic. If N texts were filed off topic in the same weeks,
about M = N k / n were missed, and with C counted texts the recall is C / (C + M). The interval of k / n is
that of Clopper and Pearson (Biometrika 26, 1934), exact for a binomial proportion: it covers the true share
in at least 95 % of samples, also if k is 0. Recall falls as the share rises, so the ends of one interval give
those of the other.

What it takes for granted: counted texts are on topic; rulings are right; the share is about the same in each
week, as weeks of any size give samples of one size. Left out on both sides are copies, and stories that are
perhaps on topic, which the issue lists. Only weeks whose sample is ruled completely enter: who rules only on
what looks interesting has no random sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy import stats

from reports.digest.audit_sample import AuditSample
from reports.digest.record import from_json
from reports.errors import ReportError
from warehouse.classify.taxonomy import OFF_TOPIC
from warehouse.rounding import six_digits

CONFIDENCE = 0.95
# A wider interval says no more than that some are found and some are missed.
WIDEST = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSample:
    """The sample in the issue of a week, beside the distinct texts that it counted."""

    week: str
    counted: int
    sample: AuditSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The estimate over all weeks whose samples are ruled: `missed` of `ruled` texts were on topic.

    `counted` and `off_topic` are texts of these weeks. `recall`, `low` and `high` (0 to 1) are None without a
    ruling.
    """

    weeks: tuple[str, ...]
    counted: int
    off_topic: int
    ruled: int
    missed: int
    recall: float | None
    low: float | None
    high: float | None

    @property
    def is_telling(self) -> bool:
        """Whether the interval is narrow enough to say anything."""
        return self.low is not None and self.high is not None and self.high - self.low <= WIDEST


_ISSUE = re.compile(r"\d{4}-W\d{2}\.json")


def read_samples(folder: Path) -> list[WeekSample]:
    """Returns the samples of the issues in a folder, the earliest week first; issues of before have none.

    Raises ReportError if a file is no issue.
    """
    samples = []
    for path in sorted(folder.glob("*.json")):
        if not _ISSUE.fullmatch(path.name):
            continue
        try:
            digest = from_json(path.read_text("utf-8"))
        except ValueError as error:
            raise ReportError(
                str(path), f"is not an issue. `watchfloor digest --week {path.stem}` writes it again."
            ) from error
        if digest.audit:
            samples.append(
                WeekSample(week=str(digest.week), counted=digest.corpus.texts, sample=digest.audit)
            )
    return samples


def estimate(samples: Sequence[WeekSample], ruled: Mapping[int, str]) -> Recall:
    """Returns the recall that the rulings, a desk or off_topic by article, lead to."""
    complete = [one for one in samples if one.sample.texts and _ids(one.sample) <= ruled.keys()]
    desks = [ruled[id_] for one in complete for id_ in _ids(one.sample)]
    missed = sum(desk != OFF_TOPIC for desk in desks)
    counted = sum(one.counted for one in complete)
    off_topic = sum(one.sample.off_topic for one in complete)
    recall = low = high = None
    if desks:
        share = stats.binomtest(missed, len(desks)).proportion_ci(CONFIDENCE, method="exact")
        recall, low, high = (
            _recall(counted, off_topic * float(one)) for one in (missed / len(desks), share.high, share.low)
        )
    return Recall(
        weeks=tuple(one.week for one in complete),
        counted=counted,
        off_topic=off_topic,
        ruled=len(desks),
        missed=missed,
        recall=recall,
        low=low,
        high=high,
    )


def _recall(counted: int, missed: float) -> float | None:
    return six_digits(counted / (counted + missed)) if counted + missed else None


def _ids(sample: AuditSample) -> set[int]:
    return {one.article_id for one in sample.texts}


def sampled_ids(samples: Iterable[WeekSample]) -> list[int]:
    """Returns the articles of all samples."""
    return sorted({id_ for one in samples for id_ in _ids(one.sample)})


def audit_line(recall: Recall) -> str:
    """What the rulings say, and plainly if they say too little."""
    if recall.recall is None or recall.low is None or recall.high is None:
        return "No week's sample is ruled completely, so nothing can be said of the recall."
    line = (
        f"Recall {recall.recall:.2f}, 95 % interval {recall.low:.2f} to {recall.high:.2f}: "
        f"{recall.missed} of {recall.ruled} sampled texts were on topic, of "
        f"{recall.off_topic:,} filed off topic beside {recall.counted:,} counted."
    )
    return line if recall.is_telling else f"{line} These are too few rulings to say how much is missed."
