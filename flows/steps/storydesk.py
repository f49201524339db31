"""The steps of an analyst at the stories: look at one, and rule what belongs together. A ruling holds for later runs."""

from __future__ import annotations

from collections.abc import Sequence

from flows.settings import Settings
from warehouse import corrections
from warehouse.corrections import Corrected, Ruling
from warehouse.db import open_read_only, open_warehouse
from warehouse.enrich.faces import make_faces
from warehouse.story_page import StoryPage, read_story


def show_story(settings: Settings, story_id: int) -> StoryPage:
    """A story as the warehouse has it now."""
    with open_read_only(settings.warehouse_path) as con:
        return read_story(con, story_id)


def merge_stories(settings: Settings, into: int, others: Sequence[int], ruling: Ruling) -> list[Corrected]:
    """The other stories become part of `into`."""
    with open_warehouse(settings.warehouse_path) as con:
        made = corrections.merge_stories(con, into, others, ruling)
        make_faces(con)
        return made


def split_story(settings: Settings, story_id: int, article_ids: Sequence[int], ruling: Ruling) -> Corrected:
    """The articles become a story of their own."""
    with open_warehouse(settings.warehouse_path) as con:
        made = corrections.split_story(con, story_id, article_ids, ruling)
        make_faces(con)
        return made


def move_article(settings: Settings, article_id: int, to: int, ruling: Ruling) -> Corrected:
    """The article goes to another story."""
    with open_warehouse(settings.warehouse_path) as con:
        made = corrections.move_article(con, article_id, to, ruling)
        make_faces(con)
        return made
