"""The sample gives the same desks, stories, trend tests and issue, byte by byte, on every processor."""

from __future__ import annotations

from hashlib import sha256

import pytest
from other_numerics import AS_IT_IS, DECISIONS, HASWELL, NEHALEM, SETTINGS, TWO_THREADS, Numerics, play_with
from paths import GOLDEN

pytestmark = [pytest.mark.model, pytest.mark.slow]

SHORT = 3  # weeks played with the model; benchmarks/numeric_settings.py plays all of them with every setting


@pytest.fixture(scope="module")
def usual() -> dict[str, list[str]]:
    return play_with(AS_IT_IS, model=True, weeks=SHORT)


@pytest.mark.parametrize(
    "numerics", [HASWELL, NEHALEM, TWO_THREADS], ids=["haswell", "nehalem", "two threads"]
)
def test_all_that_is_stored_and_printed_is_the_same_with_other_kernels(
    usual: dict[str, list[str]], numerics: Numerics
) -> None:
    assert play_with(numerics, model=True, weeks=SHORT) == usual


def test_last_bit_of_the_vectors_decides_nothing(usual: dict[str, list[str]]) -> None:
    noisy = play_with(SETTINGS["noise of 1e-7 on the vectors"], model=True, weeks=SHORT)
    assert noisy["vectors"] != usual["vectors"]
    assert {name: noisy[name] for name in DECISIONS} == {name: usual[name] for name in DECISIONS}


@pytest.mark.parametrize("numerics", [HASWELL, NEHALEM], ids=["haswell", "nehalem"])
def test_golden_issue_with_all_its_trend_tests_is_printed_by_older_kernels(numerics: Numerics) -> None:
    golden = [f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in sorted(GOLDEN.iterdir())]
    assert play_with(numerics, model=False)["issue"] == golden
