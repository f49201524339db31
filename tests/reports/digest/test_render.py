"""The forms of an issue: hostile texts stay texts, the same digest gives the same bytes, files are whole."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from fakes import WEEK, issue, item, section, trend_test
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token
from paths import ROOT, TESTS
from selectolax.lexbor import LexborHTMLParser

from reports.digest.digest import Digest
from reports.digest.items import Citation, RelatedStory
from reports.digest.record import from_json, json_schema, to_json
from reports.digest.render import to_html, to_markdown
from reports.digest.sections.coverage_notes import Coverage
from reports.digest.sections.deadlines_and_events import DueDate, DueDates
from reports.digest.sections.opinion_and_analysis import Commentary
from reports.digest.sections.week_changes import Change, Changes, Restatement
from reports.digest.write import forms_of, to_csv, to_ics, to_message_parts, write_digest
from reports.escaping import escape_markdown, safe_link

SCHEMA = ROOT / "docs" / "researchers" / "digest.schema.json"
HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "closing": "</script></style></title></main><h1>owned</h1>",
    "entities": "&lt;script&gt; &#60;b&#62; &amp; &copy",
    "quotes": '" onmouseover="alert(1)" \' onfocus=\'alert(1)',
    "bidi": "pay \u202e001$ \u2066hidden\u2069 \u202a\u202b\u202d\u202c now",
    "controls": "bell\x07 escape\x1b[31mred null\x00 del\x7f c1\x9b31m",
    "link": "[click](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example>",
    "reference": "[a]: https://evil.example\n\n[a]",
    "emphasis": "**bold** _it_ ~~gone~~ `code` ``co`de`` __x__",
    "heading": "# owned\n\n## twice\n===\n---",
    "list": "- one\n- two\n\n1. three",
    "number": "1984. A year, and 7) a point",
    "quote": "> said\n    indented code\n\n```\nfence\n```",
    "table": "a | b\n--|--\n1 | 2",
    "jinja": "{{ digest }} {% raw %} {# gone #}",
    "json": '"}], "x": [{" \\u0022 \\',
    "backslashes": "\\ \\\\ \\[a\\](b) \\` end\\",
    "separators": "one\u2028two\u2029three\x85four",
    "formula": '=HYPERLINK("https://evil.example","x") +1 -1 @SUM(A1)',
    "astral": "🧨👩‍👩‍👧 ẛ̣ ﷽",
    "long": "word " * 1_000,
    "unbroken": "x" * 5_000,
}
# What reorders, hides or commands: must not reach a page or a terminal.
COMMANDING = {
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
    *map(chr, range(0x7F, 0xA0)),
} | {chr(number) for number in range(0x20) if chr(number) != "\n"}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def everywhere(text: str, url: str | None = "https://wire.example/1") -> Digest:
    """An issue that says `text` wherever a feed has a say."""
    printed = item(text, text, text, url=url, outlet=text)
    other = RelatedStory(article_id=3, outlet=text, title=text, published_at=None, url=url, story_id=9)
    printed = replace(printed, actors=(text,), related=(other,))
    cited = Citation(article_id=2, outlet=text, title=text, published_at=None, url=url)
    day = DueDate(
        kind="vote",
        due_on=WEEK.end.date(),
        year_inferred=True,
        desk="regulation",
        evidence=text,
        from_register=False,
        source=cited,
    )
    return issue(
        section(printed, single=(printed,), unsure=(printed,)),
        section(name="Arms race", desk="arms_race"),
        coverage=Coverage(
            feeds=2,
            down=(text,),
            set_aside=((text, "missing", 1),),
            languages=("en", text),
            overflowed=(text,),
        ),
        commentary=Commentary(opinion=(cited,), analysis=(printed,)),
        changes=Changes(stories=(Change(kind="escalated", title=text, source=cited, before=1, after=2),)),
        themes=(trend_test(*[0] * 12, 3, kind="theme", key="cyber", name="Cyber", reason=text),),
        due_dates=DueDates(upcoming=(day,), unobserved=(day,)),
    )


def seen(text: str) -> str:
    """The text as a reader sees it: without what commands, blanks run together."""
    return " ".join("".join(" " if char in COMMANDING else char for char in text).split())


def markdown(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def inlines(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or [token]


def words_of(token: Token) -> str:
    return " ".join("".join(child.content or " " for child in token.children or ()).split())


@hostile
def test_html_has_no_script_no_handler_and_no_foreign_link(text: str) -> None:
    tree = LexborHTMLParser(to_html(everywhere(text)))
    assert tree.css("script, iframe, object, embed, img, form, base, link") == []
    assert [node for node in tree.css("*") for name in node.attributes if name.startswith("on")] == []
    assert {node.attributes["href"] for node in tree.css("a")} <= {
        "https://wire.example/1",
        "#regulation",
        "#arms_race",
        "#bottom-line",
    }
    assert len(tree.css("h1")) == 1


@hostile
def test_html_shows_the_text_as_it_is(text: str) -> None:
    tree = LexborHTMLParser(to_html(everywhere(text)))
    assert [" ".join(node.text().split()) for node in tree.css("article h3")] == [seen(text)]


def test_html_of_hostile_texts_has_the_same_elements_as_of_plain_ones() -> None:
    plain = [node.tag for node in LexborHTMLParser(to_html(everywhere("plain"))).css("*")]
    for text in HOSTILE.values():
        assert [node.tag for node in LexborHTMLParser(to_html(everywhere(text))).css("*")] == plain


@hostile
def test_markdown_of_hostile_texts_has_the_same_structure_as_of_plain_ones(text: str) -> None:
    def structure(content: str) -> list[str]:
        return [
            token.type
            for token in inlines(markdown(to_markdown(everywhere(content))))
            if token.type not in ("text", "softbreak", "text_special")
        ]

    assert structure(text) == structure("plain")


@hostile
def test_markdown_shows_the_text_as_it_is(text: str) -> None:
    tokens = markdown(to_markdown(everywhere(text)))
    headings = [
        words_of(tokens[place + 1])
        for place, token in enumerate(tokens)
        if token.tag == "h3" and token.nesting == 1
    ]
    assert headings[0] == seen(text)


@hostile
def test_markdown_links_only_to_what_is_cited(text: str) -> None:
    tokens = inlines(markdown(to_markdown(everywhere(text))))
    assert {token.attrGet("href") for token in tokens if token.type == "link_open"} == {
        "https://wire.example/1"
    }


@hostile
def test_json_gives_the_text_back_letter_by_letter(text: str) -> None:
    read = json.loads(to_json(everywhere(text)))
    assert read["sections"][0]["items"][0]["title"] == text
    assert read["commentary"]["opinion"][0]["outlet"] == text


@hostile
def test_nothing_that_commands_a_page_or_a_terminal_is_in_any_form(text: str) -> None:
    for name, form in forms_of(everywhere(text)).items():
        assert COMMANDING & set(form.replace("\r\n", "\n")) == set(), name


@hostile
def test_json_can_stand_inside_a_page(text: str) -> None:
    assert "<" not in to_json(everywhere(text))


@hostile
def test_appendix_has_no_formula_and_no_cell_that_breaks_out(text: str) -> None:
    digest = everywhere(text, "javascript:alert(1)")
    head, *rows = csv.reader(io.StringIO(to_csv(digest)))
    assert len(rows) == 1
    assert {len(row) for row in rows} == {len(head)}
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert dict(zip(head, rows[0], strict=True))["link"] == ""


@hostile
def test_calendar_of_hostile_texts_has_one_event_and_no_line_of_their_own(text: str) -> None:
    written = to_ics(everywhere(text))
    properties = {
        line.split(":", 1)[0].split(";")[0] for line in written.splitlines() if not line.startswith(" ")
    }
    assert properties == {
        *(
            "BEGIN",
            "END",
            "VERSION",
            "PRODID",
            "X-WR-CALNAME",
            "UID",
            "DTSTAMP",
            "DTSTART",
            "DTEND",
            "SUMMARY",
        ),
        *("DESCRIPTION", "URL", "TRANSP"),
    }
    (event,) = Calendar.from_ical(written).walk("VEVENT")
    assert seen(text) in " ".join(str(event["SUMMARY"]).split())


@hostile
def test_mail_of_hostile_texts_is_inert(text: str) -> None:
    html, plain = to_message_parts(everywhere(text))
    tree = LexborHTMLParser(html)
    assert tree.css("script, iframe, img, form, link, style, base") == []
    assert [node for node in tree.css("*") for name in node.attributes if name.startswith("on")] == []
    assert {node.attributes["href"] for node in tree.css("a")} == {"https://wire.example/1"}
    assert "https://wire.example/1\n" in plain


ELEMENTS_OF_THE_MAIL = len(LexborHTMLParser(to_message_parts(everywhere("plain"))[0]).css("*"))


@pytest.mark.slow
@settings(max_examples=25)
@given(st.text(max_size=60))
def test_whatever_a_feed_says_no_form_gains_an_element_a_row_or_an_event(text: str) -> None:
    digest = everywhere(f"a {text} b")
    assert len(LexborHTMLParser(to_message_parts(digest)[0]).css("*")) == ELEMENTS_OF_THE_MAIL
    assert len(list(csv.reader(io.StringIO(to_csv(digest))))) == 2
    assert len(Calendar.from_ical(to_ics(digest)).walk("VEVENT")) == 1
    assert from_json(to_json(digest)) == digest


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "https:evil",
        "\x01https://evil.example",
        "",
        None,
    ],
)
def test_link_that_is_not_http_is_no_link(url: str | None) -> None:
    assert safe_link(url) == ""
    digest = everywhere("Plain", url)
    assert LexborHTMLParser(to_html(digest)).css("a[href^=http], a[href*=script], a[href^=data]") == []
    assert "link_open" not in [token.type for token in inlines(markdown(to_markdown(digest)))]


@pytest.mark.parametrize(
    ("tail", "encoded"),
    [
        ("a)b(c", "a%29b%28c"),
        ("a b\tc\nd", "a%20b%09c%0Ad"),
        ("\"><script>'", "%22%3E%3Cscript%3E%27"),
        ("`x`", "%60x%60"),
        ("\\", "%5C"),
        ("\u00a0\u2028", "%C2%A0%E2%80%A8"),
        ("\x00\x1b", "%00%1B"),
        ("?a=1&b=2#c", "?a=1&b=2#c"),
        ("caf%C3%A9", "caf%C3%A9"),
    ],
)
def test_link_is_encoded_where_it_could_end_early(tail: str, encoded: str) -> None:
    assert safe_link(f"https://x.example/{tail}") == f"https://x.example/{encoded}"


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_no_link_breaks_out_of_its_markup(tail: str) -> None:
    url = f"https://x.example/{tail}"
    digest = issue(section(item("Plain", url=url)))
    tree = LexborHTMLParser(to_html(digest))
    assert {node.attributes["href"] for node in tree.css("a")} - {"#regulation", "#bottom-line"} == {
        safe_link(url)
    }
    links = [token for token in inlines(markdown(to_markdown(digest))) if token.type == "link_open"]
    assert len(links) == 3


@given(st.text(max_size=80))
def test_escaped_text_reads_in_markdown_as_it_was(text: str) -> None:
    (_, inline, _) = markdown(f"{escape_markdown(text)} end.")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or ()).strip() == seen(f"{text} end.")


def test_same_digest_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_digest(everywhere("Same"), tmp_path / name)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two")
    )
    assert one == two
    assert sorted(one) == [
        f"2026-W33.{form}" for form in ("csv", "html", "ics", "json", "mail.html", "mail.txt", "md")
    ]


PRINTED = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from fakes import issue
from reports.digest.write import forms_of
print(*(hashlib.sha256(form.encode()).hexdigest() for form in forms_of(issue()).values()))
"""


