"""`watchfloor sources`: lists, checks and changes the feed list, and shows the health of the feeds."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import (
    AsJson,
    Exit,
    app,
    check_choice,
    exit_on_error,
    given_path,
    open_current,
    present,
    read_settings,
)
from flows.cli.console import complain, show, show_json
from sources.model import FullText, mask_secrets

if TYPE_CHECKING:
    from flows.catalog_edits import AddReport
    from warehouse.queries.page_health import PageHealth
    from warehouse.queries.warehouse_status import FeedDay, FeedStatus

Save = Annotated[bool, typer.Option("--save", help="Write it to the catalog; without it nothing is changed.")]

SHOWN_REASONS = 3

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
    with exit_on_error():
        from sources.catalog import KINDS, load_catalog

        check_choice("--kind", kind, sorted(KINDS))
        if desk:
            from flows.catalog_edits import known_desks

            check_choice("--desk", desk, sorted(known_desks()))
        sources = [
            asdict(source) | {"url": source.shown_url}
            for source in load_catalog(read_settings().catalog_path)
            if kind in (None, source.kind)
            and region in (None, source.region)
            and (desk is None or desk in source.desks)
        ]
    if as_json:
        show_json(sources)
        return
    for source in sources:
        show(f"{source['id']:32} {source['kind']:20} {source['region']:4} {source['name']}  {source['url']}")
    show(f"{len(sources)} feeds")


@sources_app.command("check")
def check_sources(as_json: AsJson = False) -> None:
    """Check the feed list; each problem is named with its source and field."""
    with exit_on_error():
        from flows.catalog_edits import known_desks
        from sources.catalog import find_problems, read_catalog, secret_feeds

        name, tables = read_catalog(read_settings().catalog_path)
        problems = [str(problem) for problem in find_problems(tables, known_desks())]
        secrets = secret_feeds(tables)
    if as_json:
        show_json({"catalog": name, "feeds": len(tables), "problems": problems, "with_secret": secrets})
    else:
        for feed in secrets:
            show(
                f"{feed}, url: has a password or key. It is sent to the feed's server and published nowhere "
                "(masked as ***); only the catalog holds it, so keep that file 0600"
            )
        for problem in problems:
            show(problem)
        held = f"; {len(secrets)} with a password or key" if secrets else ""
        show(f"{name}: {len(tables)} feeds, {len(problems) or 'no'} problems{held}")
    if problems:
        raise typer.Exit(Exit.PROBLEMS)


@sources_app.command("health")
def show_health(
    feed: Annotated[str | None, typer.Argument(help="Id of one feed: show its last days.")] = None,
    days: Annotated[int, typer.Option(min=1, help="With a feed: how many days.")] = 14,
    every: Annotated[bool, typer.Option("--all", help="List also the healthy feeds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which feeds fail, are silent or empty, since when and why. Exit code 1 if any does.

    It shows also how many pages of their articles were had in the last 30 days, and why the others were not;
    feeds of which none was are named, but are no reason for code 1.
    """
    with exit_on_error():
        from warehouse.errors import WarehouseError
        from warehouse.queries.page_health import page_health
        from warehouse.queries.warehouse_status import feed_days, feed_statuses

        now = present()
        with open_current(read_settings()) as con:
            pages = page_health(con, now)
            found_days = feed_days(con, feed, days) if feed else []
            feeds = feed_statuses(con)
        if feed and not found_days:
            raise WarehouseError(
                feed, "no such feed was ever asked. `watchfloor sources list` names the feeds."
            )
    if feed:
        if as_json:
            show_json({"source_id": feed, "days": found_days, "pages": pages.get(feed)})
        else:
            _show_days(feed, found_days)
            _show_pages(pages.get(feed))
        return
    ailing = [one for one in feeds if one.needs_attention]
    if as_json:
        show_json([asdict(one) | {"pages": pages.get(one.source_id)} for one in feeds])
    else:
        for one in feeds:
            of_it = pages.get(one.source_id)
            if every or one.needs_attention or (of_it and of_it.none_had):
                show(_health_line(one, of_it, now))
        show(_health_summary(feeds))
    if ailing:
        raise typer.Exit(Exit.PROBLEMS)


@sources_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Address of a feed, or of a page that has one.")],
    id_: Annotated[str | None, typer.Option("--id", help="Id; else made from the name.")] = None,
    name: Annotated[str | None, typer.Option(help="Name; else the feed's title.")] = None,
    publisher: Annotated[
        str | None, typer.Option(help="Publisher family; else by host, else the title.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Kind; else news.")] = None,
    region: Annotated[str | None, typer.Option(help="Region, as GB, EU, UN; else INT.")] = None,
    language: Annotated[str | None, typer.Option(help="Language; else the feed's own.")] = None,
    desk: Annotated[list[str] | None, typer.Option(help="Desk hint; may be repeated.")] = None,
    full_text: Annotated[
        str | None, typer.Option(help="Articles whose pages are fetched: on_topic, all or never.")
    ] = None,
    save: Save = False,
    as_json: AsJson = False,
) -> None:
    """Try a feed as the collector would and show the entry it gets; --save adds it."""
    stated = {
        "id": id_,
        "name": name,
        "publisher": publisher,
        "kind": kind,
        "region": region,
        "language": language,
    }
    given: dict[str, object] = {field: value for field, value in stated.items() if value is not None}
    if desk:
        given["desks"] = tuple(desk)
    with exit_on_error():
        from flows.catalog_edits import add_source

        if full_text is not None:
            check_choice("--full-text", full_text, list(FullText))
            given["full_text"] = FullText(full_text)
        report = add_source(read_settings(), url, present(), given, save=save)
    if as_json:
        entry = asdict(report.source) | {"url": report.source.shown_url}
        show_json(asdict(report) | {"source": entry, "toml": mask_secrets(report.toml)})
    else:
        _show_added(report)


