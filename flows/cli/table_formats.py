"""Writes the rows of a query in the formats of `--format`: a table, CSV, JSON, Markdown or Parquet."""

from __future__ import annotations

import base64
import csv
import json
import math
import unicodedata
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq
from rich.cells import cell_len, set_cell_size

from flows.cli.console import is_utf8
from reports.escaping import without_formula
from warehouse.errors import WarehouseError
from warehouse.snapshot.sql import Answer
from warehouse.store.atomic_files import output_file

CELL_WIDTH = 60

Row = tuple[Any, ...]


class Form(StrEnum):
    """How the rows of a query are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"
    PARQUET = "parquet"


SUFFIXES = {
    ".csv": Form.CSV,
    ".json": Form.JSON,
    ".md": Form.MARKDOWN,
    ".parquet": Form.PARQUET,
    ".txt": Form.TABLE,
}


def write_answer(answer: Answer, form: Form, out: Path | TextIO, most: int) -> int | None:
    """Writes the rows; returns the number of rows shown if a table, which has at most `most`, left any out.

    A file appears whole or not at all.
    """
    if not isinstance(out, Path):
        return _write_text(answer, form, out, most)
    with output_file(out) as fresh:
        if form is Form.PARQUET:
            _write_parquet(answer, fresh)
            return None
        with fresh.open("w", encoding="utf-8", newline="") as file:
            return _write_text(answer, form, file, most)


def _write_text(answer: Answer, form: Form, out: TextIO, most: int) -> int | None:
    match form:
        case Form.TABLE:
            return _write_table(answer, out, most)
        case Form.CSV:
            lines = csv.writer(out, lineterminator="\n")
            lines.writerow(map(without_formula, answer.schema.names))
            lines.writerows(map(_as_cell, row) for row in _rows(answer))
        case Form.JSON:
            _write_json(answer, out)
        case Form.MARKDOWN:
            out.write(_markdown_line(answer.schema.names) + _markdown_line(["---"] * len(answer.schema)))
            out.writelines(_markdown_line(map(_on_one_line, row)) for row in _rows(answer))
        case Form.PARQUET:
            raise ValueError(form)
    return None


def _write_parquet(answer: Answer, out: Path) -> None:
    _distinct_names(answer)
    with pq.ParquetWriter(out, answer.schema, compression="zstd") as file:
        for batch in answer:
            file.write_batch(batch)


def _rows(answer: Answer) -> Iterator[Row]:
    for batch in answer:
        yield from zip(*map(_values, answer.schema, batch.columns), strict=True)


def _values(field: pa.Field, column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
        column = column.cast(pa.timestamp("us", field.type.tz), safe=False)
    try:
        values: list[Any] = column.to_pylist()
    except (OverflowError, ValueError) as error:
        raise WarehouseError(
            "query", f"column {field.name} has a moment that cannot be written ({error}); cast it to VARCHAR."
        ) from error
    return values


def _write_table(answer: Answer, out: TextIO, most: int) -> int | None:
    rows = list(islice(_rows(answer), most + 1))
    shown = [[_on_one_line(value) for value in row] for row in rows[:most]]
    heads = list(map(_on_one_line, answer.schema.names))
    widths = [
        min(CELL_WIDTH, max(map(cell_len, (head, *column))))
        for head, *column in zip(heads, *shown, strict=True)
    ]
    right = [_is_number(field.type) for field in answer.schema]
    for cells in (heads, ["-" * width for width in widths], *shown):
        line = "  ".join(map(_fitted, cells, widths, right))
        out.write(f"{line.rstrip()}\n")
    return most if len(rows) > most else None


def _fitted(cell: str, width: int, right: bool) -> str:
    length = cell_len(cell)
    if length > width:
        return f"{set_cell_size(cell, width - 1)}…"
    return " " * (width - length) + cell if right else cell + " " * (width - length)


def _write_json(answer: Answer, out: TextIO) -> None:
    names = _distinct_names(answer)
    out.write("[")
    for number, row in enumerate(_rows(answer)):
        one = json.dumps(
            dict(zip(names, map(_jsonable, row), strict=True)), ensure_ascii=not is_utf8(out), allow_nan=False
        )
        out.write(f"{',' if number else ''}\n  {one}")
    out.write("\n]\n")


def _distinct_names(answer: Answer) -> list[str]:
    names: list[str] = answer.schema.names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise WarehouseError("query", f"two columns are named {', '.join(twice)}. Rename one with AS.")
    return names


def _markdown_line(cells: Any) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _on_one_line(value: Any) -> str:
    """Returns the value as text without line breaks and the control characters that a terminal would obey."""
    text = " ".join(_as_text(value).split())
    return "".join(sign for sign in text if unicodedata.category(sign) not in {"Cc", "Cf"})


def _as_cell(value: Any) -> str:
    return without_formula(value) if isinstance(value, str) else _as_text(value)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(_jsonable(value), ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _jsonable(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {str(key): _jsonable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_jsonable(inner) for inner in value]
    return str(value)


def _is_number(kind: pa.DataType) -> bool:
    number: bool = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return number
