"""The commands of the pipeline, in the order in which data goes through it. Steps are imported when run: it starts fast."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, present, read_settings, stop
from flows.console import progress_shown, show, show_json

if TYPE_CHECKING:
    from flows.steps import DigestReport, EnrichReport, ImportReport, IngestReport
    from reports.week import Week

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
        show_json(_digest_summary(report))
        return
    home, watchfloor, python = map(
        _as_typed, (report.files.html.parent.parent, Path(sys.argv[0]), Path(sys.executable))
    )
    _show_digest(report)
    show("\nNext:")
    show(f"  {watchfloor} --home {home} digest --week 2026-W21    another week of the sample")
    show(
        f"  {python} -c \"import duckdb; duckdb.connect('{home}/snapshot.duckdb', read_only=True).table('stories').show()\""
    )
    show(f"  {watchfloor} run    the real feeds, into ~/watchfloor")


@app.command()
def run(as_json: AsJson = False) -> None:
    """Do everything due: ingest, enrich, digest of the last complete week, publish."""

    def go() -> tuple[IngestReport, EnrichReport, DigestReport, Path]:
        from flows import steps
        from reports.week import Week

        settings, now = read_settings(), present()
        with progress_shown(quiet=as_json) as progress:
            ingested = steps.ingest(settings, now, progress)
            enriched = steps.enrich(settings, progress)
            issue = steps.digest(settings, Week.last_complete(now), now)
            return ingested, enriched, issue, steps.publish(settings, now)

    ingested, enriched, issue, snapshot = attempt(go)
    if as_json:
        show_json(
            {
                "ingest": ingested,
                "enrich": enriched,
                "digest": _digest_summary(issue),
                "publish": {"snapshot": snapshot},
            }
        )
    else:
        _show_ingest(ingested)
        _show_enrich(enriched)
        _show_digest(issue)
        show(f"Published {snapshot}")
    _exit_for(ingested)


@app.command()
def ingest(
    force: Annotated[bool, typer.Option(help="Ask every feed, also those not due yet.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch every feed that is due and store what is new."""

    def run() -> IngestReport:
        from flows import steps

        with progress_shown(quiet=as_json) as progress:
            return steps.ingest(read_settings(), present(), progress, force=force)

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
        from flows import steps

        with progress_shown(quiet=as_json) as progress:
            return steps.import_archives(read_settings(), files, present(), progress)

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
        from flows import steps

        with progress_shown(quiet=as_json) as progress:
            return steps.enrich(read_settings(), progress)

    report = attempt(run)
    show_json(report) if as_json else _show_enrich(report)


@app.command()
def digest(
    week: Annotated[str | None, typer.Option(help="ISO week, as 2026-W33; without it the last complete one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the issue; without it HOME/digests.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the digest of a week as HTML, Markdown and JSON."""
    from reports.week import Week

    now = present()
    try:
        chosen: Week = Week.parse(week) if week else Week.last_complete(now)
    except ValueError as error:
        stop(f"--week: {error}.", Exit.USAGE)
    if chosen.start > now:
        stop(f"--week: {chosen} has not begun by {now:%Y-%m-%d %H:%M} UTC.", Exit.USAGE)

    def run() -> DigestReport:
        from flows import steps

        return steps.digest(read_settings(), chosen, now, out)

    report = attempt(run)
    show_json(_digest_summary(report)) if as_json else _show_digest(report)


@app.command()
def publish(as_json: AsJson = False) -> None:
    """Write snapshot.duckdb, the read-only copy that researchers open, with Parquet and a manifest in snapshots/latest."""

    def run() -> Path:
        from flows import steps

        return steps.publish(read_settings(), present())

    snapshot = attempt(run)
    show_json({"snapshot": snapshot}) if as_json else show(f"Published {snapshot}")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at the installation and say what is wrong and what to do."""
    from flows.doctor import examine

    checks = examine(read_settings())
    if as_json:
        show_json(checks)
    else:
        for check in checks:
            show(f"{'ok ' if check.ok else 'BAD'}  {check.name:22} {check.found}")
            if not check.ok:
                show(f"     {'':22} {check.next_step}")
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.PROBLEMS)


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


def _show_digest(report: DigestReport) -> None:
    corpus = report.digest.corpus
    counts = ", ".join(f"{section.trend.week_count} {section.desk}" for section in report.digest.sections)
    show(
        f"Digest of {report.digest.week}: {corpus.stories} stories ({counts}) from {corpus.articles} articles of "
        f"{corpus.publishers} publishers"
    )
    show(f"  HTML      {report.files.html}")
    show(f"  Markdown  {report.files.markdown}")


def _digest_summary(report: DigestReport) -> dict[str, object]:
    return {
        "week": str(report.digest.week),
        "watermark": report.digest.watermark,
        "corpus": report.digest.corpus,
        "stories": {section.desk: section.trend.week_count for section in report.digest.sections},
        "html": report.files.html,
        "markdown": report.files.markdown,
        "json": report.files.json,
    }
