"""Results on standard output: JSON for programs, CSV for spreadsheets, a table for people.

A result is a list of records, or one object. `records` hold ready JSON values; where a result
has typed rows beside them (money as Decimal), CSV and tables are written from those.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from cs_core.domain.money import MICRO
from cs_core.reports.inert import csv_text
from cs_core.text.inert import plain

FORMATS = ("table", "csv", "json")
WIDEST_NESTED = 72  # of a list or object in one cell of a table; JSON has all of it


def write_result(result: Any, form: str) -> None:
    """A list of records or one object."""
    if form == "json":
        _write(_json_lines(result))
    elif isinstance(result, list):
        columns = list(result[0]) if result else []
        write_rows(columns, [[record.get(c) for c in columns] for record in result], form)
    else:
        write_object(result, form)


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> None:
    """Typed rows as CSV or as a table."""
    if form == "csv":
        cells = ([_nested(value) for value in row] for row in rows)
        _write([csv_text(columns, cells)])
    else:
        _write(_table(columns, [list(row) for row in rows]))


def write_object(result: dict[str, Any], form: str) -> None:
    """What is single as name and value, then each list of records under its name."""
    lists = {name: value for name, value in result.items() if isinstance(value, list)}
    single = [(name, value) for name, value in result.items() if name not in lists]
    if single:
        write_rows(["name", "value"], single, form)
    for name, values in lists.items():
        _write([f"\n{name}\n"])
        records = [v if isinstance(v, dict) else {name: v} for v in values]
        write_result(records, form)


def write_text(text: str) -> None:
    _write([text, "\n"])


def _write(parts: Iterable[str]) -> None:
    for part in parts:
        sys.stdout.write(part)


def _json_lines(result: Any) -> Iterator[str]:
    if not isinstance(result, list):
        yield json.dumps(result, ensure_ascii=False, indent=1) + "\n"
        return
    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
    yield "["
    for number, record in enumerate(result):
        yield ("\n" if number == 0 else ",\n") + encode(record)
    yield "\n]\n" if result else "]\n"


def _nested(value: Any) -> Any:
    """One cell: money with its six decimals; what CSV has no form for is written as JSON."""
    if isinstance(value, Decimal):
        return value.quantize(MICRO)
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _table(columns: Sequence[str], rows: list[list[Any]]) -> Iterator[str]:
    if not columns:
        return
    texts = [[_shown(value) for value in row] for row in rows]
    right = [
        any(_is_number(row[i]) for row in rows) and not any(isinstance(row[i], str) for row in rows)
        for i in range(len(columns))
    ]
    widths = [max(map(_width, column)) for column in zip(columns, *texts, strict=True)]
    yield _line(columns, widths, right)
    yield "  ".join("-" * width for width in widths) + "\n"
    for row in texts:
        yield _line(row, widths, right)


def _line(cells: Sequence[str], widths: list[int], right: list[bool]) -> str:
    padded = [
        " " * (width - _width(cell)) + cell if flush else cell + " " * (width - _width(cell))
        for cell, width, flush in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip() + "\n"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        whole, _, rest = f"{value:,.6f}".partition(".")
        rest = rest.rstrip("0")
        return f"{whole}.{rest}" if rest else whole
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | dict):
        text = plain(json.dumps(value, ensure_ascii=False))
        return text if len(text) <= WIDEST_NESTED else text[: WIDEST_NESTED - 1] + "…"
    return plain(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
