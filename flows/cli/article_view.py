"""Shows an article's text with what was read from it: in colours on a terminal, else between signs."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from flows.cli.console import print_styled, show
from warehouse.extract.text_marks import Mark, MarkKind
from warehouse.queries.article_reading import ArticleReading, PageAttempt, TextVersion

MOST_COLUMNS = 100
SHOWN_LABELS = 12
# One blank for each, so that the places of the marks stay.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_LABEL = "LABEL"  # in its place stands what was read
_SIGNS = {
    MarkKind.ENTITY: ("[", "]"),
    MarkKind.INSTRUMENT: ("{", "}"),
    MarkKind.ACT: ("*", "*"),
    MarkKind.DATE: ("", f" (=> {_LABEL})"),
    MarkKind.PRINTED: (">> ", " <<"),
}
_STYLES = {
    MarkKind.ENTITY: "cyan",
    MarkKind.INSTRUMENT: "magenta",
    MarkKind.ACT: "yellow",
    MarkKind.DATE: "underline",
    MarkKind.PRINTED: "bold",
}
_MEANINGS = {
    MarkKind.ENTITY: "names",
    MarkKind.INSTRUMENT: "instruments",
    MarkKind.ACT: "act",
    MarkKind.DATE: "dates",
    MarkKind.PRINTED: "printed in issue",
}


def show_reading(reading: ArticleReading, *, with_text: bool) -> None:
    """Prints the article."""
    for line in _head(reading):
        show(_plain(line))
    if with_text and reading.text:
        show("")
        text = _plain(reading.text)
        for start, paragraph in _paragraphs(text):
            marks = [one for one in reading.marks if start <= one.start < start + len(paragraph)]
            _show_paragraph(paragraph, [_moved(one, start, len(paragraph)) for one in marks])
    for line in (*_legend(reading.marks), *_versions(reading.versions)):
        show(_plain(line))


def without_text(reading: ArticleReading) -> ArticleReading:
    """Returns the article without its text, and without the marks, which are places of it."""
    return replace(reading, text="", marks=())


def why_no_text(page: PageAttempt | None) -> str:
    """Says how the latest attempt to have a page ended, and whether it is tried again."""
    if page is None:
        return "its feed brought none that is kept, and its page was not asked for"
    why = f"{page.outcome}{f' ({page.message})' if page.message else ''}"
    again = f"tried again from {_moment(page.retry_at)}" if page.retry_at else "not tried again"
    return f"{why}; asked for {_moment(page.fetched_at)}; {again}"


def signed(text: str, marks: Sequence[Mark]) -> str:
    """Returns the text with the signs of its marks; the outer ones of two at one place stand outside."""
    openings = [(one.start, 1, -one.end, _SIGNS[one.kind][0]) for one in marks]
    closings = [(one.end, 0, -one.start, _SIGNS[one.kind][1].replace(_LABEL, one.label)) for one in marks]
    pieces, done = [], 0
    for place, _, _, sign in sorted([*openings, *closings]):
        pieces += [text[done:place], sign]
        done = place
    return "".join([*pieces, text[done:]])


def _head(reading: ArticleReading) -> Iterator[str]:
    yield reading.title
    day = reading.published_at or reading.first_seen_at
    yield f"{reading.publisher}, {_moment(day)}, {reading.language}"
    yield reading.url or "no address"
    shown = next((one for one in reading.versions if one.version == reading.version), None)
    if shown is not None and shown.is_kept:
        of = "feed" if shown.version == 0 else "page"
        yield f"Text of its {of}, version {shown.version}: {shown.words:,} words, {_moment(shown.fetched_at)}"
    elif shown is not None:
        yield "Its text was deleted: it is older than texts are kept (keep_texts_months)"
    else:
        yield f"No whole text: {why_no_text(reading.page)}"
        if not reading.text and reading.summary:
            yield from ("", *textwrap.wrap(reading.summary, _columns()))


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for paragraph in text.split("\n"):
        if paragraph.strip():
            yield start, paragraph
        start += len(paragraph) + 1


def _moved(mark: Mark, start: int, length: int) -> Mark:
    return replace(mark, start=mark.start - start, end=min(mark.end - start, length))


def _show_paragraph(paragraph: str, marks: Sequence[Mark]) -> None:
    if sys.stdout.isatty():
        print_styled(paragraph, [(one.start, one.end, _STYLES[one.kind]) for one in marks], _columns())
    else:
        show(textwrap.fill(signed(paragraph, marks), _columns(), break_long_words=False))
    show("")


def _legend(marks: Sequence[Mark]) -> Iterator[str]:
    if marks:
        yield "Marks"
    for kind in MarkKind:
        if labels := list(dict.fromkeys(one.label for one in marks if one.kind == kind)):
            opening, closing = _SIGNS[kind]
            sign = _STYLES[kind] if sys.stdout.isatty() else f"{opening}...{closing.replace(_LABEL, '')}"
            more = f" and {len(labels) - SHOWN_LABELS} more" if len(labels) > SHOWN_LABELS else ""
            yield f"  {sign:12} {_MEANINGS[kind]}: {', '.join(labels[:SHOWN_LABELS])}{more}"


def _versions(versions: Sequence[TextVersion]) -> Iterator[str]:
    if len(versions) < 2:
        return
    yield "Versions"
    for one in versions:
        kept = "" if one.is_kept else ", deleted"
        yield f"  {one.version}  {_moment(one.fetched_at)}  {one.words:,} words{kept}"
        if one.changes:
            yield f"     corrected on {one.fetched_at:%Y-%m-%d}:"
        for change in one.changes:
            for sign, sentences in (("-", change.before), ("+", change.after)):
                for sentence in sentences:
                    yield textwrap.fill(
                        sentence, _columns(), initial_indent=f"     {sign} ", subsequent_indent=" " * 7
                    )


def _plain(text: str) -> str:
    """Returns the text without what a terminal would obey."""
    return _CONTROLS.sub(" ", text)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _columns() -> int:
    return min(MOST_COLUMNS, shutil.get_terminal_size((MOST_COLUMNS, 24)).columns)
