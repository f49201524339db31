"""The folder of a snapshot or backup: its name, and its manifest with sources and checksums."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from warehouse.store.db import from_db

MANIFEST_NAME = "manifest.json"

_MADE_FROM = """
SELECT (SELECT max(version) FROM main.schema_migrations),
    greatest((SELECT max(first_seen_at) FROM store.articles), (SELECT max(fetched_at) FROM store.fetches))
"""
FOLDER_NAME = re.compile(r"(\d{8})T\d{6}Z(?:-(\d+))?")  # as `new_name` gives it: day, number
_MODELS = "SELECT model, count(*) FROM store.vectors GROUP BY model ORDER BY model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The contents of a snapshot or a backup.

    `watermark`: nothing seen later is in it (UTC; None for an empty warehouse). `models`: vectors per model.
    `views`: rows per view. `files`: bytes and SHA-256 of every file, by its path in the folder.
    """

    snapshot: str
    published_at: str
    watermark: str | None
    release: str
    schema_version: int
    duckdb: str
    models: dict[str, int]
    views: dict[str, int]
    files: dict[str, dict[str, str | int]]


def new_name(now: datetime, taken: Collection[str]) -> str:
    """Returns the name of a folder made at `now` (UTC), 20260817T060000Z, or with -2 and so on if taken."""
    name = f"{now:%Y%m%dT%H%M%SZ}"
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def moment_of(name: str) -> datetime:
    """Returns the moment (UTC) at which the folder of that name was made."""
    return datetime.strptime(name.split("-")[0], "%Y%m%dT%H%M%S%z")


def describe(
    con: duckdb.DuckDBPyConnection, name: str, published_at: datetime, views: dict[str, int], folder: Path
) -> Manifest:
    """Returns the manifest of the snapshot in `folder`, which `con` has open."""
    schema_version, watermark = con.execute(_MADE_FROM).fetchall()[0]
    seen = from_db(watermark)
    return Manifest(
        snapshot=name,
        published_at=published_at.isoformat(),
        watermark=seen.isoformat() if seen else None,
        release=_release(),
        schema_version=schema_version,
        duckdb=duckdb.__version__,
        models=dict(con.execute(_MODELS).fetchall()),
        views=views,
        files=checksums(folder),
    )


def checksums(folder: Path) -> dict[str, dict[str, str | int]]:
    """Returns bytes and SHA-256 of every file in the folder, by its path there."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    with ThreadPoolExecutor() as pool:  # hashing releases the GIL
        digests = pool.map(sha256, files)
    return {
        file.relative_to(folder).as_posix(): {"bytes": file.stat().st_size, "sha256": digest}
        for file, digest in zip(files, digests, strict=True)
    }


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Writes it as `folder`/manifest.json."""
    (folder / MANIFEST_NAME).write_text(json.dumps(asdict(manifest), indent=2) + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Returns the manifest in `folder`; raises FileNotFoundError if there is none."""
    return Manifest(**json.loads((folder / MANIFEST_NAME).read_text("utf-8")))


def _release() -> str:
    try:
        return version("watchfloor")
    except PackageNotFoundError:  # a plain checkout
        return "unreleased"


def sha256(file: Path) -> str:
    """Returns the SHA-256 of a file in hex digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
