"""Builds the static site from a published snapshot and written issues. A new page is a function in PAGES."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from pathlib import Path

import duckdb

from reports.digest.render import shared_css
from reports.digest.written_issues import read_issues
from reports.site import addresses
from reports.site.atom import atom_feed
from reports.site.atomic_output import atomic_output
from reports.site.contents import Contents, read_contents
from reports.site.listings import listing_pages
from reports.site.page import File, page
from reports.site.pages import data_page, feeds_page, home_page, issue_pages, search_page, story_pages
from reports.site.threads import thread_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReport:
    """The result of a build. `gone` counts pages replaced by a notice that their subject is gone."""

    out: Path
    issues: int
    stories: int
    written: int
    kept: int
    gone: int


PAGES: tuple[Callable[[Contents], Iterable[File]], ...] = (
    home_page,
    search_page,
    data_page,
    feeds_page,
    issue_pages,
    listing_pages,
    story_pages,
    thread_pages,
    atom_feed,
)


def build_site(con: duckdb.DuckDBPyConnection, digests: Path, out: Path, site_url: str | None) -> SiteReport:
    """Builds the site at `out` from the open snapshot and the issues in `digests`; equal inputs, equal bytes.

    No address of an earlier build disappears: an issue stays as it was, any other
    page is replaced by a notice.
    """
    with atomic_output(out) as output:
        earlier = [output.current / "data"] if output.current else []
        contents = read_contents(con, read_issues(digests, *earlier), site_url)
        for file in chain(_assets(), *(pages(contents) for pages in PAGES)):
            output.put(file)
        gone = [path for path in _pages_of(output.current) if not output.has(path)]
        for path in gone:
            output.put(page(path, "gone"))
    return SiteReport(
        out=out,
        issues=len(contents.issues),
        stories=len(contents.cards),
        written=output.written,
        kept=output.kept,
        gone=len(gone),
    )


def _assets() -> Iterator[File]:
    templates = files("reports").joinpath("templates", "site")
    yield File(
        path=addresses.STYLE, content=shared_css().encode() + templates.joinpath("site.css").read_bytes()
    )
    yield File(path=addresses.SCRIPT, content=templates.joinpath("search.js").read_bytes())


def _pages_of(site: Path | None) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html")) if site else []
