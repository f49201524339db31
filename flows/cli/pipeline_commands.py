"""The commands of the pipeline, in the order in which data goes through it. Steps are imported when run: it starts fast."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, present, read_settings, stop
from flows.cli.console import progress_shown, show, show_json
from flows.cli.digest_commands import digest_summary, show_digest

if TYPE_CHECKING:
    from flows.jobs import Skipped
    from flows.steps import DigestReport, EnrichReport, ImportReport, IngestReport

SHOWN_FAILURES = 5


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Run the whole pipeline over the bundled sample (13 weeks of invented feeds) into ./demo."""

    def run() -> DigestReport:
        from flows.demo.play import play

        with progress_shown(quiet=as_json) as progress:
            return play(read_settings(default_home=Path("demo")), progress)

    report = attempt(run)
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
        f"  {python} -c \"import duckdb; duckdb.connect('{home}/snapshot.duckdb', read_only=True).table('stories').show()\""
    )
    show(f"  {watchfloor} run    the real feeds, into ~/watchfloor")


@app.command()
def run(
    force: Annotated[bool, typer.Option(help="Do every stage again, whatever was done for this hour or week.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do everything due: ingest, enrich, digest of the last complete week, publish. Made for cron: what is done is left alone."""

    def go() -> tuple[IngestReport | Skipped, EnrichReport | Skipped, DigestReport | Skipped, Path | Skipped]:
        from flows import pipeline
        from reports.week import Week

        settings, now = read_settings(), present()
        with progress_shown(quiet=as_json) as progress:
            ingested = pipeline.ingest(settings, now, progress, force=force)
            enriched = pipeline.enrich(settings, now, progress, force=force)
            issue = pipeline.due_digest(settings, Week.last_complete(now), now, force=force)
            return ingested, enriched, issue, pipeline.publish(settings, now, force=force)

    from flows.jobs import Skipped

    ingested, enriched, issue, snapshot = attempt(go)
    if as_json:
        show_json(
            {
                "ingest": ingested,
                "enrich": enriched,
                "digest": issue if isinstance(issue, Skipped) else digest_summary(issue),
                "publish": snapshot if isinstance(snapshot, Skipped) else {"snapshot": snapshot},
            }
        )
    else:
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
    """Fetch every feed that is due and store what is new."""

    def run() -> IngestReport:
        from flows import pipeline

        with progress_shown(quiet=as_json) as progress:
            return pipeline.by_hand(pipeline.ingest(read_settings(), present(), progress, ask_all=force, by_hand=True))

    report = attempt(run)
    show_json(report) if as_json else _show_ingest(report)
    _exit_for(report)


@app.command("import")
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="JSONL files (source, title, url, summary, published, first_seen), feed files (.xml .rss .atom .rdf .json), "
            "each plain or .gz, and folders, zip or tar of them."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Import articles from JSONL and feed files: the way to backfill an archive."""

    def run() -> ImportReport:
        from flows import pipeline

        with progress_shown(quiet=as_json) as progress:
            return pipeline.by_hand(pipeline.backfill(read_settings(), files, present(), progress))

    report = attempt(run)
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
    """Embed, file, group and index whatever is new or changed."""

    def run() -> EnrichReport:
        from flows import pipeline

        with progress_shown(quiet=as_json) as progress:
            return pipeline.by_hand(pipeline.enrich(read_settings(), present(), progress, by_hand=True))

    report = attempt(run)
    show_json(report) if as_json else _show_enrich(report)


@app.command()
def publish(as_json: AsJson = False) -> None:
    """Write snapshot.duckdb, the read-only copy that researchers open, with Parquet and a manifest in snapshots/latest."""

    def run() -> Path:
        from flows import pipeline

        return pipeline.by_hand(pipeline.publish(read_settings(), present(), by_hand=True))

    snapshot = attempt(run)
    show_json({"snapshot": snapshot}) if as_json else show(f"Published {snapshot}")


def _as_typed(path: Path) -> Path:
    """The path as one would type it here: relative where it lies below this folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _exit_for(report: IngestReport) -> None:
    if report.nothing_answered:
        stop("no feed answered: is the network down? Once it is back, run it again.", Exit.TRY_AGAIN)


def _show_ingest(report: IngestReport) -> None:
    entries = report.entries
    show(
        f"Asked {report.asked} of {report.feeds} feeds in {report.elapsed_s:.0f} s: {entries.new:,} new articles, "
        f"{entries.updated:,} updated, {entries.unchanged:,} known already, {entries.rejected:,} rejected; "
        f"{len(report.failures)} feeds failed"
    )
    for trouble in (*report.flooded, *report.failures)[:SHOWN_FAILURES]:
        show(f"  {trouble}")
    unsaid = len(report.flooded) + len(report.failures) - SHOWN_FAILURES
    if unsaid > 0:
        show(f"  and {unsaid} more; `watchfloor sources health` says how each feed stands")


def _show_enrich(report: EnrichReport) -> None:
    show(
        f"Embedded {report.embedded:,} articles, filed {report.filed:,}, grouped {report.assigned:,} "
        f"({report.stories_founded:,} new stories), indexed {report.indexed:,}"
    )
