"""The status as Prometheus metrics: a text file for node_exporter's textfile collector, or served.

Every series is there from the first moment, for an alert on a series that is absent never fires. What
never happened has the time 0, which is long ago. Nothing is an age: it would stand still when nobody writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from flows.monitor.problems import OVERDUE, Code
from flows.monitor.status import Status
from warehouse.queries.warehouse_status import FEED_STATES
from warehouse.store.atomic_files import output_file
from warehouse.store.runs import RunState

STEPS = ("embed", "classify", "group")
PAGE_RESULTS = ("had", "failed")


def write_metrics(status: Status, path: Path) -> Path:
    """Writes the file, whole or not at all, so that no collector reads half of it; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with output_file(path) as fresh:
        fresh.write_text(to_metrics(status), "utf-8")
    return path


def to_metrics(status: Status) -> str:
    """Returns the text of the file."""
    return generate_latest(_registry(status)).decode()


def _registry(status: Status) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)

    def gauge(name: str, documentation: str, value: float) -> None:
        Gauge(f"watchfloor_{name}", documentation, registry=registry).set(value)

    def gauges(name: str, documentation: str, label: str, values: Mapping[str, float]) -> None:
        labelled = Gauge(f"watchfloor_{name}", documentation, [label], registry=registry)
        for key, value in values.items():
            labelled.labels(key).set(value)

    stored = status.warehouse
    runs = stored.runs if stored else ()
    done, failed = dict.fromkeys(OVERDUE, 0.0), dict.fromkeys(OVERDUE, 0.0)
    for run in runs:
        (done if run.state is RunState.DONE else failed)[run.flow] = run.ended_at.timestamp()
    found = [problem.code for problem in status.problems]
    gauge("written_timestamp_seconds", "When this was written.", status.now.timestamp())
    gauge(
        "readable", "1 if warehouse or snapshot could be read; else the rest is 0.", float(stored is not None)
    )
    gauges(
        "problems",
        "What needs a person, as `watchfloor status` names it.",
        "code",
        {code: found.count(code) for code in Code},
    )
    gauges("last_success_timestamp_seconds", "When a flow was last done; 0: never.", "flow", done)
    gauges(
        "last_failure_timestamp_seconds", "When a flow last failed or was killed; 0: never.", "flow", failed
    )
    gauge(
        "fetch_timestamp_seconds",
        "When a feed was last asked.",
        _seconds(stored.last_fetch_at if stored else None),
    )
    gauge(
        "digest_timestamp_seconds",
        "When the last issue was written.",
        _seconds(stored.digest_at if stored else None),
    )
    gauge("snapshot_timestamp_seconds", "When the snapshot was published.", _seconds(status.snapshot_at))
    gauge("backup_timestamp_seconds", "When the last backup was made.", _seconds(status.backup_at))
    gauge("articles", "Articles stored.", stored.articles if stored else 0)
    gauge("stories", "Stories.", stored.stories if stored else 0)
    gauges(
        "pending_articles",
        "Articles for which a step is still to be done.",
        "step",
        stored.pending if stored else dict.fromkeys(STEPS, 0),
    )
    gauges("feeds", "Feeds by state.", "state", stored.feeds if stored else dict.fromkeys(FEED_STATES, 0))
    gauges(
        "pages",
        "Pages of articles in the last day, by whether their text was had.",
        "result",
        stored.pages if stored else dict.fromkeys(PAGE_RESULTS, 0),
    )
    gauges("disk_free_bytes", "Room on the disk.", "folder", status.free_bytes)
    gauge("schema_version", "Schema of the file.", status.schema_version or 0)
    gauge("release_schema_version", "Schema of this release.", status.release_schema_version)
    behind = (stored.newest_at - status.now).total_seconds() if stored and stored.newest_at else 0
    gauge("clock_behind_seconds", "By how much the clock is before the newest row.", max(0, behind))
    return registry


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0