@pytest.mark.slow
def test_same_digest_gives_the_same_bytes_in_another_process_and_zone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINTED, str(TESTS)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "33", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [hashlib.sha256(form.encode()).hexdigest() for form in forms_of(issue()).values()]
    assert done.stdout.split() == here


def test_unchanged_files_are_left_alone(tmp_path: Path) -> None:
    files = write_digest(everywhere("Same\r\nlines"), tmp_path)
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    assert write_digest(everywhere("Same\r\nlines"), tmp_path) == files
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before


def test_changed_issue_takes_the_place_of_the_last(tmp_path: Path) -> None:
    write_digest(everywhere("Yesterday"), tmp_path)
    files = write_digest(everywhere("Tomorrow"), tmp_path)
    for path in (files.html, files.markdown, files.json):
        assert "Tomorrow" in path.read_text("utf-8")
        assert "Yesterday" not in path.read_text("utf-8")


def test_spoilt_file_is_written_anew(tmp_path: Path) -> None:
    files = write_digest(issue(), tmp_path)
    files.html.write_bytes(b"\xff\xfe half a page")
    write_digest(issue(), tmp_path)
    assert files.html.read_text("utf-8") == to_html(issue())


def test_interrupted_write_leaves_the_last_issue_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_digest(everywhere("Old"), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", interrupted)
        write_digest(everywhere("New"), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert files.html.exists()


def test_record_is_replaced_after_all_other_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[str] = []
    replace_file = Path.replace

    def noted(path: Path, target: Path) -> Path:
        replaced.append(target.name)
        return replace_file(path, target)

    monkeypatch.setattr(Path, "replace", noted)
    files = write_digest(issue(), tmp_path)
    assert len(replaced) == len(astuple(files))
    assert replaced[-1] == files.json.name


KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from fakes import issue
from reports.digest.write import write_digest
Path.replace = lambda *_: os.kill(os.getpid(), 9)
write_digest(issue(), Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_killed_write_leaves_no_half_file_and_no_litter_once_repeated(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(TESTS), str(tmp_path)],
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == -9
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    files = write_digest(issue(), tmp_path)
    assert set(tmp_path.iterdir()) == set(astuple(files))


def test_page_needs_nothing_from_elsewhere() -> None:
    tree = LexborHTMLParser(to_html(issue()))
    policy = tree.css_first("meta[http-equiv=Content-Security-Policy]")
    assert policy is not None
    assert "default-src 'none'" in (policy.attributes["content"] or "")
    assert tree.css("[src], link, script") == []
    assert set(re.findall(r"(?:url\(|xlink:href=\")(.)", to_html(issue()))) <= {"#"}


def test_every_form_has_week_counts_story_and_citation() -> None:
    digest = issue(section(item("Rule takes effect", "It took effect on Monday, after a year.")))
    for form in (to_html, to_markdown, to_json):
        text = form(digest)
        for part in (
            "2026-W33",
            "Rule takes effect",
            "It took effect on Monday, after a year.",
            "https://wire.example/1",
        ):
            assert part in text, (form, part)


def test_json_has_a_schema_number_the_week_and_times_with_their_zone() -> None:
    read = json.loads(to_json(issue()))
    assert (read["schema"], read["week"], read["watermark"]) == (1, "2026-W33", "2026-08-17T06:00:00+00:00")
    assert read["sections"][0]["trend"]["verdict"] == "no_measurable_change"


def test_issue_of_an_older_ledger_is_read_and_rendered() -> None:
    written = json.loads(to_json(issue()))
    new = (
        "span_weeks span_stories panel_span panel_span_out_of level level_low level_high days_watched".split()
    )
    new += "panel_feeds watched_feeds error_share".split()
    for test in (one[kind] for one in written["sections"] for kind in ("trend", "acts")):
        test |= {"panel_ratio": test["ratio"], "panel_p": test["p"]}
        for name in new:
            del test[name]
    del written["drivers"]
    trend = from_json(json.dumps(written)).sections[0].trend
    assert (trend.span_weeks, trend.panel_span) == (("2026-W33",), (trend.panel_stories,))
    assert (trend.level, trend.level_high) == (trend.ratio, trend.high)
    assert "this week" in to_markdown(from_json(json.dumps(written)))


def test_markdown_table_has_a_column_a_week() -> None:
    tokens = markdown(to_markdown(issue()))
    heads = [token for token in tokens if token.type == "th_open"]
    assert len(heads) == 1 + 13
    rows = sum(token.type == "tr_open" for token in tokens)
    assert rows == 3


def test_undated_citation_says_so() -> None:
    digest = everywhere("Plain")
    assert "undated" in to_markdown(digest)
    assert "undated" in to_html(digest)


def test_empty_desk_says_no_story_in_both_pages() -> None:
    digest = issue(section())
    assert "no material change" in to_html(digest)
    assert "no material change" in to_markdown(digest)
    assert "No story this week." in to_markdown(digest)


def test_issue_of_two_thousand_stories_is_written_without_trouble(tmp_path: Path) -> None:
    many = tuple(replace(item(f"Story {number}"), story_id=number) for number in range(2_000))
    digest = replace(issue(), appendix=(("regulation", many),))
    files = write_digest(digest, tmp_path)
    assert str(WEEK) in files.html.name
    assert "Story 1999" in files.html.read_text("utf-8")


def test_record_reads_back_as_the_issue_it_was() -> None:
    digest = everywhere("Plain")
    assert from_json(to_json(digest)) == digest


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("[]", "no issue"),
        ('{"schema": 99}', "no issue"),
        ('{"schema": 1, "week": "2026-W33"}', "corpus\n  Field required"),
    ],
)
def test_what_is_no_record_is_refused_with_a_reason(broken: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        from_json(broken)


def test_record_of_another_kind_of_value_is_refused_by_its_place() -> None:
    values = json.loads(to_json(issue()))
    values["sections"][0]["items"][0]["publishers"] = "two"
    with pytest.raises(ValueError, match=r"sections\.0\.items\.0\.publishers\n  .*'two'"):
        from_json(json.dumps(values))


def test_published_schema_is_that_of_the_model_and_holds_for_an_issue() -> None:
    published = json.loads(SCHEMA.read_text("utf-8"))
    assert published == json_schema(), "run: make golden"
    validator = Draft202012Validator(published)
    Draft202012Validator.check_schema(published)
    restated = Restatement(week="2026-W32", before=41, after=46, desks=(("regulation", 9, 14),))
    for digest in (everywhere("Plain"), issue(), replace(issue(), changes=Changes(restatement=restated))):
        assert [error.message for error in validator.iter_errors(json.loads(to_json(digest)))] == []
    assert list(validator.iter_errors({"schema": 1})) != []


def test_restatement_stands_in_page_mail_and_markdown() -> None:
    digest = issue(
        changes=Changes(
            restatement=Restatement(week="2026-W32", before=41, after=46, desks=(("regulation", 9, 14),))
        ),
    )
    line = "Last week restated: 41 to 46 stories in 2026-W32 (Regulation 9 to 14)."
    for form, text in forms_of(digest).items():
        assert (line in text) == (form in {"html", "markdown", "mail_html", "mail_text"}), form
