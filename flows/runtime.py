"""What every flow shares: settings from the environment, the present moment, progress in the flow run's own log."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect.logging import get_run_logger

from flows.progress import PlainLines, Progress
from flows.settings import Settings


def settings_and_now(now: str | None) -> tuple[Settings, datetime]:
    """The settings, and the moment a run is for: the one given (ISO 8601), else the present."""
    moment = datetime.fromisoformat(now) if now else datetime.now(UTC)
    return Settings(), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def logged_progress() -> Progress:
    """Progress as lines of the run's log, one a quarter."""
    return PlainLines(get_run_logger().info)
