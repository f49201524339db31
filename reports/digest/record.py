"""An issue as JSON and back, and the JSON Schema of it: all three follow from the classes of model.py."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from reports.digest.digest import Digest
from reports.escaping import COMMANDING
from reports.week import Week

SCHEMA_VERSION = 1


def to_json(digest: Digest) -> str:
    """The issue as JSON: every value of the model, times as ISO 8601; safe to print, and to set into a page."""
    values = {"schema": SCHEMA_VERSION, **asdict(digest), "week": str(digest.week)}
    written = json.dumps(values, default=_text_of, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return COMMANDING.sub(lambda match: f"\\u{ord(match[0]):04x}", written).replace("<", "\\u003c")


def _text_of(value: date) -> str:
    return value.isoformat()


def from_json(text: str) -> Digest:
    """The issue that `to_json` wrote; ValueError says what is missing or of the wrong kind."""
    values = json.loads(text)
    if not isinstance(values, dict) or values.get("schema") != SCHEMA_VERSION:
        raise ValueError(f"is no issue of schema {SCHEMA_VERSION}")
    read: Digest = _read(Digest, {key: value for key, value in values.items() if key != "schema"}, "issue")
    return read


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an issue."""
    definitions: dict[str, Any] = {}
    _schema(Digest, definitions)
    issue = definitions.pop("Digest")
    issue["properties"] = {"schema": {"const": SCHEMA_VERSION}, **issue["properties"]}
    issue["required"] = ["schema", *issue["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An issue of the Watchfloor weekly digest",
        **issue,
        "$defs": dict(sorted(definitions.items())),
    }


def _read(kind: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _read(next(one for one in inner if one is not NoneType), value, where)
    if origin is tuple:
        _expect(isinstance(value, list), value, where, "a list")
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        _expect(len(kinds) == len(value), value, where, f"a list of {len(kinds)}")
        return tuple(
            _read(one, part, f"{where}[{place}]") for place, (one, part) in enumerate(zip(kinds, value, strict=True))
        )
    if kind is Week:
        return Week.parse(value)
    if is_dataclass(kind) and isinstance(kind, type):
        _expect(isinstance(value, dict), value, where, "an object")
        hints = get_type_hints(kind)
        _expect(set(value) == set(hints), sorted(set(value) ^ set(hints)), where, "an object of its own keys only")
        return kind(**{name: _read(hint, value[name], f"{where}.{name}") for name, hint in hints.items()})
    if kind in (datetime, date) or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        _expect(isinstance(value, str), value, where, "a text")
        return kind.fromisoformat(value) if kind in (datetime, date) else kind(value)
    if kind is float:
        _expect(isinstance(value, int | float) and not isinstance(value, bool), value, where, "a number")
        return float(value)
    _expect(type(value) is kind, value, where, kind.__name__)
    return value


def _expect(holds: bool, value: object, where: str, what: str) -> None:
    if not holds:
        raise ValueError(f"{where} is {value!r}, not {what}")


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(one, definitions) for one in inner]}
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return {"type": "array", "items": _schema(inner[0], definitions)}
        return {
            "type": "array",
            "prefixItems": [_schema(one, definitions) for one in inner],
            "minItems": len(inner),
            "maxItems": len(inner),
        }
    if is_dataclass(kind) and isinstance(kind, type) and kind is not Week:
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            hints = get_type_hints(kind)
            definitions[kind.__name__] = {
                "description": " ".join((getdoc(kind) or "").split()),
                "type": "object",
                "properties": {one.name: _schema(hints[one.name], definitions) for one in fields(kind)},
                "required": [one.name for one in fields(kind)],
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [one.value for one in kind]}
    return dict(_PLAIN[kind])


_PLAIN: dict[Any, dict[str, Any]] = {
    Week: {"type": "string", "pattern": r"^\d{4}-W\d{2}$"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
}
