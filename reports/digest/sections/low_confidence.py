"""Further news by headline, and items of low confidence: values of the desks' sections, none of its own."""

from __future__ import annotations

from collections.abc import Sequence

from reports.digest.sections.desk_sections import DeskSection


def desks_with_any(sections: Sequence[DeskSection]) -> list[DeskSection]:
    """The desks that have further news or items of low confidence."""
    return [section for section in sections if section.single or section.unsure]
