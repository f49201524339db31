"""The `watchfloor` command: parses words, calls a step, says what came of it. Starts fast: steps are imported when run."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from flows.console import complain, progress_shown, show, show_json

if TYPE_CHECKING:
    from flows.settings import Settings
    from flows.steps import DigestReport, EnrichReport, ImportReport, IngestReport
    from reports.week import Week


class Exit(IntEnum):
    """What the exit code of every command means."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    TRY_AGAIN = 3


Result = TypeVar("Result")
SHOWN_FAILURES = 5

app = typer.Typer(
    help="Monitor news and policy on AI and national security: feeds to stories to a weekly digest.\n\n"
    "Start with `watchfloor demo`. Exit codes: 0 done, 1 problems found, 2 usage, 3 try again later.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sources_app = typer.Typer(help="The feed list: what is watched.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(sources_app, name="sources")

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for a program.")]


class _Globals:
    """The options given before the command."""

    home: Path | None = None
    now: str | None = None


@app.callback()
def global_options(
    home: Annotated[
        Path | None, typer.Option(help="Folder of warehouse and digests; else WATCHFLOOR_HOME, else ~/watchfloor.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(help="Pretend it is this moment (ISO 8601, UTC if no zone), for replays and backfills."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what happens in detail.")] = False,
) -> None:
    """Holds the global options for the command that follows."""
    _Globals.home, _Globals.now = home, now
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Run the whole pipeline over the bundled sample (13 weeks of invented feeds) into ./demo."""

    def run() -> DigestReport:
        from flows.demo.play import play

        with progress_shown(quiet=as_json) as progress:
            return play(_settings(default_home=Path("demo")), progress)

    report = _attempt(run)
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

        settings, now = _settings(), _now()
        with progress_shown(quiet=as_json) as progress:
            ingested = steps.ingest(settings, now, progress)
            enriched = steps.enrich(settings, progress)
            issue = steps.digest(settings, Week.last_complete(now), now)
            return ingested, enriched, issue, steps.publish(settings)

    ingested, enriched, issue, snapshot = _attempt(go)
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
            return steps.ingest(_settings(), _now(), progress, force=force)

    report = _attempt(run)
    show_json(report) if as_json else _show_ingest(report)
    _exit_for(report)


@app.command("import")
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(help="JSONL files, plain or .gz: source, title, url, summary, published, first_seen."),
    ],
    as_json: AsJson = False,
) -> None:
    """Import articles from JSONL files: the way to backfill an archive."""

    def run() -> ImportReport:
        from flows import steps

        with progress_shown(quiet=as_json) as progress:
            return steps.import_archives(_settings(), files, _now(), progress)

    report = _attempt(run)
    if as_json:
        show_json(report)
    else:
        entries = report.entries
        show(
            f"Imported {report.files} file(s): {entries.new:,} new articles, {entries.updated:,} updated, "
            f"{entries.unchanged:,} known already, {entries.rejected:,} rejected"
        )


@app.command()
def enrich(as_json: AsJson = False) -> None:
    """Embed, file and group whatever is new or changed."""

    def run() -> EnrichReport:
        from flows import steps

        with progress_shown(quiet=as_json) as progress:
            return steps.enrich(_settings(), progress)

    report = _attempt(run)
    show_json(report) if as_json else _show_enrich(report)


@app.command()
def digest(
    week: Annotated[str | None, typer.Option(help="ISO week, as 2026-W33; without it the last complete one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the issue; without it HOME/digests.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the digest of a week as HTML, Markdown and JSON."""
    from reports.week import Week

    now = _now()
    try:
        chosen: Week = Week.parse(week) if week else Week.last_complete(now)
    except ValueError as error:
        _stop(f"--week: {error}.", Exit.USAGE)
    if chosen.start > now:
        _stop(f"--week: {chosen} has not begun by {now:%Y-%m-%d %H:%M} UTC.", Exit.USAGE)

    def run() -> DigestReport:
        from flows import steps

        return steps.digest(_settings(), chosen, now, out)

    report = _attempt(run)
    show_json(_digest_summary(report)) if as_json else _show_digest(report)


@app.command()
def publish(as_json: AsJson = False) -> None:
    """Write snapshot.duckdb, the read-only copy that researchers open."""

    def run() -> Path:
        from flows import steps

        return steps.publish(_settings())

    snapshot = _attempt(run)
    show_json({"snapshot": snapshot}) if as_json else show(f"Published {snapshot}")


@sources_app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List the feeds that are watched."""

    def run() -> list[dict[str, object]]:
        from dataclasses import asdict

        from sources.catalog import load_catalog

        return [asdict(source) for source in load_catalog(_settings().catalog_path)]

    sources = _attempt(run)
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

        name, tables = read_catalog(_settings().catalog_path)
        return name, len(tables), [str(problem) for problem in find_problems(tables)]

    name, feeds, problems = _attempt(run)
    if as_json:
        show_json({"catalog": name, "feeds": feeds, "problems": problems})
    else:
        for problem in problems:
            show(problem)
        show(f"{name}: {feeds} feeds, {len(problems) or 'no'} problems")
    if problems:
        raise typer.Exit(Exit.PROBLEMS)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at the installation and say what is wrong and what to do."""
    from flows.doctor import examine

    checks = examine(_settings())
    if as_json:
        show_json(checks)
    else:
        for check in checks:
            show(f"{'ok ' if check.ok else 'BAD'}  {check.name:22} {check.found}")
            if not check.ok:
                show(f"     {'':22} {check.next_step}")
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.PROBLEMS)


