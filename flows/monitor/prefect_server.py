"""One thing the doctor looked at.

Asks Prefect's server how it and its schedules are, by plain HTTP: importing Prefect would take seconds. Knows no settings.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Whether it is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    found: str
    next_step: str = ""


POOL = "warehouse"
TIMEOUT_S = 5.0
_HINT = "Start it (`prefect server start`), or unset PREFECT_API_URL to run without a server."


def look_at_server() -> Iterator[Check]:
    """Whether the server that PREFECT_API_URL names answers, the deployments are laid, and a worker is up."""
    api = os.environ.get("PREFECT_API_URL", "")
    if not api:
        yield Check(
            name="server", ok=True, found="none is named by PREFECT_API_URL; `watchfloor run` under cron needs none"
        )
        return
    if not api.startswith(("http://", "https://")):
        yield Check(
            name="server",
            ok=False,
            found=f"PREFECT_API_URL is {api!r}",
            next_step="Write it as http://127.0.0.1:4200/api.",
        )
        return
    try:
        version = _ask(f"{api}/admin/version")
        deployments = _ask(f"{api}/deployments/filter", {})
        workers = _ask(f"{api}/work_pools/{POOL}/workers/filter", {})
    except urllib.error.HTTPError as error:
        said = {401: "wants another PREFECT_API_AUTH_STRING", 404: f"has no work pool {POOL!r}"}
        next_step = "docs/operators/index.md sets it up, in ten minutes."
        yield Check(
            name="server", ok=False, found=f"{api} {said.get(error.code, f'answers {error.code}')}", next_step=next_step
        )
        return
    except (OSError, ValueError) as error:
        yield Check(name="server", ok=False, found=f"{api}: {error}", next_step=_HINT)
        return
    yield Check(name="server", ok=True, found=f"{api}, Prefect {version}")
    paused = [one["name"] for one in deployments if one.get("paused")]
    yield Check(
        name="deployments",
        ok=bool(deployments) and not paused,
        found=f"{len(deployments)} laid" + (f"; paused: {', '.join(paused)}" if paused else ""),
        next_step="`prefect deploy --all` lays them; `prefect deployment schedule resume` wakes a paused one.",
    )
    online = [one["name"] for one in workers if one.get("status") == "ONLINE"]
    yield Check(
        name="worker",
        ok=bool(online),
        found=f"{len(online)} online in the pool {POOL}",
        next_step=f"`prefect worker start --pool {POOL}`, under systemd (docs/operators/deploy/).",
    )


def _ask(url: str, body: object | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    if secret := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - its scheme was looked at
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        return json.load(answer)
