"""Writes a digest as one self-contained HTML page, as Markdown and as JSON. Chooses no content."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

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
    return _environment(autoescape=True).get_template("digest.html.j2").render(**_context(digest))


def to_markdown(digest: Digest) -> str:
    """The issue as Markdown; what comes from feeds is escaped, so that it cannot become markup."""
    rendered = _environment(autoescape=False).get_template("digest.md.j2").render(**_context(digest))
    return _BLANK_LINES.sub("\n\n", rendered).strip() + "\n"


def to_json(digest: Digest) -> str:
    """The issue as JSON: every value of the model, times as ISO 8601."""
    values = {"schema": SCHEMA_VERSION, **asdict(digest), "week": str(digest.week)}
    return json.dumps(values, default=datetime.isoformat, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


_BLANK_LINES = re.compile(r"\n{3,}")


def _context(digest: Digest) -> dict[str, Any]:
    weeks = len(digest.sections[0].trend.series.stories)
    return {
        "digest": digest,
        "weeks": [str(digest.week.before(number)) for number in reversed(range(weeks))],
        "baseline_weeks": BASELINE_WEEKS,
        "say": wording,
    }


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
_LINE_START = re.compile(r"^(\s*)([-+=#]|\d+(?=[.)]))")


def escape_markdown(text: str) -> str:
    """The text with everything that Markdown could read as syntax escaped."""
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN_SYNTAX.sub(r"\\\1", text))


def safe_link(url: str | None) -> str:
    """The link if it is http(s), with brackets and blanks that would end it in Markdown encoded; else empty."""
    if url is None or not url.startswith(("http://", "https://")):
        return ""
    return re.sub(r"[()<>\s\"'\\]", lambda match: f"%{ord(match[0]):02X}", url)


def _write_whole(path: Path, text: str) -> None:
    if path.exists() and path.read_text("utf-8") == text:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
