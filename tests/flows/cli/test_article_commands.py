"""`watchfloor article` and `watchfloor desks` as analysts use them: output, exit codes, JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from fakes import NOW, HashEmbedder, article, save
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.pipeline import enrich_pending
from flows.settings import Settings
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.store.db import open_read_only, open_warehouse

pytestmark = pytest.mark.slow

CHIPS = article("US adds Chinese firms to Entity List over AI chips", "BIS tightens export controls.")
SPORT = article("Rovers win the cup")


@pytest.fixture(scope="module")
def enriched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("enriched"))
    with open_warehouse(settings.warehouse_path) as con:
        save(con, CHIPS, SPORT)
    enrich_pending(settings, embedder=HashEmbedder())
    return settings.home


@pytest.fixture
def home(enriched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("warehouse.embed.encoder.load_embedder", lambda _name: HashEmbedder())
    return Path(shutil.copytree(enriched, tmp_path / "home"))


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", NOW.isoformat(), *words])


def test_explain_gives_the_reasons_for_and_against_each_desk(home: Path) -> None:
    shown = run(home, "article", "explain", str(CHIPS.article_id))
    assert shown.exit_code == 0
    for words in (
        CHIPS.title,
        "Desks",
        "export_controls",
        "Entity List",
        "The classifier's scores",
        "off_topic",
        "China",
    ):
        assert words in shown.output, words


def test_explain_as_json_holds_the_same(home: Path) -> None:
    shown = json.loads(run(home, "article", "explain", str(CHIPS.article_id), "--json").output)
    assert shown["desks"][0]["desk"] == "export_controls"
    assert len(shown["label_scores"]) == len(load_taxonomy().labels)


def test_explain_of_an_unknown_article_is_a_problem_with_the_next_step(home: Path) -> None:
    shown = run(home, "article", "explain", "7")
    assert shown.exit_code == 1
    assert "article 7: is not in the warehouse" in shown.output


def test_correction_is_obeyed_at_once_and_enriching_again_keeps_it(home: Path) -> None:
    shown = run(
        home,
        "article",
        "set-desk",
        str(SPORT.article_id),
        "--desk",
        "regulation",
        "--note",
        "a ruling on AI referees",
    )
    assert (shown.exit_code, shown.output.strip()) == (0, f"Desk set to regulation: {SPORT.title}")
    enrich_pending(Settings(home=home), embedder=HashEmbedder())
    with open_read_only(Settings(home=home).warehouse_path) as con:
        query = "SELECT desk, reasons FROM article_desks WHERE article_id = $1"
        assert con.execute(query, [SPORT.article_id]).fetchall() == [
            ("regulation", "set by an analyst: a ruling on AI referees")
        ]


def test_setting_an_unknown_desk_is_refused(home: Path) -> None:
    shown = run(home, "article", "set-desk", str(SPORT.article_id), "--desk", "sport")
    assert shown.exit_code == 1
    assert "sport: is no desk" in shown.output


def test_evaluate_without_a_file_scores_the_machine_against_the_corrections(home: Path) -> None:
    run(home, "article", "set-desk", str(SPORT.article_id), "--desk", "regulation")
    run(home, "article", "set-desk", str(CHIPS.article_id), "--desk", "export_controls")
    shown = json.loads(run(home, "desks", "evaluate", "--json").output)["scores"]
    assert shown["items"] == 2
    assert shown["labels"]["export_controls"]["recall"] == 1.0
    assert shown["labels"]["regulation"]["recall"] == 0.0


def test_evaluate_scores_a_labelled_file_and_lists_its_mistakes(home: Path, tmp_path: Path) -> None:
    labelled = tmp_path / "labelled.jsonl"
    rows = [{"title": CHIPS.title, "desk": "export_controls"}, {"title": SPORT.title, "desk": "arms_race"}]
    labelled.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    shown = run(home, "desks", "evaluate", str(labelled))
    assert shown.exit_code == 0
    assert "2 items, macro-F1" in shown.output
    assert "arms_race found as off_topic" in shown.output


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "line 1 is no object"),
        ('{"title": "x", "desk": "sport"}', "'sport' is no desk"),
        ("", "has no items"),
    ],
)
def test_evaluate_names_the_line_that_cannot_be_read(
    home: Path, tmp_path: Path, content: str, complaint: str
) -> None:
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text(content, "utf-8")
    shown = run(home, "desks", "evaluate", str(labelled))
    assert shown.exit_code == 1
    assert complaint in shown.output


def test_evaluate_of_a_missing_file_names_it(home: Path) -> None:
    shown = run(home, "desks", "evaluate", "nowhere.jsonl")
    assert shown.exit_code == 1
    assert "nowhere.jsonl" in shown.output


@pytest.mark.parametrize("words", [("article", "explain"), ("article", "set-desk"), ("desks", "evaluate")])
def test_every_command_has_help(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "Usage" in run(tmp_path, *words, "--help").output
