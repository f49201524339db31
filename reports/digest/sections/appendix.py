"""The appendix: every counted story of the week by desk, with its links; the CSV form prints it too."""

from __future__ import annotations

from reports.digest.context import IssueContext
from reports.digest.items import Item


def build(context: IssueContext) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """Returns the desks with all their stories, most important first, without sentences or related ones."""
    return tuple((desk, tuple(map(context.bare_item, stories))) for desk, stories in context.stories.items())
