"""The commands that run the stages of the pipeline, in the order in which data goes through them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.alert_commands import watched
from flows.cli.app import AsJson, Exit, Quiet, app, exit_on_error, given_path, present, read_settings, stop
from flows.cli.console import progress_shown, show, show_json
from flows.cli.digest_commands import digest_summary, show_digest

if TYPE_CHECKING:
    from flows.collection import IngestReport
    from flows.page_collection import PageReport
    from flows.pipeline import EnrichReport

SHOWN_FAILURES = 5


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Run the whole pipeline over the bundled sample (13 weeks of invented feeds) into ./demo."""
    with exit_on_error():
        from flows.demo.play import play

        with progress_shown(quiet=as_json) as progress:
            report = play(read_settings(default_home=Path("demo")), progress)
    if as_json:
        show_json(digest_summary(report))
        return
    home, watchfloor, python = map(
        _as_typed, (report.files.html.parent.parent, Path(sys.argv[0]), Path(sys.executable))
    )
    show_digest(report)
    show("\nNext:")
    show(f"  {watchfloor} --home {home} digest --week 2026-W21    another week of the sample")
    show(
        f"  {python} -c \"import duckdb; duckdb.connect('{home}/snapshot.duckdb', "
        "read_only=True).table('stories').show()\""
    )
    show(f"  {watchfloor} run    the real feeds, into ~/watchfloor")


@app.command()
@watched("run")
def run(
    force: Annotated[
        bool, typer.Option(help="Run every stage again, whatever was done for this hour or week.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Run every stage that is due: ingest, enrich, digest of the last complete week, publish.

    Made for cron, with --quiet.
    """
    with exit_on_error():
        from flows import pipeline
        from flows.jobs import Skipped
        from reports.week import Week

        settings, now = read_settings(), present()
        with progress_shown(quiet=as_json or quiet) as progress:
            ingested = pipeline.ingest(settings, now, progress, force=force)
            enriched = pipeline.enrich(settings, now, progress, force=force)
            issue = pipeline.due_digest(settings, Week.last_complete(now), now, force=force)
            snapshot = pipeline.publish(settings, now, force=force)
    if as_json:
        show_json(
            {
                "ingest": ingested,
                "enrich": enriched,
                "digest": issue if isinstance(issue, Skipped) else digest_summary(issue),
                "publish": snapshot if isinstance(snapshot, Skipped) else {"snapshot": snapshot},
            }
        )
    elif not quiet:
        show(ingested.reason) if isinstance(ingested, Skipped) else _show_ingest(ingested)
        show(enriched.reason) if isinstance(enriched, Skipped) else _show_enrich(enriched)
        show(issue.reason) if isinstance(issue, Skipped) else show_digest(issue)
        show(snapshot.reason if isinstance(snapshot, Skipped) else f"Published {snapshot}")
    if not isinstance(ingested, Skipped):
        _exit_for(ingested)


@app.command()
def ingest(
    force: Annotated[bool, typer.Option(help="Ask every feed, also those not due yet.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch every feed that is due, then the pages of its articles on topic, and store what is new."""
    with exit_on_error(), progress_shown(quiet=as_json) as progress:
        from flows import pipeline
        from flows.jobs import not_skipped

        report = not_skipped(
            pipeline.ingest(read_settings(), present(), progress, ask_all=force, by_hand=True)
        )
    show_json(report) if as_json else _show_ingest(report)
    _exit_for(report)


@app.command("import")
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            parser=given_path,
            help="JSONL files (source, title, url, summary, published, first_seen), feed files (.xml .rss "
            ".atom .rdf .json), each plain or .gz, and folders, zip or tar of them.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Import articles from JSONL and feed files: the way to backfill an archive."""
    with exit_on_error(), progress_shown(quiet=as_json) as progress:
        from flows import pipeline

        report = pipeline.import_archives(read_settings(), files, present(), progress)
    if as_json:
        show_json(report)
    else:
        entries = report.entries
        show(
            f"Imported {report.files} archive(s): {entries.new:,} new articles, {entries.updated:,} updated, "
            f"{entries.unchanged:,} known already, {entries.rejected:,} rejected"
        )
        for failure in report.failures[:SHOWN_FAILURES]:
            show(f"  {failure}")
    if report.failures:
        stop(f"{len(report.failures)} file(s) could not be read; --json lists them all.", Exit.PROBLEMS)


@app.command()
def enrich(as_json: AsJson = False) -> None:
    """Embed, classify, group and index whatever is new or changed."""
    with exit_on_error(), progress_shown(quiet=as_json) as progress:
        from flows import pipeline
        from flows.jobs import not_skipped

        report = not_skipped(pipeline.enrich(read_settings(), present(), progress, by_hand=True))
    show_json(report) if as_json else _show_enrich(report)


@app.command()
def publish(as_json: AsJson = False) -> None:
    """Publish snapshot.duckdb, the read-only copy that researchers open.

    Parquet files and a manifest are in snapshots/latest.
    """
    with exit_on_error():
        from flows import pipeline
        from flows.jobs import not_skipped

        snapshot = not_skipped(pipeline.publish(read_settings(), present(), by_hand=True))
    show_json({"snapshot": snapshot}) if as_json else show(f"Published {snapshot}")


def _as_typed(path: Path) -> Path:
    """Returns the path as a user would type it: relative where it is below the working directory."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _exit_for(report: IngestReport) -> None:
    if report.nothing_answered:
        from flows.collection import why_no_answer

        stop(f"no feed answered: {why_no_answer()} Once it is back, run it again.", Exit.TRY_AGAIN)


def _show_ingest(report: IngestReport) -> None:
    entries = report.entries
    show(
        f"Asked {report.asked} of {report.feeds} feeds in {report.elapsed_s:.0f} s: {entries.new:,} new "
        f"articles, {entries.updated:,} updated, {entries.unchanged:,} known already, {entries.rejected:,} "
        f"rejected; {len(report.failures)} feeds failed"
    )
    for problem in (*report.flooded, *report.failures)[:SHOWN_FAILURES]:
        show(f"  {problem}")
    left_out = len(report.flooded) + len(report.failures) - SHOWN_FAILURES
    if left_out > 0:
        show(f"  and {left_out} more; `watchfloor sources health` shows every feed")
    _show_pages(report.pages)


def _show_pages(pages: PageReport) -> None:
    if pages.nothing_answered:
        show(
            f"No host of the {pages.wanted:,} pages wanted answered in {pages.elapsed_s:.0f} s: is the "
            "network down? Nothing is charged to them; the next run asks again."
        )
    elif pages.wanted:
        without = (f"{outcome} {count:,}" for outcome, count in pages.outcomes.items() if outcome != "ok")
        show(
            f"Asked for {pages.asked:,} of {pages.wanted:,} pages wanted in {pages.elapsed_s:.0f} s: "
            f"{', '.join((f'{pages.texts:,} texts', *without))}"
        )


def _show_enrich(report: EnrichReport) -> None:
    show(
        f"Embedded {report.embedded:,} articles, classified {report.classified:,}, grouped "
        f"{report.assigned:,} ({report.new_stories:,} new stories), indexed {report.indexed:,}"
    )
