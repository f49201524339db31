"""Two other ways to call a rise, on the same counts, for `trend_power.py`: the former test and Farrington's.

The former one compared a week with the eight before it by the exact test alone and gave all series of the
week one false-discovery rate. The other is farringtonFlexible of R's package `surveillance` (Debian:
r-base-core, r-cran-surveillance), a quasi-Poisson regression that health authorities use on weekly counts.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy import special, stats

from reports.trends.comparison import LEAST_STORIES, RISEN_Q
from reports.trends.exact_tests import LEAST_DISPERSION, Counts, Floats, likely_dispersions, tails

WEEKS = 8
# A rise was called measured only if its own interval excluded 1 too.
EXCLUDES_ONE_P = 0.05

# Farrington compares with the same weeks of earlier years: here a "year" of one week, so that those are the
# weeks just before, as many as there are up to 26. No season and no trend can be told from so few.
_FARRINGTON = """
suppressPackageStartupMessages(library(surveillance))
counts <- as.matrix(read.csv("counts.csv", header = FALSE))
tested <- as.integer(commandArgs(TRUE)[1])
p <- sapply((ncol(counts) - tested + 1):ncol(counts), function(week) {
  found <- farringtonFlexible(sts(t(counts[, 1:week]), frequency = 1), control = list(
    range = week, b = min(26, week - 1), w = 0, noPeriods = 1, pastWeeksNotIncluded = 0, trend = FALSE,
    limit54 = c(0, 4), thresholdMethod = "nbPlugin", verbose = FALSE))
  as.vector(control(found)$pvalue)
})
write.table(p, "p.csv", sep = ",", row.names = FALSE, col.names = FALSE, na = "1")
"""


def former_directions(counts: Counts) -> Counts:
    """Returns 1 for each series (row, tested week last) that the former test calls risen, -1 for fallen."""
    before, now = counts[:, -1 - WEEKS : -1], counts[:, -1]
    total = before.sum(axis=1)
    _, likely = likely_dispersions(before)
    own = _probability(now, total, likely) / 2  # a whole tail: of mid-p half of it is missing
    p = np.minimum(1.0, 2 * (np.minimum(*tails(now, total, WEEKS, likely)) + own))
    tested = now + total >= LEAST_STORIES
    q = np.ones(len(p))
    q[tested] = stats.false_discovery_control(p[tested])
    return np.where((q <= RISEN_Q) & (p <= EXCLUDES_ONE_P), np.sign(now * WEEKS - total), 0)


def _probability(now: Counts, before: Counts, likely: Floats) -> Floats:
    """The beta-binomial probability of `now` given both, averaged over likely dispersions."""
    size = (now + before)[:, None] / (WEEKS + 1) / np.maximum(likely - 1, LEAST_DISPERSION - 1) + 1e-9
    x, rest = now[:, None], before[:, None]
    log_p = special.betaln(x + size, rest + WEEKS * size) - special.betaln(size, WEEKS * size)
    log_p -= special.betaln(x + 1, rest + 1) + np.log(x + rest + 1)
    mean: Floats = np.exp(log_p).mean(axis=1)
    return mean


def farrington_p(counts: Counts, tested: int) -> Floats | None:
    """Returns the p of a rise of each series (row) in each of its last `tested` weeks; None without R."""
    if not shutil.which("Rscript"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder, "counts.csv"), counts, fmt="%d", delimiter=",")
        command = ["Rscript", "-e", _FARRINGTON, str(tested)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return np.loadtxt(Path(folder, "p.csv"), delimiter=",", ndmin=2)
