"""Builds the static site from a published snapshot and the issues that were written. Old addresses keep answering."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from pathlib import Path

import duckdb

from reports.digest.render import shared_css
from reports.digest.written_issues import read_issues
from reports.site import addresses
from reports.site.atom import atom_feed
from reports.site.atomic_output import new_site
from reports.site.contents import Contents, read_contents
from reports.site.front_pages import front_pages
from reports.site.issue_pages import issue_pages
from reports.site.listings import listing_pages
from reports.site.page import File, page
from reports.site.story_pages import story_pages
from reports.site.title_index import search_index


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReport:
    """What came of a build. `written` and `kept` count files; `gone` those pages that say what they showed is gone."""

    out: Path
    issues: int
    stories: int
    written: int
    kept: int
    gone: int


def build_site(con: duckdb.DuckDBPyConnection, digests: Path, out: Path, site_url: str | None) -> SiteReport:
    """The site at `out`, of the open snapshot and the issues in `digests`; the same of both gives the same bytes.

    An issue or a page that was ever on the site stays: an issue as it was, any other page as a word on what became of it.
    """
    with new_site(out) as shelf:
        earlier = [shelf.stands / "data"] if shelf.stands else []
        contents = read_contents(con, read_issues(digests, *earlier))
        for file in _files(contents, site_url):
            shelf.put(file)
        gone = 0
        for path in _pages_on(shelf.stands):
            if not shelf.holds(path):
                shelf.put(page(path, "gone"))
                gone += 1
    return SiteReport(
        out=out,
        issues=len(contents.issues),
        stories=len(contents.cards),
        written=shelf.written,
        kept=shelf.kept,
        gone=gone,
    )


def _files(contents: Contents, site_url: str | None) -> Iterator[File]:
    return chain(
        _assets(),
        front_pages(contents),
        issue_pages(contents, site_url),
        listing_pages(contents),
        story_pages(contents),
        search_index(contents),
        [atom_feed(contents, site_url)],
    )


def _assets() -> Iterator[File]:
    templates = files("reports").joinpath("templates", "site")
    yield File(path=addresses.STYLE, content=shared_css().encode() + templates.joinpath("site.css").read_bytes())
    yield File(path=addresses.SCRIPT, content=templates.joinpath("search.js").read_bytes())


def _pages_on(site: Path | None) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html")) if site else []
