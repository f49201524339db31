"""The step that exports: a citeable bundle of a part of the snapshot, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from flows.settings import Settings
from sources.catalog import load_catalog
from warehouse.errors import WarehouseError
from warehouse.snapshot.api import open_to_read
from warehouse.snapshot.datasheet import citation, datasheet
from warehouse.snapshot.export import ExportForm, Selection, describe_chosen, write_tables
from warehouse.snapshot.manifest import MANIFEST_NAME, checksums, read_manifest
from warehouse.store.paths import to_read


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was exported: the folder and the rows of each table."""

    folder: Path
    rows: dict[str, int]


def export(
    settings: Settings, selection: Selection, form: ExportForm, folder: Path, *, on: Path | None = None
) -> ExportReport:
    """Writes the bundle as a new `folder`; WarehouseError if something is there already, or if nothing was selected."""
    if folder.exists():
        raise WarehouseError(str(folder), "is there already. Name a folder that is not.")
    snapshot = to_read(on or settings.snapshot_path).resolve()
    free = {source.id for source in load_catalog(settings.catalog_path) if source.redistribute}
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
    fresh.mkdir()
    try:
        rows = _write(snapshot, fresh, selection, form, free)
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
    told = {"snapshot": manifest.snapshot, "watermark": manifest.watermark, "rows": rows, "files": checksums(folder)}
    (folder / MANIFEST_NAME).write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return rows
