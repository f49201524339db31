"""The steps of an analyst at the stories: look at one, and rule what belongs together. A ruling holds for later runs."""

from __future__ import annotations

from collections.abc import Sequence

from flows.settings import Settings
from warehouse.queries.story_details import StoryPage, read_story
from warehouse.store.db import open_read_only, open_warehouse
from warehouse.stories import story_corrections
from warehouse.stories.story_corrections import Corrected, Ruling
from warehouse.stories.summaries import summarise_stories


def show_story(settings: Settings, story_id: int) -> StoryPage:
    """A story as the warehouse has it now."""
    with open_read_only(settings.warehouse_path) as con:
        return read_story(con, story_id)


def merge_stories(settings: Settings, into: int, others: Sequence[int], ruling: Ruling) -> list[Corrected]:
    """The other stories become part of `into`."""
    with open_warehouse(settings.warehouse_path) as con:
        made = story_corrections.merge_stories(con, into, others, ruling)
        summarise_stories(con)
        return made


def split_story(settings: Settings, story_id: int, article_ids: Sequence[int], ruling: Ruling) -> Corrected:
    """The articles become a story of their own."""
    with open_warehouse(settings.warehouse_path) as con:
        made = story_corrections.split_story(con, story_id, article_ids, ruling)
        summarise_stories(con)
        return made


def move_article(settings: Settings, article_id: int, to: int, ruling: Ruling) -> Corrected:
    """The article goes to another story."""
    with open_warehouse(settings.warehouse_path) as con:
        made = story_corrections.move_article(con, article_id, to, ruling)
        summarise_stories(con)
        return made
