"""The state of the installation as a Prometheus text file, for node_exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from flows.monitor.status import Status
from warehouse.store.runs import RunState


def write_metrics(status: Status, path: Path) -> Path:
    """Writes the file at one stroke, so that no collector reads half of it; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.aside")
    aside.write_text(to_metrics(status), "utf-8")
    aside.replace(path)
    return path


def to_metrics(status: Status) -> str:
    """The text, in the form of https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4)."""
    return "\n".join(_lines(status)) + "\n"


def _lines(status: Status) -> Iterator[str]:
    warehouse = status.warehouse
    yield from _gauge("written_timestamp_seconds", "When this was written.", [("", status.now.timestamp())])
    if warehouse is None:
        return
    last = [run for run in warehouse.runs if run.state is RunState.DONE]
    bad = [run for run in warehouse.runs if run.state is not RunState.DONE]
    yield from _gauge(
        "last_success_timestamp_seconds",
        "When a flow was last done.",
        [(f'{{flow="{run.flow}"}}', run.ended_at.timestamp()) for run in last],
    )
    yield from _gauge(
        "last_failure_timestamp_seconds",
        "When a flow last failed or was killed.",
        [(f'{{flow="{run.flow}"}}', run.ended_at.timestamp()) for run in bad],
    )
    yield from _gauge("articles", "Articles stored.", [("", warehouse.articles)])
    yield from _gauge("stories", "Stories.", [("", warehouse.stories)])
    yield from _gauge(
        "pending_articles",
        "Articles for which a step is still to be done.",
        [(f'{{step="{step}"}}', count) for step, count in warehouse.pending.items()],
    )
    yield from _gauge(
        "feeds", "Feeds by state.", [(f'{{state="{state}"}}', count) for state, count in warehouse.feeds.items()]
    )
    yield from _gauge("digest_age_seconds", "Age of the last issue.", _age(status.now, warehouse.digest_at))
    yield from _gauge("fetch_age_seconds", "Age of the last fetch.", _age(status.now, warehouse.last_fetch_at))


def _age(now: datetime, moment: datetime | None) -> list[tuple[str, float]]:
    return [("", (now - moment).total_seconds())] if moment else []


def _gauge(name: str, says: str, samples: list[tuple[str, float]]) -> Iterator[str]:
    if samples:
        yield f"# HELP watchfloor_{name} {says}"
        yield f"# TYPE watchfloor_{name} gauge"
        yield from (f"watchfloor_{name}{labels} {value:.15g}" for labels, value in samples)
