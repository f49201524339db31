"""Records ended runs: flow, run key and outcome. The writer lock has the record of the current run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import duckdb

from sources.model import mask_secrets, stable_id
from warehouse.store.db import from_db, to_db


class RunState(StrEnum):
    """How a run ended: done, failed with an error, or killed, as the next run found out."""

    DONE = "done"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run that ended. `heartbeat_at` is its last heartbeat. Times are aware UTC."""

    flow: str
    run_key: str
    state: RunState
    started_at: datetime
    heartbeat_at: datetime
    ended_at: datetime
    outcome: str


_FOLDERS = re.compile(
    r"(?<![\w/:.])/(?:[^\s/:'\"]+/)+"
)  # /srv/watch/ of /srv/watch/warehouse.duckdb, not of an address
_COLUMNS = "flow, run_key, state, started_at, heartbeat_at, ended_at, outcome"
_SAVE = f"""
INSERT OR REPLACE INTO store.runs (run_id, number, {_COLUMNS}, host, pid)
VALUES ($run_id, (SELECT coalesce(max(number), 0) + 1 FROM store.runs), $flow, $run_key, $state, $started_at,
    $heartbeat_at, $ended_at, $outcome, '', 0)
"""


def save_run(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Saves a run; the same run saved twice is one row.

    It is published, so it names no host, process, folder or password.
    """
    con.execute(
        _SAVE,
        {
            "run_id": stable_id(
                "run", run.flow, run.run_key, run.started_at.isoformat(), run.ended_at.isoformat()
            ),
            "flow": run.flow,
            "run_key": run.run_key,
            "state": run.state.value,
            "started_at": to_db(run.started_at),
            "heartbeat_at": to_db(run.heartbeat_at),
            "ended_at": to_db(run.ended_at),
            "outcome": _FOLDERS.sub("…/", mask_secrets(run.outcome)),
        },
    )


_MOMENTS = ("started_at", "heartbeat_at", "ended_at")
_READ = """
SELECT flow, run_key, state, started_at, heartbeat_at, ended_at, outcome FROM store.runs
"""


def last_done(con: duckdb.DuckDBPyConnection, flows: Sequence[str]) -> Run | None:
    """Returns the last run of any of `flows` that was done; None if there is none."""
    where = "WHERE state = 'done' AND list_contains($flows, flow) ORDER BY number DESC LIMIT 1"
    return next(iter(_runs(con, f"{_READ} {where}", {"flows": list(flows)})), None)


_DONE_SINCE = f"""
{_READ} WHERE state = 'done' AND flow = $flow AND run_key = $run_key AND number > coalesce(
    (SELECT max(number) FROM store.runs WHERE state = 'done' AND list_contains($causes, flow)), 0
) ORDER BY number DESC LIMIT 1
"""


def done_since(con: duckdb.DuckDBPyConnection, flow: str, run_key: str, causes: Sequence[str]) -> Run | None:
    """Returns the last run of the flow done for the run key after all done runs of `causes`, or None."""
    return next(
        iter(_runs(con, _DONE_SINCE, {"flow": flow, "run_key": run_key, "causes": list(causes)})), None
    )


_LAST_OF_EACH = f"""
{_READ} QUALIFY row_number() OVER (PARTITION BY flow, state = 'done' ORDER BY number DESC) = 1
ORDER BY flow, number DESC
"""


def last_runs(con: duckdb.DuckDBPyConnection) -> list[Run]:
    """Returns for every flow the last run that was done and the last that was not, latest first."""
    return _runs(con, _LAST_OF_EACH)


def _runs(
    con: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object] | None = None
) -> list[Run]:
    rows = con.execute(query, parameters or {}).to_arrow_table().to_pylist()
    return [
        Run(**row | {name: from_db(row[name]) for name in _MOMENTS} | {"state": RunState(row["state"])})
        for row in rows
    ]
