"""Exports a part of a snapshot as a bundle that others can cite: tables, datasheet, citation and manifest."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.snapshot.api import open_to_read
from warehouse.snapshot.datasheet import citation, datasheet
from warehouse.snapshot.export import ExportForm, Selection, describe_chosen, write_tables
from warehouse.snapshot.manifest import MANIFEST_NAME, checksums, read_manifest
from warehouse.store.paths import to_read


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was exported: the folder and the number of rows of each table."""

    folder: Path
    rows: dict[str, int]


def export_bundle(
    snapshot: Path, folder: Path, selection: Selection, form: ExportForm, redistributable: Collection[str]
) -> ExportReport:
    """Writes the bundle as a new `folder`, whole or not at all; texts only of the sources in `redistributable`.

    Raises WarehouseError if the folder exists, or if nothing was selected.
    """
    if folder.exists():
        raise WarehouseError(str(folder), "exists already. Name a folder that does not.")
    snapshot = to_read(snapshot).resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
    fresh.mkdir()
    try:
        rows = _write(snapshot, fresh, selection, form, set(redistributable))
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return ExportReport(folder=folder, rows=rows)


def _write(snapshot: Path, folder: Path, selection: Selection, form: ExportForm, free: set[str]) -> dict[str, int]:
    try:
        manifest = read_manifest(snapshot.parent)
    except FileNotFoundError as error:
        raise WarehouseError(str(snapshot), "has no manifest.json beside it, so it cannot be cited.") from error
    with open_to_read(snapshot) as con:
        rows = write_tables(con, folder, selection, form, free)
        profile = describe_chosen(con)
    if not rows["articles"]:
        raise WarehouseError(str(snapshot), "has no article of that time and desk. Widen --since, --until or --desk.")
    sheet = datasheet(manifest, selection, form, rows, profile)
    (folder / "DATASHEET.md").write_text(sheet, "utf-8")
    (folder / "CITATION.cff").write_text(citation(manifest, selection), "utf-8")
    written = {"snapshot": manifest.snapshot, "watermark": manifest.watermark, "rows": rows, "files": checksums(folder)}
    (folder / MANIFEST_NAME).write_text(json.dumps(written, indent=2) + "\n", "utf-8")
    return rows
