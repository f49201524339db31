"""`watchfloor site`: the static site of issues, desks, themes, entities and stories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, attempt, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from reports.site.build import SiteReport


@app.command()
def site(
    out: Annotated[Path | None, typer.Option(help="Where the site stands; without it HOME/site.")] = None,
    as_json: AsJson = False,
) -> None:
    """Build the static site from the published snapshot and the issues: files alone, for any web server or a shared disk."""

    def run() -> SiteReport:
        from flows.steps.static_site import site

        return site(read_settings(), out.absolute() if out else None)

    report = attempt(run)
    if as_json:
        show_json(report)
        return
    show(
        f"Site of {report.issues} issues and {report.stories:,} stories: {report.written:,} files written, "
        f"{report.kept:,} unchanged"
    )
    if report.gone:
        show(f"  {report.gone:,} pages say that what they showed is no longer on topic")
    show(f"  {report.out}/index.html")
