"""The recall that rulings lead to, its interval, and when there are too few of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import issue

from reports.digest.audit_sample import AuditSample
from reports.digest.items import Citation
from reports.digest.recall import WeekSample, audit_line, estimate, read_samples
from reports.digest.record import to_json
from reports.errors import ReportError


def week(number: int, size: int = 10, counted: int = 100, off_topic: int = 1_000) -> WeekSample:
    texts = tuple(
        Citation(article_id=100 * number + place, outlet="Wire", title="Match", published_at=None, url=None)
        for place in range(size)
    )
    return WeekSample(
        week=f"2026-W{number}", counted=counted, sample=AuditSample(off_topic=off_topic, texts=texts)
    )


def ruled(*weeks: WeekSample, missed: int = 0) -> dict[int, str]:
    ids = [one.article_id for week in weeks for one in week.sample.texts]
    return {id_: "regulation" if place < missed else "off_topic" for place, id_ in enumerate(ids)}


def test_missed_ones_are_scaled_to_all_that_is_off_topic() -> None:
    weeks = [week(31), week(32)]
    recall = estimate(weeks, ruled(*weeks, missed=2))
    assert (recall.counted, recall.off_topic, recall.ruled, recall.missed) == (200, 2_000, 20, 2)
    assert recall.recall == 0.5  # 200 counted beside 2,000 * 2 / 20 missed


def test_interval_is_that_of_clopper_and_pearson() -> None:
    """With none of n missed the upper bound of the share is 1 - 0.025 ** (1 / n)."""
    weeks = [week(31)]
    recall = estimate(weeks, ruled(*weeks))
    assert (recall.recall, recall.high) == (1.0, 1.0)
    assert recall.low == pytest.approx(100 / (100 + 1_000 * (1 - 0.025 ** (1 / 10))), rel=1e-5)


def test_few_rulings_are_said_to_be_too_few() -> None:
    weeks = [week(31)]
    assert "too few rulings" in audit_line(estimate(weeks, ruled(*weeks)))
    many = [week(number, off_topic=100) for number in range(10, 40)]
    recall = estimate(many, ruled(*many, missed=3))
    assert recall.is_telling
    assert "too few" not in audit_line(recall)


def test_week_ruled_in_part_does_not_enter() -> None:
    weeks = [week(31), week(32)]
    rulings = ruled(*weeks)
    del rulings[3205]
    assert estimate(weeks, rulings).weeks == ("2026-W31",)


def test_without_rulings_nothing_is_said() -> None:
    recall = estimate([week(31), week(32, size=0)], {})
    assert (recall.recall, recall.ruled) == (None, 0)
    assert audit_line(recall).endswith("nothing can be said of the recall.")


def test_samples_are_read_from_the_issues_that_have_one(tmp_path: Path) -> None:
    sample = week(33).sample
    (tmp_path / "2026-W33.json").write_text(to_json(issue(audit=sample)), "utf-8")
    (tmp_path / "2026-W32.json").write_text(to_json(issue()), "utf-8")
    (tmp_path / "other.json").write_text("{}", "utf-8")
    assert read_samples(tmp_path) == [WeekSample(week="2026-W33", counted=3, sample=sample)]
    (tmp_path / "2026-W31.json").write_text("{}", "utf-8")
    with pytest.raises(ReportError, match="is not an issue"):
        read_samples(tmp_path)
