"""Rounds what is computed once, where it is made: before it decides, is stored, compared or printed. Pure.

Another processor, or another build of numpy, OpenBLAS or scipy, adds in another order and has another
exponential, so the last bits of a float64 differ; benchmarks/numeric_settings.py shows it. Rounded, they are
the same, and what is equal on paper is a tie that ids can break.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def six_digits(value: float) -> float:
    """A statistic to six significant digits; infinity stays."""
    return float(f"{value:.5e}")


def six_decimals(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Cosines, shares and probabilities to six places."""
    return np.round(values, 6)
