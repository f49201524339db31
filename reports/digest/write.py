"""Writes all forms of an issue into a folder; each file is replaced atomically, the JSON last."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path

from reports.digest.appendix_csv import to_csv
from reports.digest.calendar_ics import to_ics
from reports.digest.digest import Digest
from reports.digest.mail_parts import to_message_parts
from reports.digest.record import to_json
from reports.digest.render import to_html, to_markdown
from warehouse.store.atomic_files import replacing


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFiles:
    """Where an issue was written: page, Markdown, appendix, calendar, the two parts of the mail, and the record."""

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
    contents = {path: text.encode() for path, text in zip(astuple(files), forms_of(digest).values(), strict=True)}
    changed = {path: content for path, content in contents.items() if not _holds(path, content)}
    with ExitStack() as stack:
        for path, content in reversed(changed.items()):  # the stack renames the last one first, and the JSON comes last
            stack.enter_context(replacing(path)).write_bytes(content)
    return files


def _holds(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content
