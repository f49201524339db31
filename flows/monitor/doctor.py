"""Checks the installation: what is wrong with it, and what to do. Changes nothing."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flows.catalog_edits import known_desks
from flows.collection import WHY_NO_PROXY, proxies_named
from flows.monitor import file_checks
from flows.monitor.check import Check, check
from flows.settings import CONFIG_NAME, SECRET_NAME, Settings
from sources.catalog import find_problems, read_catalog
from sources.errors import CatalogError
from sources.model import mask_secrets
from warehouse.embed.encoder import load_embedder
from warehouse.errors import WarehouseError
from warehouse.snapshot.backup import backup_names

PACKAGES = ("duckdb", "feedparser", "httpx", "onnxruntime", "prefect")
POOL = "warehouse"
SERVER_TIMEOUT_S = 5.0
_SECRET_SETTING = re.compile(r"(?m)^\s*(smtp_url|apprise_urls|alert_url|ping_url)\s*=")


def examine(settings: Settings, now: datetime) -> list[Check]:
    """Returns all checks. One that fails does not hide the others."""
    checks: list[Check] = []
    for look in CHECKS:
        try:
            checks.extend(look(settings, now))
        except OSError as error:
            name = look.__name__.strip("_").replace("_", " ")
            step = "Let the user that runs Watchfloor read it (`ls -ld` shows who may)."
            checks.append(check(name, False, str(error), step, subject=str(error.filename or name)))
    return checks


def _packages(_settings: Settings, _now: datetime) -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield check("python", sys.version_info >= (3, 11), python, "Install Python 3.11 or newer.")
    for package in PACKAGES:
        try:
            yield check(package, True, version(package))
        except PackageNotFoundError:
            yield check(package, False, "not installed", "Run `make test` or reinstall.")


def _setting_names(_settings: Settings, _now: datetime) -> Iterator[Check]:
    """A setting with a misspelt name would be ignored silently."""
    known = {f"WATCHFLOOR_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("WATCHFLOOR_") and name not in known)
    found = f"{', '.join(unknown)}: no such setting" if unknown else "every WATCHFLOOR_ name is a setting"
    yield check("settings", not unknown, found, "Correct the name; .env.example lists them.")


def _secrets(settings: Settings, _now: datetime) -> Iterator[Check]:
    """Passwords and tokens lie in the settings file, the catalog and the backups."""
    names = (CONFIG_NAME, SECRET_NAME, "catalog.toml")
    held = [settings.home_dir / name for name in names if _holds_secret(settings.home_dir / name)]
    backups = [settings.backup_path / name for name in backup_names(settings.backup_path)]
    opened = [str(path) for path in (*held, *backups) if path.stat().st_mode & 0o077]
    found = f"others may read {', '.join(opened)}" if opened else "others may read no file that has one"
    yield check("secrets", not opened, found, f"`chmod -R go= {' '.join(opened)}`")


def _holds_secret(path: Path) -> bool:
    if not path.is_file():
        return False
    text = path.read_text("utf-8", "replace")
    return path.name == SECRET_NAME or _SECRET_SETTING.search(text) is not None or mask_secrets(text) != text


def _catalog(settings: Settings, _now: datetime) -> Iterator[Check]:
    try:
        name, tables = read_catalog(settings.catalog_path)
        problems = find_problems(tables, known_desks())
    except CatalogError as error:
        yield check("catalog", False, str(error), "Correct the file, or set WATCHFLOOR_CATALOG.")
        return
    found = f"{name}, {len(tables)} feeds" + (f", {len(problems)} problems" if problems else "")
    yield check("catalog", not problems, found, "`watchfloor sources check` lists them.")


def _proxy(_settings: Settings, _now: datetime) -> Iterator[Check]:
    named = ", ".join(proxies_named())
    found = (
        f"{named} set, and not used for feeds: {WHY_NO_PROXY}" if named else "none; feeds are asked directly"
    )
    yield check("proxy", True, found)


def _model(settings: Settings, _now: datetime) -> Iterator[Check]:
    try:
        yield check("model", True, load_embedder(settings.embedding_model).model)
    except WarehouseError as error:
        yield check("model", False, str(error), "Do as it says.")


def _prefect_server(_settings: Settings, _now: datetime) -> Iterator[Check]:
    """Asks the server that PREFECT_API_URL names, by plain HTTP: importing Prefect would take seconds."""
    api = os.environ.get("PREFECT_API_URL", "")
    if not api:
        yield check("server", True, "PREFECT_API_URL names none; `watchfloor run` under cron needs none")
        return
    if not api.startswith(("http://", "https://")):
        yield check("server", False, f"PREFECT_API_URL is {api!r}", "Write it as http://127.0.0.1:4200/api.")
        return
    try:
        server = _ask(f"{api}/admin/version")
        deployments = _ask(f"{api}/deployments/filter", {})
        workers = _ask(f"{api}/work_pools/{POOL}/workers/filter", {})
    except urllib.error.HTTPError as error:
        reasons = {401: "wants another PREFECT_API_AUTH_STRING", 404: f"has no work pool {POOL!r}"}
        found = f"{api} {reasons.get(error.code, f'answers {error.code}')}"
        yield check("server", False, found, "docs/operators/index.md sets it up, in ten minutes.")
        return
    except (OSError, ValueError) as error:
        next_step = "Start it (`prefect server start`), or unset PREFECT_API_URL to run without a server."
        yield check("server", False, f"{api}: {error}", next_step)
        return
    yield check("server", True, f"{api}, Prefect {server}")
    paused = [one["name"] for one in deployments if one.get("paused")]
    found = f"{len(deployments)} deployed" + (f"; paused: {', '.join(paused)}" if paused else "")
    next_step = (
        "`prefect deploy --all` deploys them; `prefect deployment schedule resume` resumes a paused one."
    )
    yield check("deployments", bool(deployments) and not paused, found, next_step)
    online = [one["name"] for one in workers if one.get("status") == "ONLINE"]
    next_step = f"`prefect worker start --pool {POOL}`, under systemd (docs/operators/deploy/)."
    yield check("worker", bool(online), f"{len(online)} online in the pool {POOL}", next_step)


def _ask(url: str, body: object | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    if secret := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the scheme was checked
    with urllib.request.urlopen(request, timeout=SERVER_TIMEOUT_S) as answer:  # noqa: S310
        return json.load(answer)


CHECKS: tuple[Callable[[Settings, datetime], Iterator[Check]], ...] = (
    _packages,
    _setting_names,
    file_checks.home,
    file_checks.room,
    _secrets,
    file_checks.warehouse,
    file_checks.snapshot,
    file_checks.site,
    file_checks.backups,
    _catalog,
    _proxy,
    _model,
    file_checks.runs,
    _prefect_server,
)
