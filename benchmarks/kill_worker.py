"""Kills worker, flow and server of a real Prefect during a run; the next run must complete.

The slot must be free within two minutes.

python benchmarks/kill_worker.py            about eight minutes, nearly all of it waiting
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socketserver
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from prefect_server import Orchestra, orchestra  # noqa: E402

from flows.demo.sample import FIRST_WEEK  # noqa: E402
from flows.demo.server import SampleServer, sample_server  # noqa: E402
from warehouse.store.locks import read_holder  # noqa: E402

ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
CASES = ("worker and flow killed", "SIGTERM to the worker", "server killed and started again")


def main() -> None:
    """Runs each case on its own server and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", choices=CASES, action="append", help="only this one")
    chosen = parser.parse_args().case or CASES
    print("| case | the run ended as | slot free after | next run |\n|---|---|---|---|", flush=True)
    for case in chosen:
        with tempfile.TemporaryDirectory() as folder, sample_server() as sample:
            print(play(case, Path(folder), sample), flush=True)


def play(case: str, folder: Path, sample: SampleServer) -> str:
    """Kills a run that holds the writer lock and starts another; returns the case's line of the table."""
    home = folder / "home"
    home.mkdir()
    sample.clock = FIRST_WEEK.end
    socketserver.BaseServer.handle_error = lambda *_: None  # type: ignore[method-assign] # a killed process does not answer
    hold(sample)
    write_catalog(home, sample)
    with orchestra(folder, home) as server:
        server.start_worker()
        killed = server.run("ingest", "hourly-ingest", now=FIRST_WEEK.end.isoformat())
        server.wait_for("holder of the writer lock", lambda: read_holder(home))
        time.sleep(5)  # until its first heartbeat was sent
        began = time.monotonic()
        kill(case, server, home)
        release(sample)
        server.wait_for("end of the killed run", lambda: state_of(server, killed)["type"] in ENDS)
        free_after = time.monotonic() - began
        if server.worker is None or server.worker.poll() is not None:
            server.start_worker()
        after = server.run("ingest", "hourly-ingest", now=FIRST_WEEK.end.isoformat(), force=True)
        server.wait_for("end of the next run", lambda: state_of(server, after)["type"] in ENDS)
        ended, next_ended = state_of(server, killed), state_of(server, after)
    return (
        f"| {case} | {ended['name']} ({ended['message'] or ''}) | {free_after:.0f} s | {next_ended['name']} |"
    )


def kill(case: str, server: Orchestra, home: Path) -> None:
    """Kills what the case names."""
    flow = read_holder(home)
    if case == "worker and flow killed" and flow is not None:
        server.stop(server.worker, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(flow.pid, signal.SIGKILL)
    elif case == "SIGTERM to the worker":
        server.stop(server.worker, signal.SIGTERM)
    else:
        server.stop(server.server, signal.SIGKILL)
        server.start_server()


def state_of(server: Orchestra, run: str) -> dict[str, str]:
    """Returns the state of a run; one without a state is scheduled."""
    answer = server.client.get(f"{server.api}/flow_runs/{run}").json()
    return answer["state"] or {"type": "SCHEDULED", "name": "Scheduled", "message": ""}


def hold(sample: SampleServer) -> None:
    """Makes the server answer slowly, so that an ingest lasts until it is killed."""
    real = sample.answer
    sample.slow = True  # type: ignore[attr-defined]

    def answer(path: str):  # type: ignore[no-untyped-def]
        for _ in range(40):
            if sample.slow:  # type: ignore[attr-defined]
                time.sleep(0.5)
        return real(path)

    sample.answer = answer  # type: ignore[method-assign]


def release(sample: SampleServer) -> None:
    """Makes the server answer at once again."""
    sample.slow = False  # type: ignore[attr-defined]


def write_catalog(home: Path, sample: SampleServer) -> None:
    """Writes the sample's feeds as the catalog of the home."""
    tables = [
        "\n".join(
            [
                "[[source]]",
                *(f"{key} = {json.dumps(value)}" for key, value in asdict(replace(source)).items()),
            ]
        )
        for source in sample.catalog
    ]
    (home / "catalog.toml").write_text("\n\n".join(tables), "utf-8")


if __name__ == "__main__":
    main()
