"""Says which sentences differ between two versions of a text."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from warehouse.extract.sentences import sentences_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChange:
    """Sentences that stood at one place before, and those that stand there now; either may be empty."""

    before: tuple[str, ...]
    after: tuple[str, ...]


def text_changes(before: str, after: str) -> list[TextChange]:
    """Returns the changes in the order of the text; none if only white space differs."""
    old, new = list(sentences_of(before)), list(sentences_of(after))
    return [
        TextChange(before=tuple(old[i:j]), after=tuple(new[k:m]))
        for how, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if how != "equal"
    ]