@sources_app.command("import-opml")
def import_opml(
    file: Annotated[
        Path, typer.Argument(parser=given_path, help="OPML file, as other feed readers export it.")
    ],
    save: Save = False,
    as_json: AsJson = False,
) -> None:
    """Show which feeds of a subscription list are new; --save adds them."""
    with exit_on_error():
        from flows import catalog_edits

        report = catalog_edits.import_opml(read_settings(), file, save=save)
    if as_json:
        show_json(asdict(report) | {"new": [asdict(one) | {"url": one.shown_url} for one in report.new]})
        return
    for source in report.new:
        show(f"new      {source.id:32} {source.name}  {source.shown_url}")
    for known in report.known:
        show(f"known    {known}")
    for refused in report.refused:
        show(f"refused  {refused}")
    show(f"{len(report.new)} new, {len(report.known)} known already, {len(report.refused)} refused")
    _show_saved(report.saved_to, changes=bool(report.new))


@sources_app.command("export-opml")
def export_opml(
    file: Annotated[
        Path | None, typer.Argument(parser=given_path, help="File to write; without it the list is printed.")
    ] = None,
) -> None:
    """Write the feed list as OPML 2.0, for other feed readers or another Watchfloor."""
    with exit_on_error():
        from sources.catalog import load_catalog, replace_file
        from sources.opml import to_opml

        sources = load_catalog(read_settings().catalog_path)
        opml = to_opml(sources, "Watchfloor sources")
        if file:
            replace_file(file, opml)
    if masked := sum(source.url != source.shown_url for source in sources):
        complain(
            f"watchfloor: the passwords and keys in {masked} addresses are masked (***); a reader needs them."
        )
    show(f"Wrote {len(sources)} feeds to {file}" if file else opml)


def _health_line(feed: FeedStatus, pages: PageHealth | None, now: datetime) -> str:
    if feed.retired:
        state, why = (
            "gone",
            "its server says so for good; remove it from the catalog, or give it a new address",
        )
    elif feed.state == "failing":
        state, why = "failing", f"{feed.last_outcome}: {feed.last_message}"
    elif feed.state == "stale":
        state, why = "stale", f"answers, but brought nothing new since {feed.last_new_on or 'it is watched'}"
    elif feed.state == "empty":
        state, why = "empty", "answers, but shows no entry"
    else:
        state, why = feed.state, f"{feed.entries_per_day:.1f} new a day"
    since = f"since {feed.failing_since:%Y-%m-%d}" if feed.failing_since else ""
    notes = [why, *_health_notes(feed), *_page_notes(pages), f"asked again {_in(feed.next_attempt_at, now)}"]
    return f"{state:8} {since:16} {feed.source_id:32} {'; '.join(notes)}"


def _health_notes(feed: FeedStatus) -> list[str]:
    moved = [f"moved to {feed.moved_to}"] if feed.moved_to else []
    return moved + (
        [] if feed.validators_honest else ["its 304s are not trusted: its body changed under one ETag"]
    )


def _page_notes(pages: PageHealth | None) -> list[str]:
    if pages is None:
        return []
    why = ", ".join(f"{outcome} {many}" for outcome, many in list(pages.failures.items())[:SHOWN_REASONS])
    none = ", none in the last week" if pages.none_had else ""
    return [f"{pages.share:.0%} of {pages.pages} pages had{none}{f' ({why})' if why else ''}"]


def _show_pages(pages: PageHealth | None) -> None:
    if pages is not None:
        show(f"\nPages of the last 30 days: {pages.had} of {pages.pages} had")
        for outcome, many in pages.outcomes.items():
            show(f"  {outcome:20}{many:6}")


def _in(moment: datetime | None, now: datetime) -> str:
    minutes = (moment - now).total_seconds() / 60 if moment else 0
    if minutes <= 0:
        return "at the next run"
    if minutes < 120:
        return f"in {minutes:.0f} min"
    return f"in {minutes / 60:.0f} h" if minutes < 2_880 else f"in {minutes / 1_440:.0f} days"


def _health_summary(feeds: list[FeedStatus]) -> str:
    states = Counter(feed.state for feed in feeds)
    counted = ", ".join(f"{number} {state}" for state, number in states.most_common())
    return f"{len(feeds)} feeds: {counted}" if feeds else "No feed was asked yet: run `watchfloor ingest`."


def _show_days(feed: str, days: list[FeedDay]) -> None:
    show(
        f"{feed}\n{'day':12}{'state':10}{'polls':>6}{'good':>6}{'shows':>7}{'new':>6}{'dupl.':>7}"
        f"{'undated':>9}  last"
    )
    for day in days:
        undated = "" if day.undated_share is None else f"{day.undated_share:.0%}"
        shows = "" if day.entries_in_feed is None else str(day.entries_in_feed)
        said = f"{day.last_outcome}{f': {day.last_message}' if day.last_message else ''}"
        lied = "; changed under one ETag" if day.validator_lied else ""
        show(
            f"{day.day!s:12}{day.state:10}{day.polls:6}{day.answers:6}{shows:>7}{day.entries_new:6}"
            f"{day.entries_duplicate:7}{undated:>9}  {said}{lied}"
        )


def _show_added(report: AddReport) -> None:
    show(mask_secrets(report.toml))
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
