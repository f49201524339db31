"""`watchfloor article show`: the text with what was read from it, its versions, and why there is none."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, article, fetched_page, place, save, silent
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.cli.article_view import signed
from sources.model import Article, Outcome
from warehouse.classify.topics import load_extractors
from warehouse.extract.extractions import extract_pending
from warehouse.extract.text_marks import Mark, MarkKind
from warehouse.store.article_texts import save_page_texts
from warehouse.store.db import open_warehouse
from warehouse.store.page_fetches import save_page_fetches

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
RULE = article("BIS issues final rule on chips", "BIS issued a final rule.")
WALLED = article("Behind a wall", "Only this is free.")
LIMITED = article("Behind a busy server")
UNASKED = article("Nobody asked")
FIRST = "BIS issued a final rule.\nComments are due by 15 September 2026. Huawei is named in 15 CFR Part 744."
SECOND = FIRST.replace("15 September", "30 September")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("show")
    pages = [
        fetched_page(RULE, FIRST, when=NOW),
        fetched_page(WALLED, outcome=Outcome.PAYWALL, message="subscribers only"),
        fetched_page(LIMITED, outcome=Outcome.RATE_LIMITED, retry_after_s=7_200),
        fetched_page(RULE, f"{SECOND} \x1b[31mred", when=NOW + DAY),
    ]
    with open_warehouse(home / "warehouse.duckdb") as con:
        place(con, RULE)
        save(con, WALLED, LIMITED, UNASKED)
        for page in pages:
            save_page_fetches(con, [page])
            save_page_texts(con, [page])
        for extractor in load_extractors():
            extract_pending(con, extractor, silent)
    sentence = {"text": "Huawei is named in 15 CFR Part 744.", "source": {"article_id": RULE.article_id}}
    (home / "digests").mkdir()
    (home / "digests" / "2026-W33.json").write_text(json.dumps({"sections": [{"items": [sentence]}]}))
    return home


def show(home: Path, one: Article, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "article", "show", str(one.article_id), *words])


def test_text_is_shown_with_what_was_read_from_it(home: Path) -> None:
    shown = " ".join(show(home, RULE).output.split())  # without the line ends of wrapping
    assert "Text of its page, version 2: 21 words" in shown
    assert "[BIS] issued a *final rule*." in shown
    assert "Comments are due by 30 September 2026. (=> comment" in shown
    assert ">> [Huawei] is named in {15 CFR Part 744}. <<" in shown
    assert "names: Bureau of Industry and Security, Huawei" in shown
    assert "printed in issue: 2026-W33" in shown


def test_what_a_terminal_would_obey_is_not_printed(home: Path) -> None:
    assert "\x1b" not in show(home, RULE).output


def test_versions_say_when_and_what_was_corrected(home: Path) -> None:
    shown = show(home, RULE, "--no-text").output
    assert f"corrected on {NOW + DAY:%Y-%m-%d}:" in shown
    assert "- Comments are due by 15 September 2026." in shown
    assert "+ Comments are due by 30 September 2026." in shown
    assert "[BIS]" not in shown


def test_older_version_can_be_shown_and_an_unknown_one_is_a_problem(home: Path) -> None:
    shown = show(home, RULE, "--version", "1").output
    assert "version 1: 20 words" in shown
    assert "due by 15 September 2026." in shown
    unknown = show(home, RULE, "--version", "7")
    assert unknown.exit_code == 1
    assert "has no version 7 of its text. It has: 1, 2." in unknown.output


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (WALLED, "paywall (subscribers only); asked for 2026-08-17 06:00 UTC; not tried again"),
        (LIMITED, "rate_limited; asked for 2026-08-17 06:00 UTC; tried again from 2026-08-17 08:00 UTC"),
        (UNASKED, "its feed brought none that is kept, and its page was not asked for"),
    ],
)
def test_article_without_a_text_says_why(home: Path, one: Article, why: str) -> None:
    shown = show(home, one).output
    assert f"No whole text: {why}" in shown
    assert one.summary in shown


def test_json_holds_the_same(home: Path) -> None:
    shown = json.loads(show(home, RULE, "--json").output)
    kinds = {one["kind"] for one in shown["marks"]}
    assert kinds == {"entity", "instrument", "act", "date", "printed"}
    for one in shown["marks"]:
        if one["kind"] == "instrument":
            assert shown["text"][one["start"] : one["end"]] == "15 CFR Part 744"
    assert [bool(one["changes"]) for one in shown["versions"]] == [False, True]
    assert json.loads(show(home, RULE, "--json", "--no-text").output)["text"] == ""


def test_unknown_article_is_a_problem(home: Path) -> None:
    done = CliRunner().invoke(app, ["--home", str(home), "article", "show", "7"])
    assert (done.exit_code, "article 7: is not in the warehouse" in done.output) == (1, True)


def test_signs_of_marks_within_each_other_are_in_order() -> None:
    outer = Mark(start=0, end=10, kind=MarkKind.PRINTED, label="2026-W33")
    inner = Mark(start=0, end=3, kind=MarkKind.ENTITY, label="BIS")
    assert signed("BIS ruled.", [inner, outer]) == ">> [BIS] ruled. <<"
