"""What the documents promise: commands, settings and queries that exist and work."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from fakes import NOW, HashEmbedder
from paths import ROOT
from typer.main import get_command

from flows.cli import app
from flows.demo.play import play
from flows.pipeline import publish
from flows.progress import silent
from flows.settings import Settings
from sources.catalog import load_catalog
from sources.model import Outcome, PageResult, PageText, WantedPage
from warehouse.snapshot.sql import run_query
from warehouse.store.article_texts import save_page_texts
from warehouse.store.db import open_warehouse, transaction
from warehouse.store.page_fetches import save_page_fetches

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


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("played"))
    play(settings, silent, HashEmbedder())
    with open_warehouse(settings.warehouse_path) as con, transaction(con):
        read_a_corrected_page(con)
    publish(settings, NOW, by_hand=True)
    return settings


def read_a_corrected_page(con: duckdb.DuckDBPyConnection) -> None:
    """The sample has no pages: an article's is read, and again when it was corrected."""
    columns = ", ".join(WantedPage.__dataclass_fields__)
    rows = con.execute(f"SELECT {columns} FROM store.articles WHERE url <> '' ORDER BY article_id LIMIT 1")
    wanted = WantedPage(**rows.to_arrow_table().to_pylist()[0])
    for hours, month in enumerate(("May", "June")):
        result = PageResult(
            wanted=wanted,
            fetched_at=NOW + timedelta(hours=hours),
            outcome=Outcome.OK,
            elapsed_s=0.5,
            page=PageText(text=f"The licence was granted.\nIt ends in {month}.", extractor="fake 1"),
        )
        save_page_fetches(con, [result])
        save_page_texts(con, [result])


@pytest.mark.slow
@pytest.mark.parametrize(("page", "least"), [("index.md", 4), ("cookbook.md", 10), ("trends.md", 4)])
def test_queries_of_the_researchers_pages_run_and_find_something(
    played: Settings, page: str, least: int
) -> None:
    queries = re.findall(
        r"```sql\n(.*?)```", (ROOT / "docs" / "researchers" / page).read_text("utf-8"), re.DOTALL
    )
    assert len(queries) >= least
    for query in queries:
        with run_query(played.snapshot_path, query) as answer:  # as `watchfloor sql` runs them, walls and all
            assert sum(map(len, answer)) > 0, query


@pytest.mark.slow
def test_python_of_the_researchers_pages_runs(
    played: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = (ROOT / "docs/researchers" / page for page in ("index.md", "trends.md"))
    blocks = [
        block
        for page in pages
        for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    ]
    assert len(blocks) >= 3
    monkeypatch.chdir(at_demo(played))
    for block in blocks:
        exec(compile(block, "researchers", "exec"), {})
    assert "export_controls" in capsys.readouterr().out


NOTEBOOKS = sorted((ROOT / "docs" / "researchers" / "notebooks").glob("*.ipynb"))


def test_there_is_a_notebook_a_question() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "embedding-map",
        "entity-network",
        "life-of-a-story",
        "trend-of-a-desk",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_from_top_to_bottom_and_draws(
    played: Settings, monkeypatch: pytest.MonkeyPatch, notebook: Path
) -> None:
    """Its cells are run here, one after another, rather than in a kernel, which takes seconds to start."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    monkeypatch.chdir(at_demo(played))
    names: dict[str, object] = {}
    for number, cell in enumerate(json.loads(notebook.read_text("utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{notebook.name}, cell {number}", "exec"), names)
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    assert figures
    assert all(axes.has_data() for figure in figures for axes in figure.axes)
    pyplot.close("all")
    names["con"].close()  # type: ignore[attr-defined]


def at_demo(played: Settings) -> Path:
    """A folder from which the played home is called demo, as on the pages."""
    demo = played.home / "demo"
    if not demo.exists():
        demo.symlink_to(played.home)
    return played.home