def main() -> None:
    """Entry point of the `watchfloor` script."""
    app()


def _as_typed(path: Path) -> Path:
    """The path as one would type it here: relative where it lies below this folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _settings(default_home: Path | None = None) -> Settings:
    from pydantic import ValidationError

    from flows.settings import Settings

    given = _Globals.home or default_home
    try:
        return Settings(home=given) if given else Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"WATCHFLOOR_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()
        )
        _stop(f"Settings: {wrong}.", Exit.USAGE)


def _now() -> datetime:
    """The moment given by --now, else the present: the one place that reads the clock for the command line."""
    if _Globals.now is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(_Globals.now)
    except ValueError:
        _stop(f"--now: {_Globals.now!r} is no ISO 8601 moment; write it as 2026-08-17T06:00Z.", Exit.USAGE)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _attempt(work: Callable[[], Result]) -> Result:
    """The work's result; expected trouble ends the command with its message and the exit code that fits."""
    from sources.errors import SourceError
    from warehouse.errors import WarehouseError

    try:
        return work()
    except (SourceError, WarehouseError) as error:
        _stop(str(error), Exit.TRY_AGAIN if error.retryable else Exit.PROBLEMS)
    except OSError as error:
        _stop(f"{error.filename or 'file system'}: {error.strerror or error}.", Exit.PROBLEMS)
    except KeyboardInterrupt:
        _stop("Stopped. What was done is kept; run the command again to go on.", Exit.TRY_AGAIN)


def _stop(message: str, code: Exit) -> NoReturn:
    complain(f"watchfloor: {message}")
    raise typer.Exit(code)


def _exit_for(report: IngestReport) -> None:
    if report.nothing_answered:
        _stop("no feed answered: is the network down? Once it is back: `watchfloor ingest --force`.", Exit.TRY_AGAIN)


def _show_ingest(report: IngestReport) -> None:
    entries = report.entries
    show(
        f"Asked {report.asked} of {report.feeds} feeds: {entries.new:,} new articles, {entries.updated:,} updated, "
        f"{entries.unchanged:,} known already, {entries.rejected:,} rejected; {len(report.failures)} feeds failed"
    )
    for failure in report.failures[:SHOWN_FAILURES]:
        show(f"  {failure}")
    if len(report.failures) > SHOWN_FAILURES:
        show(f"  and {len(report.failures) - SHOWN_FAILURES} more; --json lists them all")


def _show_enrich(report: EnrichReport) -> None:
    show(
        f"Embedded {report.embedded:,} articles, filed {report.filed:,}, grouped {report.assigned:,} "
        f"({report.stories_founded:,} new stories)"
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


if __name__ == "__main__":
    main()
