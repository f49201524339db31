"""The log: one line an event on standard error, as text or as JSON (WATCHFLOOR_LOG_FORMAT=json)."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from sources.model import mask_secrets

log = logging.getLogger("watchfloor")


def log_event(event: str, **fields: object) -> None:
    """Logs an event with its fields, at level INFO."""
    words = " ".join(f"{name}={value}" for name, value in fields.items())
    log.info("%s %s", event, words, extra={"event": event, "fields": fields})


def set_up_logs(*, as_json: bool, verbose: bool) -> None:
    """Sets up the log. JSON has every event of ours; text only warnings, unless `verbose`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else PlainLines("%(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO if verbose or as_json else logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)


class PlainLines(logging.Formatter):
    """Formats a record as text, without the passwords and keys of addresses in it."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_secrets(super().format(record))


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: time (UTC), level, event, message, and the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "message"),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return mask_secrets(json.dumps(line, ensure_ascii=False, default=str))
