"""An issue is held against the warehouse: whatever is tampered with is found, and named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fakes import NOW, WEEK, article, place_surely, watch

from reports.digest.build import build_digest
from reports.digest.digest import Digest
from reports.digest.items import RelatedStory
from reports.digest.record import from_json
from reports.digest.verify import Finding, UnreadableIssueError, verify_file, verify_record
from reports.digest.write import DigestFiles, write_digest
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

LEAD = (
    "The ministry revoked nine licences for lithography machines on Tuesday. Exporters have thirty days to "
    "appeal the decision in court."
)
COMMENTS = "Comments must be received on or before September 1, 2026, the ministry said in its notice."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(tmp_path_factory.mktemp("filled") / "warehouse.duckdb") as con:
        place_surely(con, article("Dutch ministry revokes licences", LEAD), story=1)
        place_surely(
            con, article("Licences withdrawn in The Hague", LEAD, feed="post"), story=1, similarity=0.7
        )
        notice = article("Notice on drones", COMMENTS, feed="gazette")
        place_surely(con, notice, desk="arms_race")
        con.execute(
            "INSERT INTO store.article_dates VALUES ($1, 'comment_closes', '2026-09-01', FALSE, $2)",
            [notice.article_id, COMMENTS],
        )
        place_surely(con, article("Why we must act", feed="post"), genre="opinion")
        watch(con, "wire", "post", "gazette")
        yield con


@pytest.fixture(scope="module")
def digest(filled: duckdb.DuckDBPyConnection) -> Digest:
    return build_digest(filled, WEEK, NOW)


@pytest.fixture
def files(digest: Digest, tmp_path: Path) -> DigestFiles:
    return write_digest(digest, tmp_path)


def pipe_at(path: Path) -> Path:
    path.unlink()
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("form", DigestFiles.__slots__)
def test_every_form_of_an_untouched_issue_stands(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles, form: str
) -> None:
    assert verify_file(filled, getattr(files, form)) == []


def test_link_to_a_story_of_the_same_matter_stands(filled: duckdb.DuckDBPyConnection, digest: Digest) -> None:
    section = digest.sections[0]
    cited = section.items[0].citations[0]
    said = {field.name: getattr(cited, field.name) for field in fields(cited)}
    for title, places in ((cited.title, []), ("Another", [".sections[0].items[0].related[0].title"])):
        related = (RelatedStory(story_id=1, **said | {"title": title}),)
        items = (replace(section.items[0], related=related), *section.items[1:])
        linked = replace(digest, sections=(replace(section, items=items), *digest.sections[1:]))
        assert [one.where for one in verify_record(filled, linked)] == places


def edit(values: dict[str, Any], *path: Any, to: object) -> None:
    for key in path[:-1]:
        values = values[key]
    values[path[-1]] = to


LEAD_ITEM = ("sections", 0, "items", 0)
TAMPERED: dict[str, tuple[tuple[Any, ...], object]] = {
    "sentence": ((*LEAD_ITEM, "sentences", 0, "text"), "The ministry revoked ninety licences on Tuesday."),
    "headline": ((*LEAD_ITEM, "citations", 0, "title"), "Dutch ministry grants licences"),
    "title": ((*LEAD_ITEM, "title"), "Dutch ministry grants licences"),
    "link": ((*LEAD_ITEM, "citations", 0, "url"), "https://evil.example/1"),
    "date": ((*LEAD_ITEM, "citations", 0, "published_at"), "2026-08-13T00:00:00+00:00"),
    "outlet": ((*LEAD_ITEM, "citations", 0, "outlet"), "Reuters"),
    "publishers": ((*LEAD_ITEM, "publishers"), 9),
    "story": ((*LEAD_ITEM, "story_id"), 4711),
    "article": ((*LEAD_ITEM, "citations", 0, "article_id"), 4711),
    "corpus": (("corpus", "stories"), 200),
    "stories": (("sections", 1, "stories"), 7),
    "verdict": (("sections", 0, "trend", "verdict"), "risen"),
    "test": (("sections", 0, "trend", "test_id"), "W33-aaaaaa"),
    "acts": (("sections", 0, "acts", "stories"), 0),
    "bottom line": (("bottom_line", 0, "text"), "Dutch ministry grants every licence"),
    "deadline": (("due_dates", "upcoming", 0, "due_on"), "2026-09-02"),
    "evidence": (("due_dates", "upcoming", 0, "evidence"), "Comments must be received in spring."),
    "opinion": (("commentary", "opinion", 0, "title"), "Why we must wait"),
    "change": (("changes", "stories", 0, "after"), 5),
    "coverage": (("coverage", "down"), ["Wire"]),
    "appendix": (("appendix", 1, 1, 0, "articles"), 3),
    "watermark": (("watermark",), "2026-08-11T00:00:00+00:00"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_tampered_record_is_found_and_the_place_named(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles, kind: str
) -> None:
    path, value = TAMPERED[kind]
    values = json.loads(files.json.read_text("utf-8"))
    edit(values, *path, to=value)
    files.json.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", "utf-8")
    found = verify_file(filled, files.json)
    assert found
    if kind != "watermark":  # as of another moment much else is other, too
        named = str(path[-2] if isinstance(path[-1], int) else path[-1])
        assert any(named in finding.where or path[0] in finding.where for finding in found)


@pytest.mark.parametrize("form", ["html", "markdown", "csv", "ics", "mail_html", "mail_text"])
def test_every_tampered_line_of_every_form_is_named(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles, form: str
) -> None:
    path: Path = getattr(files, form)
    lines = path.read_bytes().decode().split("\n")
    for place_of_line in (1, len(lines) // 2, len(lines) - 2):
        tampered = lines.copy()
        tampered[place_of_line] = tampered[place_of_line][:-1] + "9 stories" + tampered[place_of_line][-1:]
        path.write_bytes("\n".join(tampered).encode())
        found = verify_file(filled, path)
        assert [finding.where for finding in found] == [f"{path.name}, line {place_of_line + 1}"]
        assert "9 stories" in found[0].said


def test_page_alone_is_held_against_the_issue_made_anew(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles
) -> None:
    files.json.unlink()
    assert verify_file(filled, files.html) == []
    files.html.write_bytes(files.html.read_bytes().replace(b"nine licences", b"ten licences"))
    found = verify_file(filled, files.html)
    assert len(found) == 1
    assert "ten licences" in found[0].said
    assert "nine licences" in found[0].instead


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda files: files.csv.rename(files.csv.with_name("week.xlsx")), "not a form of an issue"),
        (lambda files: (files.json.unlink(), files.csv)[1], "2026-W33.json is not beside it"),
        (lambda files: (files.html.write_bytes(b"\xff\xfe"), files.html)[1], "not a text"),
        (lambda files: pipe_at(files.html), "2026-W33.html: is not a regular file"),
        (lambda files: (pipe_at(files.json), files.html)[1], "2026-W33.json: is not a regular file"),
    ],
)
def test_what_cannot_be_checked_is_refused_with_a_reason(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles, spoil: Callable[[DigestFiles], Path], said: str
) -> None:
    with pytest.raises(UnreadableIssueError, match=said):
        verify_file(filled, spoil(files))


def test_record_that_is_cut_off_does_not_stand(filled: duckdb.DuckDBPyConnection, files: DigestFiles) -> None:
    files.json.write_bytes(files.json.read_bytes()[:500])
    assert len(verify_file(filled, files.json)) == 1


def test_issue_stands_though_the_warehouse_went_on(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    place_surely(con, article("Dutch ministry revokes licences", LEAD), story=1)
    watch(con, "wire")
    files = write_digest(build_digest(con, WEEK, NOW), tmp_path / "digests")
    late = NOW + timedelta(days=3)
    place_surely(
        con, article("Late but of the week", seen=late), article("Licences: more", feed="late", seen=late)
    )
    assert verify_file(con, files.json) == []
    con.execute("UPDATE store.articles SET summary = 'The ministry said nothing.' WHERE title LIKE 'Dutch%'")
    assert any("no such words" in finding.instead for finding in verify_file(con, files.json))


def test_number_that_another_machine_rounds_to_the_next_sixth_digit_stands(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles
) -> None:
    assert verify_with_dispersion(filled, files, 1.00001) == []


def test_number_that_is_another_is_found_however_near(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles
) -> None:
    (found,) = verify_with_dispersion(filled, files, 1.00003)
    assert (found.where, found.said, found.instead) == (".sections[0].trend.dispersion", "1.00003", "1.0")


def verify_with_dispersion(
    filled: duckdb.DuckDBPyConnection, files: DigestFiles, dispersion: float
) -> list[Finding]:
    record = json.loads(files.json.read_text("utf-8"))
    assert record["sections"][0]["trend"]["dispersion"] == 1.0
    record["sections"][0]["trend"]["dispersion"] = dispersion
    return verify_record(filled, from_json(json.dumps(record)))
