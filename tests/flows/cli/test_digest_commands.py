"""`watchfloor digest` and `verify`: an issue in all forms, rebuilt, explained and audited; tampering."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from fakes import article, place, place_surely, watch
from typer.testing import CliRunner

from flows.cli import app
from warehouse.store.db import open_read_only, open_warehouse

pytestmark = pytest.mark.slow

NOW = "2026-08-17T06:00Z"
WORDS = "The ministry revoked nine licences for lithography machines on Tuesday."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        place_surely(con, article("Licences revoked", WORDS))
        watch(con, "wire")
    return tmp_path


def watchfloor(home: Path, *words: object, now: str = NOW) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "--now", now, *map(str, words)])


def test_digest_leaves_every_form_and_its_claims(home: Path) -> None:
    answer = json.loads(watchfloor(home, "digest", "--json").stdout)
    for form in ("html", "markdown", "json", "csv", "ics", "mail_html", "mail_text"):
        assert Path(answer[form]).exists(), form
    with open_read_only(home / "warehouse.duckdb") as con:
        assert con.execute("SELECT count(*) > 3 FROM trend_tests WHERE week = '2026-W33'").fetchone() == (
            True,
        )


def test_old_issue_made_again_is_the_same_and_leaves_the_present_one(home: Path) -> None:
    first = json.loads(watchfloor(home, "digest", "--json").stdout)
    before = Path(first["json"]).read_bytes()
    with open_warehouse(home / "warehouse.duckdb") as con:
        place_surely(con, article("Late"))
    again = watchfloor(
        home, "digest", "--week", "2026-W33", "--as-of", first["watermark"], "--json", now="2026-09-01"
    )
    answer = json.loads(again.stdout)
    assert answer["json"] != first["json"]
    assert Path(first["json"]).read_bytes() == before
    assert (
        answer["same_as_recorded"] is False
    )  # what came since is of the past: it was imported with its old time


def test_issue_without_a_record_says_so(home: Path) -> None:
    done = watchfloor(home, "digest", "--week", "2026-W33", "--as-of", "2026-08-17T06:00Z")
    assert done.exit_code == 0, done.output
    assert "No issue with this cut-off is on record." in done.stdout


@pytest.mark.parametrize("as_of", ["yesterday", "2026-08-01"])
def test_moment_that_is_none_or_before_the_week_is_a_usage_error(home: Path, as_of: str) -> None:
    assert watchfloor(home, "digest", "--week", "2026-W33", "--as-of", as_of).exit_code == 2


def test_verify_confirms_an_issue(home: Path) -> None:
    issue = json.loads(watchfloor(home, "digest", "--json").stdout)
    done = watchfloor(home, "verify", issue["html"])
    assert done.exit_code == 0, done.output
    assert "is confirmed" in done.stdout


def test_verify_names_what_was_tampered_with_and_fails(home: Path) -> None:
    issue = json.loads(watchfloor(home, "digest", "--json").stdout)
    record = Path(issue["json"])
    record.write_text(record.read_text("utf-8").replace("nine licences", "ninety licences"), "utf-8")
    done = watchfloor(home, "verify", record)
    assert done.exit_code == 1
    assert "ninety licences" in done.stdout
    assert ".sections[0].items[0].sentences[0].text" in done.stdout
    answer = json.loads(watchfloor(home, "verify", record, "--json").stdout)
    assert answer["stands"] is False


def test_verify_of_what_is_no_issue_is_a_usage_error(home: Path) -> None:
    (home / "other.pdf").write_bytes(b"")
    done = watchfloor(home, "verify", home / "other.pdf")
    assert done.exit_code == 2
    assert "is not a form of an issue" in done.stderr
    assert watchfloor(home, "verify", home / "gone.html").exit_code == 1


def test_explain_says_what_became_of_each_candidate_and_writes_nothing(home: Path) -> None:
    shown = watchfloor(home, "digest", "explain")
    assert shown.exit_code == 0, shown.output
    assert "2026-W33 as known at" in shown.stdout
    assert "Lead\n  Licences revoked (Wire)" in shown.stdout
    answer = json.loads(watchfloor(home, "digest", "explain", "--json").stdout)
    assert [(one["title"], one["standing"], one["told"]) for one in answer["candidates"]] == [
        ("Licences revoked", "lead", True)
    ]
    other = watchfloor(home, "digest", "explain", "--desk", "regulation", "--json")
    assert json.loads(other.stdout)["candidates"] == []
    assert not (home / "digests").exists()
    with open_read_only(home / "warehouse.duckdb") as con:
        assert con.execute("SELECT count(*) FROM issues").fetchone() == (0,)


def test_audit_shows_the_sample_of_an_issue_and_its_rulings(home: Path) -> None:
    match = article("Rovers win the cup")
    with open_warehouse(home / "warehouse.duckdb") as con:
        place(con, match, desk="off_topic", score=0.95)
    issue = json.loads(watchfloor(home, "digest", "--json").stdout)
    shown = watchfloor(home, "digest", "audit").stdout
    assert "2026-W33: 1 of 1 texts that were filed off topic" in shown
    assert f"watchfloor article set-desk {match.article_id} --desk off_topic" in shown
    assert "nothing can be said" in shown
    ruled = watchfloor(home, "article", "set-desk", match.article_id, "--desk", "off_topic", now="2026-08-18")
    assert ruled.exit_code == 0
    shown = watchfloor(home, "digest", "audit").stdout
    assert "ruled off_topic" in shown
    assert "too few rulings" in shown
    answer = json.loads(watchfloor(home, "digest", "audit", "--json").stdout)
    assert (answer["recall"]["ruled"], answer["recall"]["missed"], answer["too_few_rulings"]) == (1, 0, True)
    assert watchfloor(home, "verify", issue["html"]).exit_code == 0


def test_audit_of_a_week_without_an_issue_names_the_next_step(home: Path) -> None:
    shown = watchfloor(home, "digest", "audit", "--week", "2026-W30")
    assert shown.exit_code == 1
    assert "`watchfloor digest --week 2026-W30` writes one" in shown.output


def test_options_before_a_subcommand_are_a_usage_error(home: Path) -> None:
    shown = watchfloor(home, "digest", "--week", "2026-W33", "explain")
    assert shown.exit_code == 2
    assert "write the options after `digest explain`" in shown.output
