"""The commands of the operator: status, metrics, serve and doctor; backup, restore and maintain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.alert_commands import watched
from flows.cli.app import AsJson, Exit, Quiet, app, exit_on_error, given_path, present, read_settings, stop
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.monitor.status import Status
    from warehouse.snapshot.backup import Backup


@app.command("status")
def show_status(quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Show what runs, when each stage was last done, what is pending and what needs a person.

    Exit code 1 if anything does.
    """
    with exit_on_error():
        status = _read()
    if as_json:
        show_json(status)
    else:
        for line in () if quiet else _lines(status):
            show(line)
        for problem in status.problems:
            show(f"BAD       {problem}")
    if status.problems:
        raise typer.Exit(Exit.PROBLEMS)


@app.command()
def metrics(
    out: Annotated[
        Path | None, typer.Option(parser=given_path, help="File to write; without it they are printed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the status as a Prometheus text file, for node_exporter's textfile collector."""
    with exit_on_error():
        from flows.monitor.metrics import to_metrics, write_metrics

        status = _read()
        if out is not None:
            write_metrics(status, out)
        text = to_metrics(status)
    if as_json:
        show_json({"out": out, "metrics": text})
    else:
        show(f"Wrote {out}" if out else text.rstrip())


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")] = 8000,
) -> None:
    """Serve the static site, and live metrics for Prometheus at /metrics, on 127.0.0.1 until stopped."""
    from flows.monitor.metrics import to_metrics
    from flows.monitor.serve import HOST, METRICS, SiteServer
    from flows.monitor.status import read_status

    settings = read_settings()
    try:
        server = SiteServer(port, settings.site_dir, lambda: to_metrics(read_status(settings, present())))
    except OSError as error:
        stop(f"{HOST}:{port}: {error.strerror}. Name another port with --port.", Exit.PROBLEMS)
    address = f"http://{HOST}:{server.server_port}"
    show(f"Serving {settings.site_dir} at {address}/ and metrics at {address}{METRICS}; Ctrl-C ends it.")
    sys.stdout.flush()
    with server, suppress(KeyboardInterrupt):
        server.serve_forever()


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check the installation and say what is wrong and what to do."""
    with exit_on_error():
        from flows.monitor.doctor import examine

        checks = examine(read_settings(), present())
    if as_json:
        problems = [check.as_problem() for check in checks if not check.ok]
        show_json({"checks": checks, "problems": problems})
    else:
        for check in checks:
            show(f"{'ok ' if check.ok else 'BAD'}  {check.name:22} {check.found}")
            if not check.ok:
                show(f"     {'':22} {check.next_step}")
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.PROBLEMS)


@app.command()
def backup(
    folder: Annotated[
        Path, typer.Argument(parser=given_path, help="Folder for backups, each in a dated folder of its own.")
    ],
    as_json: AsJson = False,
) -> None:
    """Back up the warehouse, its views as Parquet, the issues and your feed list, with checksums.

    Old backups are deleted.
    """
    with exit_on_error():
        from flows import pipeline

        made = pipeline.back_up(read_settings(), folder, present())
    show_json(made) if as_json else _show_backup("Backed up to", made)


@app.command()
def restore(
    folder: Annotated[
        Path, typer.Argument(parser=given_path, help="A backup, or the folder of backups: then the latest.")
    ],
    as_json: AsJson = False,
) -> None:
    """Restore a backup after checking its checksums. What is in its place is moved aside, not deleted."""
    with exit_on_error():
        from flows import pipeline

        restored = pipeline.restore(read_settings(), folder, present())
    if as_json:
        show_json(restored)
    else:
        _show_backup("Restored", restored)
        show("Next: `watchfloor publish` makes the snapshot again.")


@app.command()
@watched("maintain")
def maintain(
    force: Annotated[bool, typer.Option(help="Run it again, though it was done today.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """The nightly maintenance: backup, old backups and texts deleted, feeds checked. Once a day."""
    with exit_on_error():
        from flows import pipeline
        from flows.jobs import Skipped

        report = pipeline.maintain(read_settings(), present(), force=force)
    if as_json:
        show_json(report)
    elif quiet:
        return
    elif isinstance(report, Skipped):
        show(report.reason)
    else:
        _show_backup("Backed up to", report.backup)
        if report.texts_forgotten:
            show(f"  deleted {report.texts_forgotten:,} whole texts, which are older than they are kept")
        if report.ailing:
            show(f"  {len(report.ailing)} feeds need a person; `watchfloor sources health` names them")


def _read() -> Status:
    from flows.monitor.status import read_status

    return read_status(read_settings(), present())


def _lines(status: Status) -> Iterator[str]:
    holder, stored = status.holder, status.warehouse
    yield f"Home      {status.home}"
    if holder is not None and not status.holder_is_gone:
        since = f"since {holder.started_at:%Y-%m-%d %H:%M} UTC"
        yield f"Running   {holder.flow} of {holder.run_key}, {since} (process {holder.pid} on {holder.host})"
    else:
        yield "Running   nothing"
    if stored is None:
        return
    yield f"Stored    {stored.articles:,} articles in {stored.stories:,} stories (read from {status.source})"
    pending = ", ".join(f"{count:,} to {step}" for step, count in stored.pending.items() if count)
    yield f"Pending   {pending or 'nothing'}"
    feeds = ", ".join(f"{count} {state}" for state, count in stored.feeds.items() if count)
    yield f"Feeds     {feeds or 'none asked yet'}"
    had, failed = stored.pages["had"], stored.pages["failed"]
    if had or failed:
        yield f"Pages     {had:,} had and {failed:,} not, in the last day"
    if stored.digest_week and stored.digest_at:
        age = status.now - stored.digest_at
        yield (
            f"Digest    {stored.digest_week}, written {stored.digest_at:%Y-%m-%d %H:%M} UTC ({age.days} days "
            "ago)"
        )
    yield f"Next      digest due {status.next_digest_at:%Y-%m-%d %H:%M} UTC"
    for run in stored.runs:
        yield f"{run.flow:9} {run.state:7} {run.ended_at:%Y-%m-%d %H:%M}  {run.run_key}: {run.outcome}"


def _show_backup(done: str, made: Backup) -> None:
    size = sum(int(file["bytes"]) for file in made.manifest.files.values())
    dropped = f"; deleted {len(made.dropped)} older" if made.dropped else ""
    show(
        f"{done} {made.folder}: {len(made.manifest.files)} files, {size / 1e6:.1f} MB, all checksums "
        f"good{dropped}"
    )
