"""What the documents promise: commands, settings and queries that exist and work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fakes import HashEmbedder
from typer.main import get_command

from flows.cli import app
from flows.demo.play import play
from flows.progress import silent
from flows.settings import Settings
from sources.catalog import load_catalog
from warehouse.db import open_read_only

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_the_pages_exist(page: Path) -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for block in re.findall(r"```(?:console|cron)\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        for words in re.findall(r"watchfloor ((?:--\w+ \S+ )*)(\w+)", block):
            assert words[1] in commands, words


def test_every_setting_has_its_line_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(r"WATCHFLOOR_(\w+)=", example)) == {name.upper() for name in Settings.model_fields}


def test_readme_counts_the_catalog_right() -> None:
    said = re.search(r"the (\d+) real feeds", (ROOT / "README.md").read_text("utf-8"))
    assert said is not None
    assert int(said[1]) == len(load_catalog())


def test_queries_of_the_researchers_page_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    play(settings, silent, HashEmbedder())
    queries = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/researchers/index.md").read_text("utf-8"), re.DOTALL)
    assert len(queries) >= 4
    with open_read_only(settings.snapshot_path) as con:
        for query in queries:
            assert con.execute(query).fetchall(), query
