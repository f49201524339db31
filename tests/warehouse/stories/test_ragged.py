from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.stories import ragged as module
from warehouse.stories.ragged import Ragged, counts, find, flat, ranks, sums

GROUPS = st.lists(st.lists(st.integers(0, 200_000), max_size=12), min_size=1, max_size=8)


def ragged(groups: list[list[int]]) -> Ragged:
    made = Ragged()
    made.extend(*flat([np.array(group, np.int32) for group in groups]))
    return made


@settings(max_examples=40)
@given(GROUPS, st.data())
def test_rows_come_back_as_they_were_added(groups: list[list[int]], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(groups) - 1), max_size=10))
    made = ragged(groups)
    values, sizes = made.gather(np.array(rows, np.int64))
    assert values.tolist() == [value for row in rows for value in groups[row]]
    assert sizes.tolist() == made.sizes(np.array(rows, np.int64)).tolist() == [len(groups[row]) for row in rows]
    assert made.between(0, len(groups)).tolist() == [value for group in groups for value in group]


@settings(max_examples=40)
@given(GROUPS, st.data())
def test_values_are_found_in_the_row_they_are_asked_of_and_in_no_other(
    groups: list[list[int]], data: st.DataObject
) -> None:
    held = [sorted(set(group)) for group in groups]
    rows = data.draw(st.lists(st.integers(0, len(held) - 1), min_size=1, max_size=6))
    alike = st.sampled_from([value + shift for group in held for value in group for shift in (0, module._MARKS)] or [0])
    asked = [data.draw(st.lists(alike | st.integers(0, 200_000), max_size=10)) for _ in rows]
    found, places = find(ragged(held), np.array(rows), *flat([np.array(values, np.int32) for values in asked]))
    values = [(row, value) for row, values in zip(rows, asked, strict=True) for value in values]
    own = [value for row in rows for value in held[row]]
    assert found.tolist() == [place for place, (row, value) in enumerate(values) if value in held[row]]
    assert [own[place] for place in places] == [values[place][1] for place in found]


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(-9, 9), max_size=20), min_size=1, max_size=8))
def test_sums_counts_and_ranks_are_those_of_each_run_alone(groups: list[list[int]]) -> None:
    values, sizes = flat([np.array(group, np.int32) for group in groups])
    assert sums(values.astype(np.float64), sizes).tolist() == [sum(group) for group in groups]
    assert counts(values.astype(np.int64), sizes).tolist() == [sum(group) for group in groups]
    assert ranks(sizes).tolist() == [rank for group in groups for rank in range(len(group))]
