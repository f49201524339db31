"""Checks the installation: what is wrong with it, and what to do. Changes nothing."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb

from flows.catalog_edits import known_desks
from flows.collection import WHY_NO_PROXY, proxies_named
from flows.monitor.status import OVERDUE, read_status
from flows.settings import CONFIG_NAME, SECRET_NAME, Settings
from sources.catalog import find_problems, read_catalog
from sources.errors import CatalogError
from sources.model import mask_secrets
from warehouse.embed.encoder import load_embedder
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.snapshot.backup import backup_names
from warehouse.store.db import open_read_only
from warehouse.store.migrate import newest_version, read_schema

MIN_FREE_BYTES = 1_000_000_000
CLOCK_SLACK = timedelta(minutes=5)
PACKAGES = ("duckdb", "feedparser", "httpx", "onnxruntime", "prefect")
POOL = "warehouse"
SERVER_TIMEOUT_S = 5.0
_SECRET_SETTING = re.compile(r"(?m)^\s*(smtp_url|apprise_urls|alert_url|ping_url)\s*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked: whether it is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    found: str
    next_step: str = ""


def examine(settings: Settings, now: datetime) -> list[Check]:
    """Returns all checks. One that fails does not hide the others."""
    return [check for look in CHECKS for check in look(settings, now)]


def _packages(_settings: Settings, _now: datetime) -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield _check("python", sys.version_info >= (3, 11), python, "Install Python 3.11 or newer.")
    for package in PACKAGES:
        try:
            yield _check(package, True, version(package))
        except PackageNotFoundError:
            yield _check(package, False, "not installed", "Run `make test` or reinstall.")


def _setting_names(_settings: Settings, _now: datetime) -> Iterator[Check]:
    """A setting with a misspelt name would be ignored silently."""
    known = {f"WATCHFLOOR_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("WATCHFLOOR_") and name not in known)
    found = f"{', '.join(unknown)}: no such setting" if unknown else "every WATCHFLOOR_ name is a setting"
    yield _check("settings", not unknown, found, "Correct the name; .env.example lists them.")


def _home(settings: Settings, _now: datetime) -> Iterator[Check]:
    home = settings.home_dir
    nearest = next(path for path in (home, *home.parents) if path.exists())
    found = str(home) if home.exists() else f"{home} (created by the first ingest)"
    next_step = f"Give yourself write access to {nearest}, or set --home."
    yield _check("home", os.access(nearest, os.W_OK), found, next_step)
    free = shutil.disk_usage(nearest).free
    yield _check("free disk", free >= MIN_FREE_BYTES, f"{free / 1e9:.1f} GB", f"Make room on {nearest}.")


def _secrets(settings: Settings, _now: datetime) -> Iterator[Check]:
    """Passwords and tokens lie in the settings file, the catalog and the backups."""
    names = (CONFIG_NAME, SECRET_NAME, "catalog.toml")
    held = [settings.home_dir / name for name in names if _holds_secret(settings.home_dir / name)]
    backups = [settings.backup_path / name for name in backup_names(settings.backup_path)]
    opened = [str(path) for path in (*held, *backups) if path.stat().st_mode & 0o077]
    found = f"others may read {', '.join(opened)}" if opened else "others may read no file that has one"
    yield _check("secrets", not opened, found, f"`chmod -R go= {' '.join(opened)}`")


def _holds_secret(path: Path) -> bool:
    if not path.is_file():
        return False
    text = path.read_text("utf-8", "replace")
    return path.name == SECRET_NAME or _SECRET_SETTING.search(text) is not None or mask_secrets(text) != text


def _warehouse(settings: Settings, _now: datetime) -> Iterator[Check]:
    path = settings.warehouse_path
    if not path.exists():
        yield _check("warehouse", True, "none yet; `watchfloor ingest` makes it")
        return
    try:
        with open_read_only(path, any_schema=True) as con:
            schema = read_schema(con, str(path)).version
            row = con.execute("SELECT count(*) FROM articles").fetchone()
        found = f"{path}, schema {schema}, {row[0] if row else 0:,} articles"
        if schema < newest_version():
            found += f"; the next run upgrades it to schema {newest_version()} and keeps a copy"
        yield _check("warehouse", True, found)
    except WarehouseBusyError:
        yield _check("warehouse", True, f"{path}, being written by another process just now")
    except (WarehouseError, duckdb.Error) as error:
        yield _check("warehouse", False, str(error), "Restore it from a backup, or move it away.")


def _snapshot(settings: Settings, _now: datetime) -> Iterator[Check]:
    path = settings.snapshot_path
    found = (
        f"{path}, {path.stat().st_size / 1e6:.1f} MB"
        if path.exists()
        else "none yet; `watchfloor publish` makes it"
    )
    yield _check("snapshot", True, found)


def _catalog(settings: Settings, _now: datetime) -> Iterator[Check]:
    try:
        name, tables = read_catalog(settings.catalog_path)
        problems = find_problems(tables, known_desks())
    except CatalogError as error:
        yield _check("catalog", False, str(error), "Correct the file, or set WATCHFLOOR_CATALOG.")
        return
    found = f"{name}, {len(tables)} feeds" + (f", {len(problems)} problems" if problems else "")
    yield _check("catalog", not problems, found, "`watchfloor sources check` lists them.")


def _proxy(_settings: Settings, _now: datetime) -> Iterator[Check]:
    named = ", ".join(proxies_named())
    found = (
        f"{named} set, and not used for feeds: {WHY_NO_PROXY}" if named else "none; feeds are asked directly"
    )
    yield _check("proxy", True, found)


def _model(settings: Settings, _now: datetime) -> Iterator[Check]:
    try:
        yield _check("model", True, load_embedder(settings.embedding_model).model)
    except WarehouseError as error:
        yield _check("model", False, str(error), "Do as it says.")


def _backups(settings: Settings, now: datetime) -> Iterator[Check]:
    names = backup_names(settings.backup_path)
    if not names:
        yield _check(
            "backups", True, f"none in {settings.backup_path}; `watchfloor maintain` makes one a day"
        )
        return
    last = datetime.strptime(names[-1].split("-")[0], "%Y%m%dT%H%M%S%z")
    found = f"{len(names)} in {settings.backup_path}, the last of {last:%F %H:%M} UTC"
    next_step = "`watchfloor maintain` makes one; check that its schedule is on."
    yield _check("backups", now - last < OVERDUE["maintain"], found, next_step)


def _clock_and_runs(settings: Settings, now: datetime) -> Iterator[Check]:
    """If the clock were behind what is stored, no feed would be due and no run key would be new."""
    try:
        status = read_status(settings, now)
    except (WarehouseError, duckdb.Error):  # the check of the warehouse says what is wrong with it
        yield _check("clock", True, f"{now:%F %T} UTC")
        return
    last_fetch = status.warehouse.last_fetch_at if status.warehouse else None
    behind = last_fetch is not None and last_fetch - now > CLOCK_SLACK
    found = f"{now:%F %T} UTC" + (f", behind the last fetch of {last_fetch:%F %T}" if behind else "")
    yield _check("clock", not behind, found, "Set the clock of this host (`timedatectl status`).")
    runs = status.warehouse.runs if status.warehouse else ()
    done = ", ".join(f"{run.flow} {run.run_key}" for run in runs if run.state == "done")
    found = "; ".join(status.problems) or done or "no run yet"
    yield _check(
        "last runs",
        not status.problems,
        found,
        "`watchfloor status` lists them; a failed run can be repeated.",
    )


def _prefect_server(_settings: Settings, _now: datetime) -> Iterator[Check]:
    """Asks the server that PREFECT_API_URL names, by plain HTTP: importing Prefect would take seconds."""
    api = os.environ.get("PREFECT_API_URL", "")
    if not api:
        yield _check("server", True, "PREFECT_API_URL names none; `watchfloor run` under cron needs none")
        return
    if not api.startswith(("http://", "https://")):
        yield _check("server", False, f"PREFECT_API_URL is {api!r}", "Write it as http://127.0.0.1:4200/api.")
        return
    try:
        server = _ask(f"{api}/admin/version")
        deployments = _ask(f"{api}/deployments/filter", {})
        workers = _ask(f"{api}/work_pools/{POOL}/workers/filter", {})
    except urllib.error.HTTPError as error:
        reasons = {401: "wants another PREFECT_API_AUTH_STRING", 404: f"has no work pool {POOL!r}"}
        found = f"{api} {reasons.get(error.code, f'answers {error.code}')}"
        yield _check("server", False, found, "docs/operators/index.md sets it up, in ten minutes.")
        return
    except (OSError, ValueError) as error:
        next_step = "Start it (`prefect server start`), or unset PREFECT_API_URL to run without a server."
        yield _check("server", False, f"{api}: {error}", next_step)
        return
    yield _check("server", True, f"{api}, Prefect {server}")
    paused = [one["name"] for one in deployments if one.get("paused")]
    found = f"{len(deployments)} deployed" + (f"; paused: {', '.join(paused)}" if paused else "")
    next_step = (
        "`prefect deploy --all` deploys them; `prefect deployment schedule resume` resumes a paused one."
    )
    yield _check("deployments", bool(deployments) and not paused, found, next_step)
    online = [one["name"] for one in workers if one.get("status") == "ONLINE"]
    next_step = f"`prefect worker start --pool {POOL}`, under systemd (docs/operators/deploy/)."
    yield _check("worker", bool(online), f"{len(online)} online in the pool {POOL}", next_step)


def _ask(url: str, body: object | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    if secret := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the scheme was checked
    with urllib.request.urlopen(request, timeout=SERVER_TIMEOUT_S) as answer:  # noqa: S310
        return json.load(answer)


def _check(name: str, ok: bool, found: str, next_step: str = "") -> Check:
    return Check(name=name, ok=ok, found=found, next_step=next_step)


CHECKS: tuple[Callable[[Settings, datetime], Iterator[Check]], ...] = (
    _packages,
    _setting_names,
    _home,
    _secrets,
    _warehouse,
    _snapshot,
    _catalog,
    _proxy,
    _model,
    _backups,
    _clock_and_runs,
    _prefect_server,
)
