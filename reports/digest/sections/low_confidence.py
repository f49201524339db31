"""Single-source and low-confidence items. Their values are those of the desks' sections; this section only lists them."""

from __future__ import annotations

from collections.abc import Sequence

from reports.digest.sections.desk_sections import DeskSection


def desks_with_any(sections: Sequence[DeskSection]) -> list[DeskSection]:
    """The desks that have single-source or low-confidence items."""
    return [section for section in sections if section.single or section.unsure]
