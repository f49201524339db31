"""The golden issue to axe-core in headless Chromium, where both are to be had."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from paths import GOLDEN

from benchmarks.accessibility import GRAVE, chromium, violations

AXE = Path(os.environ.get("WATCHFLOOR_AXE", "no axe"))


@pytest.mark.browser
@pytest.mark.skipif(
    not (AXE.exists() and chromium()), reason="needs Chromium, and WATCHFLOOR_AXE to name axe.min.js"
)
@pytest.mark.parametrize("page", ["2026-W22.html", "2026-W22.mail.html"])
def test_nobody_is_shut_out_of_an_issue(page: str) -> None:
    found = violations(GOLDEN / page, AXE)
    assert [one for one in found if one.impact in GRAVE] == []
