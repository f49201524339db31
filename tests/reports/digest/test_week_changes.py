"""The changes since last week, and the restatement of last week."""

from __future__ import annotations

from dataclasses import replace

from fakes import NOW, WEEK, item

from reports.digest.items import Item
from reports.digest.sections.week_changes import MOST_CHANGES, Change, changed_stories, restated
from warehouse.queries.story_history import DormantStory, EarlierCoverage
from warehouse.store.issues import IssueRecord

BEFORE = EarlierCoverage(publishers=2, stage="proposed", last_at=WEEK.start)
RECORD = IssueRecord(
    week="2026-W32",
    watermark=NOW,
    articles=60,
    stories=41,
    desks={"regulation": 9, "arms_race": 32},
    content_hash=1,
)


def old(story_id: int = 1, publishers: int = 2, stage: str | None = None) -> Item:
    return replace(item(is_new=False, publishers=publishers), story_id=story_id, stage=stage)


def changes(*items: Item, back: set[int] | None = None, quiet: tuple[DormantStory, ...] = ()) -> list[Change]:
    cited = {one.article_id: item("Gone quiet").citations[0] for one in quiet}
    before = {one.story_id: BEFORE for one in items if not one.is_new}
    return list(changed_stories(items, (9, 4), before, back or set(), quiet, cited))


def kinds(found: list[Change]) -> list[str]:
    return [one.kind for one in found]


def test_week_like_the_last_has_no_change() -> None:
    assert changes(old()) == []


def test_story_told_more_widely_than_before_has_escalated() -> None:
    (one,) = changes(old(publishers=3))
    assert (one.kind, one.before, one.after, one.stages) == ("escalated", 2, 3, None)


def test_story_whose_stage_moved_has_escalated() -> None:
    (one,) = changes(old(publishers=1, stage="adopted"))
    assert (one.kind, one.stages) == ("escalated", ("proposed", "adopted"))
    assert changes(old(stage="proposed")) == []


def test_story_that_came_back_is_told_as_that_and_not_twice() -> None:
    assert kinds(changes(old(publishers=5), back={1})) == ["resurfaced"]


def test_new_stories_are_one_line_with_their_number() -> None:
    (one,) = changes(item("First"), item("Second"))
    assert (one.kind, one.title, one.before, one.after) == ("new", "First", 9, 4)


def test_six_lines_are_never_exceeded() -> None:
    quiet = tuple(DormantStory(story_id=n, desk="regulation", article_id=n, publishers=3) for n in range(5))
    many = [old(story_id=n, publishers=9) for n in range(9)]
    found = changes(item("First"), *many, back={7, 8}, quiet=quiet)
    assert kinds(found) == ["new", "escalated", "escalated", "resurfaced", "quiet"]
    assert len(found) <= MOST_CHANGES


def test_last_week_is_restated_in_all_and_where_it_differs() -> None:
    made = restated(RECORD, {"regulation": 14, "arms_race": 32}, 46)
    assert made is not None
    assert (made.week, made.before, made.after, made.desks) == ("2026-W32", 41, 46, (("regulation", 9, 14),))


def test_last_week_that_stands_or_was_never_printed_is_not_restated() -> None:
    assert restated(RECORD, {"regulation": 9, "arms_race": 32}, 41) is None
    assert restated(None, {"regulation": 9}, 9) is None


def test_stories_that_only_changed_desks_are_restated() -> None:
    made = restated(RECORD, {"regulation": 10, "arms_race": 31}, 41)
    assert made is not None
    assert made.desks == (("regulation", 9, 10), ("arms_race", 32, 31))
