"""An issue is told from the pages' texts that were known at its watermark, and they confirm it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from fakes import NOW, WEEK, article, fetched_page, place_surely, watch

from reports.digest.build import build_digest
from reports.digest.digest import Digest
from reports.digest.record import from_json, to_json
from reports.digest.render import to_html, to_markdown
from reports.digest.verify import verify_record
from reports.digest.write import forms_of
from sources.model import Article
from warehouse.store.article_texts import forget_texts, save_page_texts
from warehouse.store.db import open_warehouse

pytestmark = pytest.mark.slow

TITLE = "Dutch ministry revokes licences for chip machines"
EVENT = "The Dutch ministry on Tuesday revoked nine export licences for lithography machines bound for China."
EFFECT = "Nine shipments of lithography machines worth 600 million euros stand in Rotterdam and cannot leave."
WIRE = article(
    TITLE, "Officials in The Hague met makers of machines. They had asked for talks in the spring."
)
POST = article("Licences for chip machines withdrawn in The Hague", feed="post")


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(tmp_path / "warehouse.duckdb") as opened:
        place_surely(opened, WIRE, POST, story=1)
        watch(opened, "wire", "post")
        yield opened


def read(con: duckdb.DuckDBPyConnection, one: Article, text: str, when: datetime = WEEK.end) -> None:
    save_page_texts(con, [fetched_page(one, text, when=when)])


def lead(digest: Digest) -> list[tuple[str, str]]:
    return [(one.source.outlet, one.text) for one in digest.sections[0].items[0].sentences]


def test_lead_quotes_the_pages_of_two_outlets_and_names_them(con: duckdb.DuckDBPyConnection) -> None:
    read(con, WIRE, EVENT)
    read(con, POST, EFFECT)
    digest = build_digest(con, WEEK, NOW)
    assert lead(digest) == [("Wire", EVENT), ("Post", EFFECT)]
    assert verify_record(con, digest) == []
    for form in (to_html(digest), to_markdown(digest)):
        assert form.index(EVENT) < form.index("(Wire)") < form.index(EFFECT) < form.index("(Post)")


def test_without_a_text_the_summary_speaks_as_before(con: duckdb.DuckDBPyConnection) -> None:
    assert lead(build_digest(con, WEEK, NOW)) == [
        ("Wire", "Officials in The Hague met makers of machines."),
        ("Wire", "They had asked for talks in the spring."),
    ]


def test_text_that_came_after_the_watermark_is_not_quoted(con: duckdb.DuckDBPyConnection) -> None:
    read(con, WIRE, f"{EVENT}\n{EFFECT}", when=NOW - timedelta(days=1))
    before = build_digest(con, WEEK, NOW)
    read(con, WIRE, f"{EFFECT}\n{EVENT} It is the first such order since 2024.", when=NOW + timedelta(days=1))
    assert build_digest(con, WEEK, before.watermark) == before
    assert verify_record(con, before) == []


def test_sentence_that_was_tampered_with_is_found(con: duckdb.DuckDBPyConnection) -> None:
    read(con, WIRE, f"{EVENT}\n{EFFECT}")
    (found,) = verify_record(con, tampered(build_digest(con, WEEK, NOW)))
    assert found.instead == f"no such words in article {WIRE.article_id}"


def test_sentence_of_a_text_that_is_no_longer_kept_is_said_to_be_that(con: duckdb.DuckDBPyConnection) -> None:
    read(con, WIRE, f"{EVENT}\n{EFFECT}")
    digest = build_digest(con, WEEK, NOW)
    forget_texts(con, NOW + timedelta(days=40), months=1)
    assert {one.instead for one in verify_record(con, digest)} == {
        "its page's text is no longer kept, so this can't be checked"
    }


def tampered(digest: Digest) -> Digest:
    section = digest.sections[0]
    first, *others = section.items[0].sentences
    sentences = (replace(first, text=first.text.replace("nine", "ninety")), *others)
    items = (replace(section.items[0], sentences=sentences), *section.items[1:])
    return replace(digest, sections=(replace(section, items=items), *digest.sections[1:]))


def test_text_in_another_language_is_quoted_from_its_beginning(con: duckdb.DuckDBPyConnection) -> None:
    blatt = article("Niederlande widerrufen Lizenzen", feed="blatt", language="de")
    place_surely(con, blatt, desk="regulation")
    text = "Das Ministerium hat am Dienstag neun Lizenzen für den Export widerrufen."
    read(con, blatt, text)
    (item,) = build_digest(con, WEEK, NOW).sections[2].items
    assert [one.text for one in item.sentences] == [text]


def test_outlets_that_differ_stand_side_by_side_and_are_confirmed(con: duckdb.DuckDBPyConnection) -> None:
    read(con, WIRE, EVENT)
    read(con, POST, EVENT.replace("nine export", "seven export"))
    digest = build_digest(con, WEEK, NOW)
    (one,) = digest.sections[0].items[0].differences
    assert one.of == "licences"
    assert [(said.source.outlet, said.text.count("nine")) for said in one.passages] == [
        ("Wire", 1),
        ("Post", 0),
    ]
    assert verify_record(con, digest) == []
    for name in ("html", "markdown", "mail_html", "mail_text"):
        assert "Outlets differ on the number of licences: “" in forms_of(digest)[name]
    assert from_json(to_json(digest)) == digest
