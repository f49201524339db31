"""`watchfloor sources`: the feed list, what is watched."""

from __future__ import annotations

import typer

from flows.cli.app import AsJson, Exit, app, attempt, read_settings
from flows.console import show, show_json

sources_app = typer.Typer(help="The feed list: what is watched.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(sources_app, name="sources")


@sources_app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List the feeds that are watched."""

    def run() -> list[dict[str, object]]:
        from dataclasses import asdict

        from sources.catalog import load_catalog

        return [asdict(source) for source in load_catalog(read_settings().catalog_path)]

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
