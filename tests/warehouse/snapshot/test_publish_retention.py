"""Which published snapshots are kept, and what they are called."""

from __future__ import annotations

from datetime import timedelta

from fakes import NOW
from hypothesis import given
from hypothesis import strategies as st

from warehouse.snapshot.manifest import new_name
from warehouse.snapshot.publish import to_drop

HOURLY = [new_name(NOW - timedelta(hours=hours), ()) for hours in range(24 * 10)]  # the latest first


def kept(names: list[str], keep_days: int, held: set[str]) -> list[str]:
    dropped = to_drop(names, NOW, keep_days, held=held)
    return sorted((name for name in names if name not in dropped), reverse=True)


def test_last_of_each_day_is_kept_for_some_days_and_the_held_ones_too() -> None:
    assert kept(HOURLY, 3, set(HOURLY[:2])) == [
        "20260817T060000Z",
        "20260817T050000Z",
        "20260816T230000Z",
        "20260815T230000Z",
    ]


def test_without_days_only_the_held_ones_are_kept() -> None:
    assert kept(HOURLY, 0, set(HOURLY[:2])) == HOURLY[:2]


def test_second_of_one_second_counts_as_the_later() -> None:
    assert kept(["20260817T060000Z", "20260817T060000Z-2", "20260817T060000Z-10"], 1, set()) == [
        "20260817T060000Z-10"
    ]


def test_folders_of_other_names_are_left_alone() -> None:
    assert to_drop(["my-notes", "20260101", "latest", ".fresh"], NOW, 0, held=()) == []


def test_name_that_is_taken_gets_a_number() -> None:
    first = new_name(NOW, [])
    assert (first, new_name(NOW, [first])) == ("20260817T060000Z", "20260817T060000Z-2")


@given(st.sets(st.sampled_from(HOURLY)), st.integers(0, 20))
def test_dropping_once_is_enough_and_never_takes_a_held_one(names: set[str], keep_days: int) -> None:
    held = set(sorted(names)[-2:])
    dropped = set(to_drop(names, NOW, keep_days, held=held))
    assert not dropped & held
    assert to_drop(names - dropped, NOW, keep_days, held=held) == []
