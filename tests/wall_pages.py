"""Pages that are no article, as sites serve them in the place of one: none of them may yield a text.

`inputs/no_articles.txt` has them, made after what such pages have in their languages, each under its outcome
and name; `inputs/parts_of_pages.txt` what several of them share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from paths import ROOT

from sources.model import Outcome, WantedPage

_INPUTS = ROOT / "tests/sources/pages/inputs"


@dataclass(frozen=True, slots=True)
class WallPage:
    """A page that is no article, with the outcome that it must have."""

    name: str
    outcome: Outcome
    markup: str


def _sections(name: str) -> dict[str, str]:
    text = (_INPUTS / name).read_text("utf-8")
    return dict(re.findall(r"^=== (.+)\n((?:(?!=== ).*\n)*)", text, re.MULTILINE))


def _filled(markup: str) -> str:
    while "{{" in markup:
        markup = re.sub(r"\{\{(\w+)\}\}", lambda part: _PARTS[part[1]].strip(), markup)
    return markup


_PARTS = _sections("parts_of_pages.txt")
MENU = _PARTS["MENU"]
WANTED = WantedPage(
    article_id=1,
    source_id="wire",
    url="https://news.example/politics/2026/08/17/export-rule-chip-tools",
    title=_PARTS["TITLE"].strip(),
    language="en",
)
ALL = [
    WallPage(name.partition(": ")[2], Outcome(name.partition(": ")[0]), _filled(markup))
    for name, markup in _sections("no_articles.txt").items()
]
