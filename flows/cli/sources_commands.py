"""`watchfloor sources`: the feed list, what is watched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, present, read_settings, stop
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.steps.catalog import AddReport, OpmlReport

Save = Annotated[bool, typer.Option("--save", help="Write it to the catalog; without it nothing is changed.")]

sources_app = typer.Typer(help="The feed list: what is watched.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(sources_app, name="sources")


@sources_app.command("list")
def list_sources(
    kind: Annotated[str | None, typer.Option(help="Only this kind, as think_tank.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this region, as EU.")] = None,
    desk: Annotated[str | None, typer.Option(help="Only feeds with this desk hint.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the feeds that are watched."""
    from sources.catalog import DESKS, KINDS

    if kind and kind not in KINDS:
        stop(f"--kind: {kind!r} is none of {', '.join(sorted(KINDS))}.", Exit.USAGE)
    if desk and desk not in DESKS:
        stop(f"--desk: {desk!r} is none of {', '.join(sorted(DESKS))}.", Exit.USAGE)

    def run() -> list[dict[str, object]]:
        from dataclasses import asdict

        from sources.catalog import load_catalog

        return [
            asdict(source)
            for source in load_catalog(read_settings().catalog_path)
            if kind in (None, source.kind)
            and region in (None, source.region)
            and (desk is None or desk in source.desks)
        ]

    sources = attempt(run)
    if as_json:
        show_json(sources)
        return
    for source in sources:
        show(f"{source['id']:32} {source['kind']:20} {source['region']:4} {source['name']}  {source['url']}")
    show(f"{len(sources)} feeds")


@sources_app.command("check")
def check_sources(as_json: AsJson = False) -> None:
    """Check the feed list and name every problem with its source and field."""

    def run() -> tuple[str, int, list[str]]:
        from sources.catalog import find_problems, read_catalog

        name, tables = read_catalog(read_settings().catalog_path)
        return name, len(tables), [str(problem) for problem in find_problems(tables)]

    name, feeds, problems = attempt(run)
    if as_json:
        show_json({"catalog": name, "feeds": feeds, "problems": problems})
    else:
        for problem in problems:
            show(problem)
        show(f"{name}: {feeds} feeds, {len(problems) or 'no'} problems")
    if problems:
        raise typer.Exit(Exit.PROBLEMS)


@sources_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Address of a feed, or of a page that has one.")],
    id_: Annotated[str | None, typer.Option("--id", help="Id; else made from the name.")] = None,
    name: Annotated[str | None, typer.Option(help="Name; else the feed's title.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Publisher family; else by host, else the title.")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind; else news.")] = None,
    region: Annotated[str | None, typer.Option(help="Region, as GB, EU, UN; else INT.")] = None,
    language: Annotated[str | None, typer.Option(help="Language; else the feed's own.")] = None,
    desk: Annotated[list[str] | None, typer.Option(help="Desk hint; may be repeated.")] = None,
    save: Save = False,
    as_json: AsJson = False,
) -> None:
    """Try a feed as the collector would and show the entry it gets; --save adds it."""

    def run() -> AddReport:
        from flows.steps.catalog import add_source

        stated = {"id": id_, "name": name, "publisher": publisher, "kind": kind, "region": region, "language": language}
        given: dict[str, object] = {field: value for field, value in stated.items() if value is not None}
        if desk:
            given["desks"] = tuple(desk)
        return add_source(read_settings(), url, present(), given, save=save)

    report = attempt(run)
    show_json(report) if as_json else _show_added(report)


@sources_app.command("import-opml")
def import_opml(
    file: Annotated[Path, typer.Argument(help="OPML file, as other feed readers export it.")],
    save: Save = False,
    as_json: AsJson = False,
) -> None:
    """Show which feeds of a subscription list are new; --save adds them."""

    def run() -> OpmlReport:
        from flows.steps import catalog

        return catalog.import_opml(read_settings(), file, save=save)

    report = attempt(run)
    if as_json:
        show_json(report)
        return
    for source in report.new:
        show(f"new      {source.id:32} {source.name}  {source.url}")
    for known in report.known:
        show(f"known    {known}")
    for refused in report.refused:
        show(f"refused  {refused}")
    show(f"{len(report.new)} new, {len(report.known)} known already, {len(report.refused)} refused")
    _show_saved(report.saved_to, changes=bool(report.new))


@sources_app.command("export-opml")
def export_opml(
    file: Annotated[Path | None, typer.Argument(help="File to write; without it the list is printed.")] = None,
) -> None:
    """Write the feed list as OPML 2.0, for other feed readers or another Watchfloor."""

    def run() -> tuple[int, str]:
        from sources.catalog import load_catalog, replace_file
        from sources.opml import to_opml

        sources = load_catalog(read_settings().catalog_path)
        opml = to_opml(sources, "Watchfloor sources")
        if file:
            replace_file(file, opml)
        return len(sources), opml

    feeds, opml = attempt(run)
    show(f"Wrote {feeds} feeds to {file}" if file else opml)


def _show_added(report: AddReport) -> None:
    show(report.toml)
    show(f"{report.format}, {report.entries} entries")
    for moment in report.newest:
        show(f"  newest   {moment:%Y-%m-%d %H:%M} UTC")
    for title in report.titles:
        show(f"  title    {title}")
    for warning in report.warnings:
        show(f"  warning  {warning}")
    _show_saved(report.saved_to, changes=True)


def _show_saved(path: Path | None, *, changes: bool) -> None:
    if path:
        show(f"Saved to {path}")
    elif changes:
        show("Nothing was changed; --save adds it to the catalog.")
