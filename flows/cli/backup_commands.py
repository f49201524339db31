"""The commands that keep: backups, putting one back, and the nightly care."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.app import AsJson, app, attempt, present, read_settings
from flows.cli.console import show, show_json

if TYPE_CHECKING:
    from flows.jobs import Skipped
    from flows.steps import MaintenanceReport
    from warehouse.snapshot.backup import Backup


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Folder for backups, each in a dated folder of its own.")],
    as_json: AsJson = False,
) -> None:
    """Back up the warehouse, its views as Parquet, the issues and your feed list, with checksums; old backups are dropped."""

    def run() -> Backup:
        from flows import pipeline

        return pipeline.back_up(read_settings(), folder, present())

    _show("Backed up to", attempt(run), as_json=as_json)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup, or the folder of backups: then the latest.")],
    as_json: AsJson = False,
) -> None:
    """Put a backup back, proved by its checksums. What stands in its place is moved aside, not deleted."""

    def run() -> Backup:
        from flows import pipeline

        return pipeline.restore(read_settings(), folder, present())

    _show("Restored", attempt(run), as_json=as_json)
    if not as_json:
        show("Next: `watchfloor publish` makes the snapshot anew.")


@app.command()
def maintain(
    force: Annotated[bool, typer.Option(help="Do it again, though it was done today.")] = False,
    as_json: AsJson = False,
) -> None:
    """The nightly care: checkpoint, backup, old backups dropped, feeds looked at, metrics written."""
    from flows.jobs import Skipped

    def run() -> MaintenanceReport | Skipped:
        from flows import pipeline

        return pipeline.maintain(read_settings(), present(), force=force)

    report = attempt(run)
    if as_json:
        show_json(report)
    elif isinstance(report, Skipped):
        show(report.reason)
    else:
        _show("Backed up to", report.backup, as_json=False)
        if report.ailing:
            show(f"  {len(report.ailing)} feeds need a person; `watchfloor sources health` says which and why")


def _show(done: str, made: Backup, *, as_json: bool) -> None:
    if as_json:
        show_json(made)
        return
    size = sum(int(file["bytes"]) for file in made.manifest.files.values())
    dropped = f"; dropped {len(made.dropped)} older" if made.dropped else ""
    show(f"{done} {made.folder}: {len(made.manifest.files)} files, {size / 1e6:.1f} MB, all checksums good{dropped}")
