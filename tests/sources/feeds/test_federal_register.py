"""The Federal Register's API.

Structured fields are kept, and missing or mistyped ones do not lose a document.
"""

from __future__ import annotations

import json
from datetime import date

import pytest
from fakes import at, source
from hypothesis import given
from hypothesis import strategies as st
from paths import FEEDS

from sources.errors import NotAFeedError
from sources.feeds.parse import parse_feed
from sources.model import Article, ParsedFeed, Rejection

ANSWER = (FEEDS / "federal_register.json").read_bytes()
REGISTER = source("federal-register", kind="regulator")


def parse(body: bytes) -> ParsedFeed:
    return parse_feed(body, "application/json", REGISTER, at("2026-08-12T12:00"))


def documents() -> tuple[Article, ...]:
    return parse(ANSWER).articles


def test_document_becomes_an_article_with_its_abstract_as_summary() -> None:
    rule = documents()[0]
    assert (rule.title, rule.summary) == (
        "Controls on Invented Accelerators & Tools", "The bureau amends the rules on accelerators.",
    )  # fmt: skip
    assert rule.url == "https://www.federalregister.gov/documents/2026/08/11/2026-15001/controls"
    assert rule.published_at == at("2026-08-11")


def test_documents_own_fields_are_kept() -> None:
    register = documents()[0].register
    assert register is not None
    assert (register.document_number, register.type) == ("2026-15001", "Rule")
    assert register.agencies == ("Invention Department", "Trials Bureau")
    assert (register.effective_on, register.comments_close_on) == (date(2026, 10, 1), None)
    assert register.dockets == ("Docket No. 260811-0001",)
    assert register.rins == ("0694-ZZ01", "0694-ZZ02")
    assert register.cfr_parts == ("15 CFR 742", "15 CFR 744")


def test_missing_and_null_fields_are_left_out() -> None:
    notice = documents()[1]
    assert notice.summary == ""
    assert notice.register is not None
    assert notice.register.agencies == ("Office of Nowhere",)
    assert notice.register.comments_close_on == date(2026, 9, 15)
    assert (notice.register.dockets, notice.register.rins, notice.register.cfr_parts) == ((), (), ())


def test_fields_of_wrong_types_give_what_is_usable() -> None:
    register = documents()[2].register
    assert register is not None
    assert (register.type, register.agencies, register.effective_on, register.comments_close_on) == (
        "7",
        (),
        None,
        None,
    )
    assert (register.dockets, register.cfr_parts) == (("5",), ("15 CFR 1", "3"))


def test_row_that_is_no_document_is_counted() -> None:
    assert parse(ANSWER).rejections == (Rejection.NO_TITLE,)


def test_answer_that_found_nothing_is_a_feed_without_entries() -> None:
    assert parse(b'{"description": "Documents", "count": 0}') == ParsedFeed(articles=(), rejections=())


def test_changed_comment_date_is_a_changed_entry() -> None:
    changed = ANSWER.replace(b"2026-09-15", b"2026-09-30")
    before, after = parse(ANSWER).fingerprints, parse(changed).fingerprints
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True]


@pytest.mark.parametrize("body", [b'{"results": [{"name": "x"}]}', b'{"results": {}}', b'{"count": 3}'])
def test_other_json_with_results_is_no_feed(body: bytes) -> None:
    with pytest.raises(NotAFeedError, match="no list of items"):
        parse(body)


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800",
        "2026-08-11", "<p>x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "title", "part"]),
        inner),
    max_leaves=4,
)  # fmt: skip
FIELDS = st.sampled_from(list(json.loads(ANSWER)["results"][0]))


@given(st.lists(st.dictionaries(FIELDS, WILD, max_size=8), max_size=3))
def test_any_documents_are_each_counted_once(rows: list[dict[str, object]]) -> None:
    parsed = parse(json.dumps({"results": [{"document_number": "1"}, *rows]}).encode())
    assert len(parsed.articles) + len(parsed.rejections) == len(rows) + 1
