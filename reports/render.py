"""Writes a digest as one self-contained HTML page, as Markdown and as JSON. Chooses no content."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports import wording
from reports.model import Digest
from reports.trends import BASELINE_WEEKS

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFiles:
    """Where an issue was written."""

    html: Path
    markdown: Path
    json: Path


def write_digest(digest: Digest, out_dir: Path) -> DigestFiles:
    """Writes all forms of an issue into `out_dir`; each appears whole or not at all. Unchanged files are left alone."""
    out_dir.mkdir(parents=True, exist_ok=True)
    stem = out_dir / str(digest.week)
    files = DigestFiles(
        html=stem.with_suffix(".html"), markdown=stem.with_suffix(".md"), json=stem.with_suffix(".json")
    )
    for path, text in (
        (files.json, to_json(digest)),
        (files.markdown, to_markdown(digest)),
        (files.html, to_html(digest)),
    ):
        _write_whole(path, text)
    return files


def to_html(digest: Digest) -> str:
    """The issue as a page that needs nothing else: styles and charts inside, no script."""
    rendered = _environment(autoescape=True).get_template("digest.html.j2").render(**_context(digest))
    return _COMMANDING.sub(" ", rendered)


def to_markdown(digest: Digest) -> str:
    """The issue as Markdown; what comes from feeds is escaped, so that it cannot become markup."""
    rendered = _environment(autoescape=False).get_template("digest.md.j2").render(**_context(digest))
    return _BLANK_LINES.sub("\n\n", rendered).strip() + "\n"


def to_json(digest: Digest) -> str:
    """The issue as JSON: every value of the model, times as ISO 8601; safe to print, and to set into a page."""
    values = {"schema": SCHEMA_VERSION, **asdict(digest), "week": str(digest.week)}
    written = json.dumps(values, default=datetime.isoformat, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return _COMMANDING.sub(lambda match: f"\\u{ord(match[0]):04x}", written).replace("<", "\\u003c")


# Controls, which a terminal obeys, and the marks that reorder what stands beside them (Unicode TR36). The collector
# takes them out, but who reads an issue need not rely on that.
_COMMANDING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BLANK_LINES = re.compile(r"\n{3,}")


def _context(digest: Digest) -> dict[str, Any]:
    weeks = len(digest.sections[0].trend.series.stories)
    return {
        "digest": digest,
        "weeks": [str(digest.week.before(number)) for number in reversed(range(weeks))],
        "baseline_weeks": BASELINE_WEEKS,
        "say": wording,
    }


@cache
def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=autoescape,  # noqa: S701 - Markdown escapes by the filter `md`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(day=_day, moment=_moment, md=escape_markdown, href=safe_link)
    return environment


def _day(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y}" if moment else "undated"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


# Without [, ] and < no link, image or tag can begin, so round brackets may stay as they are.
_MARKDOWN_SYNTAX = re.compile(r"([\\`*_\[\]|<>~&])")
_LINE_START = re.compile(r"^(\d*)([-+=#]|(?<=\d)[.)])")


def escape_markdown(text: str) -> str:
    """The text on one line, with everything that Markdown could read as syntax escaped."""
    line = " ".join(_COMMANDING.sub(" ", text).split())
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN_SYNTAX.sub(r"\\\1", line))


def safe_link(url: str | None) -> str:
    """The link if it is http(s), with everything that would end it in Markdown or HTML encoded; else empty."""
    if url is None or not url.startswith(("http://", "https://")):
        return ""
    return _LINK_ENDS.sub(_percent, _COMMANDING.sub(_percent, url))


def _percent(match: re.Match[str]) -> str:
    return quote(match[0], safe="")


# A backtick too: a code span binds tighter than a link.
_LINK_ENDS = re.compile(r"[()<>\s\"'`\\]")


def _write_whole(path: Path, text: str) -> None:
    content = text.encode()
    if path.exists() and path.read_bytes() == content:
        return
    fresh = path.with_name(f".{path.name}.fresh")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
