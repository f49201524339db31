"""Writes the status as a Prometheus text file, for node_exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from flows.monitor.status import Status
from warehouse.store.atomic_files import output_file
from warehouse.store.runs import RunState


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

    gauge("written_timestamp_seconds", "When this was written.", status.now.timestamp())
    warehouse = status.warehouse
    if warehouse is None:
        return registry
    done = {run.flow: run.ended_at.timestamp() for run in warehouse.runs if run.state is RunState.DONE}
    failed = {run.flow: run.ended_at.timestamp() for run in warehouse.runs if run.state is not RunState.DONE}
    gauges("last_success_timestamp_seconds", "When a flow was last done.", "flow", done)
    gauges("last_failure_timestamp_seconds", "When a flow last failed or was killed.", "flow", failed)
    gauge("articles", "Articles stored.", warehouse.articles)
    gauge("stories", "Stories.", warehouse.stories)
    gauges("pending_articles", "Articles for which a step is still to be done.", "step", warehouse.pending)
    gauges("feeds", "Feeds by state.", "state", warehouse.feeds)
    if warehouse.digest_at:
        gauge(
            "digest_age_seconds", "Age of the last issue.", (status.now - warehouse.digest_at).total_seconds()
        )
    if warehouse.last_fetch_at:
        gauge(
            "fetch_age_seconds",
            "Age of the last fetch.",
            (status.now - warehouse.last_fetch_at).total_seconds(),
        )
    return registry
