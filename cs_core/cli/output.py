"""Results on standard output: JSON for programs, CSV for spreadsheets, a table for people.

A result is a list of records, typed rows (`Result`: money as Decimal), or one object whose values
are single, objects, or such lists. CSV is one table in one stream: of an object its main part.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cs_core.errors import UsageError
from cs_core.text.inert import plain

FORMATS = ("table", "csv", "json")
WIDEST_NESTED = 72  # of a list or object in one cell of a table; JSON has all of it
SINGLE = "values"  # the part of an object that holds what is no table
_MONEY = re.compile(r"-?\d+\.\d{6}")


@dataclass(frozen=True)
class PrintedTable:
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def parts_of(result: Any) -> dict[str, PrintedTable]:
    """The tables a result consists of, its main one first: of an object the first list."""
    if not isinstance(result, dict):
        return {"": _table_of("", result)}
    single = {name: value for name, value in result.items() if not _is_several(value)}
    lists = {name: _table_of(name, value) for name, value in result.items() if _is_rows(value)}
    objects = {
        name: _table_of(name, value) for name, value in result.items() if isinstance(value, dict)
    }
    values = {SINGLE: _table_of(SINGLE, single)} if single else {}
    return {**lists, **values, **objects} if lists else {**values, **objects}


def part_of(result: Any, name: str | None) -> Any:
    """One part of an object, by its name. Raises UsageError for one there is not."""
    if name is None:
        return result
    parts = parts_of(result)
    if name not in parts:
        known = ", ".join(part for part in parts if part) or "-"
        raise UsageError("unknown_option_value", option="--part", value=name, known=known)
    if name == SINGLE:
        return {key: value for key, value in result.items() if not _is_several(value)}
    return result[name]


def arranged(result: Any, sort: str | None, top: int | None) -> Any:
    """The rows in the order of a column (`name`, or `name:desc`), and the first of them."""
    if sort is None and top is None:
        return result
    if isinstance(result, dict):
        name = next(iter(parts_of(result)))
        return {**result, name: arranged(result[name], sort, top)} if name in result else result
    table = _table_of("", result)
    rows = list(table.rows)
    if sort is not None:
        column, _, direction = sort.partition(":")
        if column not in table.columns:
            known = ", ".join(table.columns) or "-"
            raise UsageError("unknown_option_value", option="--sort", value=column, known=known)
        if direction not in ("", "asc", "desc"):
            raise UsageError(
                "unknown_option_value", option="--sort", value=sort, known=f"{column}:desc"
            )
        at = table.columns.index(column)
        there = [row for row in rows if row[at] is not None]
        there.sort(key=lambda row: _order(row[at]), reverse=direction == "desc")
        rows = there + [row for row in rows if row[at] is None]
    rows = rows[:top]
    if isinstance(result, list):
        return [dict(zip(table.columns, row, strict=True)) for row in rows]
    from dataclasses import replace

    return replace(result, rows=rows)


def write_result(result: Any, form: str) -> list[str]:
    """Writes a result; gives the names of the parts that this form has no place for."""
    if form == "json":
        _write(_json_lines(_ready(result)))
        return []
    parts = parts_of(result)
    if form == "csv":
        from cs_core.reports.table_files import csv_of

        name, *others = parts
        _write([csv_of(parts[name])])
        return others
    several = len(parts) > 1
    for number, (name, table) in enumerate(sorted(parts.items(), key=lambda p: p[0] != SINGLE)):
        if several and not table.rows:
            continue  # no heading over nothing
        heading = [] if name in ("", SINGLE) else [f"{name}\n"]
        _write([*(["\n"] if number and heading else []), *heading, *_table(table)])
    return []


def table_text(table: PrintedTable) -> str:
    return "".join(_table(table))


def write_text(text: str) -> None:
    _write([text, "\n"])


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) or hasattr(value, "rows")


def _is_several(value: Any) -> bool:
    return isinstance(value, dict) or _is_rows(value)


def _table_of(name: str, value: Any) -> PrintedTable:
    if isinstance(value, dict):
        return PrintedTable(("name", "value"), list(value.items()))
    if not isinstance(value, list):
        return PrintedTable(value.columns, value.rows)
    if value and not isinstance(value[0], dict):  # numbers by age, as `fit` gives them
        return PrintedTable(("age", name), list(enumerate(value)))
    columns = list(value[0]) if value else []
    return PrintedTable(columns, [[record.get(column) for column in columns] for record in value])


def _order(value: Any) -> tuple[int, Any]:
    """Numbers by size, also money that is text in a record; everything else by its letters."""
    if isinstance(value, int | float | Decimal):
        return 0, value
    if isinstance(value, str) and _MONEY.fullmatch(value):
        return 0, Decimal(value)
    return 1, str(value).casefold()


def _ready(result: Any) -> Any:
    """What JSON can hold: typed rows as records."""
    if isinstance(result, Mapping):
        return {name: _ready(value) for name, value in result.items()}
    return result.records() if hasattr(result, "records") else result


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


def _table(table: PrintedTable) -> Iterator[str]:
    columns, rows = table.columns, table.rows
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
