"""The commands that look: how the installation stands, whether it is well, and the same as numbers for a monitor."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, Exit, app, attempt, present, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.monitor.status import Status


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """Say what runs, when each stage was last done, what is pending and what needs a person. Exit code 1 if anything does."""
    status = attempt(_read)
    if as_json:
        show_json(status)
    else:
        for line in _lines(status):
            show(line)
    if status.troubles:
        raise typer.Exit(Exit.PROBLEMS)


@app.command()
def metrics(
    out: Annotated[Path | None, typer.Option(help="File to write at one stroke; without it they are printed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the status as a Prometheus text file, for node_exporter's textfile collector."""
    from flows.monitor.metrics import to_metrics, write_metrics

    status = attempt(_read)
    if out is not None:
        attempt(lambda: write_metrics(status, out))
    if as_json:
        show_json({"out": out, "metrics": to_metrics(status)})
    else:
        show(f"Wrote {out}" if out else to_metrics(status).rstrip())


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at the installation and say what is wrong and what to do."""
    from flows.monitor.doctor import examine

    settings = read_settings()
    checks = attempt(lambda: examine(settings, present()))
    if as_json:
        show_json(checks)
    else:
        for check in checks:
            show(f"{'ok ' if check.ok else 'BAD'}  {check.name:22} {check.found}")
            if not check.ok:
                show(f"     {'':22} {check.next_step}")
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.PROBLEMS)


def _read() -> Status:
    from flows.monitor.status import read_status

    return read_status(read_settings(), present(), socket.gethostname())


def _lines(status: Status) -> Iterator[str]:
    holder, standing = status.holder, status.standing
    yield f"Home      {status.home}"
    if holder is not None and not status.holder_is_gone:
        since = f"since {holder.started_at:%Y-%m-%d %H:%M} UTC"
        yield f"Running   {holder.flow} of {holder.run_key}, {since} (process {holder.pid} on {holder.host})"
    else:
        yield "Running   nothing"
    if standing is None:
        yield "Nothing is stored yet: `watchfloor run` begins."
        return
    yield f"Stored    {standing.articles:,} articles in {standing.stories:,} stories (read from {status.source})"
    pending = ", ".join(f"{count:,} to {step}" for step, count in standing.pending.items() if count)
    yield f"Pending   {pending or 'nothing'}"
    feeds = ", ".join(f"{count} {state}" for state, count in standing.feeds.items())
    yield f"Feeds     {feeds or 'none asked yet'}"
    if standing.digest_week and standing.digest_at:
        age = status.now - standing.digest_at
        yield f"Digest    {standing.digest_week}, written {standing.digest_at:%Y-%m-%d %H:%M} UTC ({age.days} days ago)"
    yield f"Next      digest due {status.next_digest_at:%Y-%m-%d %H:%M} UTC"
    for run in standing.runs:
        yield f"{run.flow:9} {run.state:7} {run.ended_at:%Y-%m-%d %H:%M}  {run.run_key}: {run.outcome}"
    for trouble in status.troubles:
        yield f"BAD       {trouble}"
