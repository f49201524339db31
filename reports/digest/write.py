"""Writes an issue into a folder: page, Markdown, JSON, mail, CSV, calendar. The JSON is replaced last."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from datetime import timedelta
from pathlib import Path

import css_inline
from icalendar import Calendar, Event

from reports.digest.digest import Digest
from reports.digest.items import Item
from reports.digest.phrases import day
from reports.digest.record import to_json
from reports.digest.render import environment, joined_blocks, section_blocks, to_html, to_markdown
from reports.digest.sections.deadlines_and_events import DueDate, what_is_due
from reports.escaping import one_line, safe_cell, safe_link, without_commands
from warehouse.store.atomic_files import output_file


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFiles:
    """The files of a written issue: page, Markdown, appendix, calendar, both parts of the mail, and JSON."""

    html: Path
    markdown: Path
    csv: Path
    ics: Path
    mail_html: Path
    mail_text: Path
    json: Path


def files_of(stem: Path) -> DigestFiles:
    """The files of the issue whose names begin with `stem`, as HOME/digests/2026-W33."""
    return DigestFiles(
        html=stem.with_name(f"{stem.name}.html"),
        markdown=stem.with_name(f"{stem.name}.md"),
        csv=stem.with_name(f"{stem.name}.csv"),
        ics=stem.with_name(f"{stem.name}.ics"),
        mail_html=stem.with_name(f"{stem.name}.mail.html"),
        mail_text=stem.with_name(f"{stem.name}.mail.txt"),
        json=stem.with_name(f"{stem.name}.json"),
    )


def forms_of(digest: Digest) -> dict[str, str]:
    """What each file of an issue holds, by the field of DigestFiles."""
    mail_html, mail_text = to_message_parts(digest)
    return {
        "html": to_html(digest),
        "markdown": to_markdown(digest),
        "csv": to_csv(digest),
        "ics": to_ics(digest),
        "mail_html": mail_html,
        "mail_text": mail_text,
        "json": to_json(digest),
    }


def write_digest(digest: Digest, out_dir: Path) -> DigestFiles:
    """Writes all forms of an issue into `out_dir`: first all to temporary files, then each is renamed.

    Unchanged files are not written.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    files = files_of(out_dir / str(digest.week))
    contents = {
        path: text.encode() for path, text in zip(astuple(files), forms_of(digest).values(), strict=True)
    }
    changed = {path: content for path, content in contents.items() if not _holds(path, content)}
    with ExitStack() as stack:
        for path, content in reversed(
            changed.items()
        ):  # the stack renames the last one first, and the JSON comes last
            stack.enter_context(output_file(path)).write_bytes(content)
    return files


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


COLUMNS = (
    "week desk story_id title new articles texts publishers confidence act stage latest_on outlet date link "
    "more_links"
).split()


def to_csv(digest: Digest) -> str:
    """Returns a row per story in the appendix's order; outlet, date and link are of the first citation."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for desk, items in digest.appendix:
        writer.writerows(map(safe_cell, (digest.week, desk, *_row(item))) for item in items)
    return written.getvalue()


def _row(item: Item) -> tuple[object, ...]:
    first, *others = item.citations
    return (
        item.story_id,
        item.title,
        "yes" if item.is_new else "no",
        item.articles,
        item.texts,
        item.publishers,
        f"{item.confidence:.2f}",
        item.act or "",
        item.stage or "",
        item.latest_at.date(),
        first.outlet,
        day(first.published_at),
        safe_link(first.url),
        " ".join(filter(None, (safe_link(one.url) for one in others))),
    )


def to_ics(digest: Digest) -> str:
    """Returns an all-day event per upcoming date: equal issues give equal bytes, later ones the same uid."""
    calendar = Calendar()
    calendar.add("prodid", "-//Watchfloor//Weekly digest//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Watchfloor deadlines {digest.week}")
    for one in digest.due_dates.upcoming:
        calendar.add_component(_event(one, digest))
    written: bytes = calendar.to_ical()
    return written.decode()


def _event(one: DueDate, digest: Digest) -> Event:
    event = Event()
    event.add("uid", f"{one.source.article_id:x}-{one.kind}-{one.due_on:%Y%m%d}@watchfloor")
    event.add("dtstamp", digest.watermark)
    event.add("dtstart", one.due_on)
    event.add("dtend", one.due_on + timedelta(days=1))
    event.add("summary", one_line(f"{what_is_due(one).capitalize()}: {one.source.title}"))
    event.add("description", one_line(f"{one.evidence} ({one.source.outlet})"))
    if link := safe_link(one.source.url):
        event.add("url", link)
    event.add("transp", "TRANSPARENT")
    return event


def to_message_parts(digest: Digest) -> tuple[str, str]:
    """Returns the HTML with its styles in the elements, and the plain text."""
    frame = environment(autoescape=True).get_template("mail.html.j2")
    html = frame.render(digest=digest, blocks=section_blocks(digest, "mail"))
    text = joined_blocks([*section_blocks(digest, "mail_text"), _CLOSING])
    return without_commands(_INLINER.inline(html)), text


_CLOSING = "Made by Watchfloor from what the cited outlets published. Nothing here was written by a model."
# Nothing is fetched: the template has all styles.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
