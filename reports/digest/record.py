"""An issue as JSON and back, and its JSON Schema; all three follow from the class Digest, by pydantic."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from reports.digest.digest import Digest
from reports.escaping import COMMANDING

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA_VERSION = 1


def to_json(digest: Digest) -> str:
    """Returns the issue as JSON: every value, times as ISO 8601; safe to print, and to embed in a page."""
    values = {"schema": SCHEMA_VERSION, **_adapter().dump_python(digest)}
    written = json.dumps(values, default=_isoformat, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return COMMANDING.sub(lambda match: f"\\u{ord(match[0]):04x}", written).replace("<", "\\u003c")


def _isoformat(value: date) -> str:
    return value.isoformat()  # date.isoformat itself would drop the time of a datetime


def from_json(text: str) -> Digest:
    """Returns the issue that `to_json` wrote. Raises ValueError that says what is wrong, and where."""
    values = json.loads(text, object_hook=_as_of_ledger_3)
    if not isinstance(values, dict) or values.pop("schema", None) != SCHEMA_VERSION:
        raise ValueError(f"is no issue of schema {SCHEMA_VERSION}")
    return _adapter().validate_json(json.dumps(values), strict=True)


def _as_of_ledger_3(values: dict[str, Any]) -> dict[str, Any]:
    """Returns a trend test of ledger-2, which compared one week, with the fields of now; all else as it is.

    As the view trend_tests does for its rows.
    """
    if "panel_p" not in values:
        return values
    former = {name: value for name, value in values.items() if name not in ("panel_p", "panel_ratio")}
    acts = values["panel_out_of"]
    return former | {
        "span_weeks": [values["week"]],
        "span_stories": [values["stories"]],
        "panel_span": [values["panel_stories"]],
        "panel_span_out_of": [] if acts is None else [acts],
        "level": values["ratio"],
        "level_low": values["low"],
        "level_high": values["high"],
    }


def json_schema() -> dict[str, Any]:
    """Returns the JSON Schema (2020-12) of an issue."""
    schema = _adapter().json_schema(mode="serialization")
    schema["properties"] = {"schema": {"const": SCHEMA_VERSION}, **schema["properties"]}
    schema["required"] = ["schema", *schema["required"]]
    title = "An issue of the Watchfloor weekly digest"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


@cache
def _adapter() -> TypeAdapter[Digest]:
    from pydantic import TypeAdapter

    return TypeAdapter(Digest)
