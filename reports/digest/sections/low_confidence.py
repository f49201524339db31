"""Single-source and low-confidence items. Lists values of the desks' sections and has none of its own."""

from __future__ import annotations

from collections.abc import Sequence

from reports.digest.sections.desk_sections import DeskSection


def desks_with_any(sections: Sequence[DeskSection]) -> list[DeskSection]:
    """The desks that have single-source or low-confidence items."""
    return [section for section in sections if section.single or section.unsure]
