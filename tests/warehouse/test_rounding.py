"""Rounding: what differs in the last bits becomes the same number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from warehouse.rounding import six_decimals, six_digits


def test_bounds_computed_on_two_processors_are_one_number() -> None:
    assert six_digits(0.47374359145516) == six_digits(0.4737435914551968) == 0.473744


@pytest.mark.parametrize(
    ("value", "kept"),
    [(1234567.8, 1234570.0), (0.000123456789, 0.000123457), (-2 / 3, -0.666667), (0.0, 0.0)],
)
def test_six_significant_digits_are_kept_whatever_the_size(value: float, kept: float) -> None:
    assert six_digits(value) == kept


def test_rounding_twice_is_rounding_once() -> None:
    values = np.random.default_rng(1).lognormal(0, 5, 1_000).tolist()
    assert all(six_digits(six_digits(value)) == six_digits(value) for value in values)


def test_infinity_stays() -> None:
    assert six_digits(math.inf) == math.inf


def test_cosines_of_equal_vectors_are_equal_however_they_were_summed() -> None:
    vector = np.random.default_rng(2).standard_normal(384)
    sums = np.array([np.sum(vector**2), np.sum(vector[::-1] ** 2), sum((vector**2).tolist())]) / np.sum(
        vector**2
    )
    assert len(set(six_decimals(sums).tolist())) == 1
