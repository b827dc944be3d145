"""What is said after files were read: the JSON of `check`, and every row that was set aside.

rows read = rows accepted + rows set aside, for every file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cs_core.importers.containers.raw import WHY_ASIDE
from cs_core.importers.reading import FileReading, Reading
from cs_core.warehouse.statements import relations
from cs_core.warehouse.store import Warehouse

EXAMPLES = 5
PREVIEW_ROWS = 20


@dataclass(frozen=True)
class RowAside:
    """A row that was not used: where it stands, which cell is to blame, and why. `row` is empty
    for a typed file, whose cells were never text; `headers` are those of its file, `number` the
    file's place among the files."""

    file: str
    line: int
    column: str | None
    value: str | None
    code: str
    row: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    number: int = 0


def report(reading: Reading, warehouse: Warehouse | None) -> dict[str, Any]:
    """The report of `check`; without a warehouse the files gave nothing to count."""
    aside = list(rows_aside(reading, warehouse))
    lines_aside: dict[int, set[int]] = {}
    for row in aside:
        lines_aside.setdefault(row.number, set()).add(row.line)
    files = []
    for number, file in enumerate(reading.files):
        count = len(lines_aside.get(number, ()))
        files.append(
            {
                "file": file.file,
                "table": file.table,
                "preset": file.preset,
                "encoding": file.encoding,
                "delimiter": file.delimiter,
                "rows_read": file.rows_read,
                "rows_accepted": file.rows_read - count,
                "rows_set_aside": count,
                "mapping": file.mapping,
            }
        )
    problems = _problems_aside(reading, aside, warehouse) + _notes(reading)
    if warehouse is not None:
        problems += _checks(reading, warehouse)
    return {"files": files, "problems": problems}


def rows_aside(reading: Reading, warehouse: Warehouse | None) -> Iterator[RowAside]:
    """Every row set aside, by file and line: those that could not be typed, then those refused."""
    refused: dict[int, list[tuple[int, str, str, str | None]]] = {}
    if warehouse is not None:
        for number, line, code, column, value in warehouse.query(
            "SELECT file_no, source_line, MIN(code), MIN(column_name), MIN(value)"
            " FROM rejections GROUP BY file_no, source_line ORDER BY file_no, source_line"
        ):
            refused.setdefault(number, []).append((line, code, column, value))
    for number, file in enumerate(reading.files):
        for row in file.set_aside:
            cells = (row.line, row.column, row.value, row.code, row.row)
            yield RowAside(file.file, *cells, file.headers, number)
        headers = {canonical: header for header, canonical in file.mapping.items()}
        for line, code, column, value in refused.get(number, ()):
            blamed = headers.get(column, column)
            yield RowAside(file.file, line, blamed, value, code, number=number)


def preview(file: FileReading) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The first rows as canonical columns, of the first table the file gave."""
    if not file.tables:
        return (), []
    import pyarrow.parquet

    table = file.tables[0]
    names = {**table.columns, **table.segments}
    batches = pyarrow.parquet.ParquetFile(table.path).iter_batches(batch_size=PREVIEW_ROWS)
    first = next(batches, None)
    if first is None:
        return tuple(names), []
    columns = [first.column(at).to_pylist() for at in names.values()]
    return tuple(names), list(zip(*columns, strict=True))


def with_cells(reading: Reading, rows: list[RowAside]) -> list[RowAside]:
    """Rows that were refused when they were typed already get the cells they came from, as far as
    canonical columns hold them. To be called while the canonical files are there."""
    wanted: dict[int, set[int]] = {}
    for row in rows:
        if not row.row:
            wanted.setdefault(row.number, set()).add(row.line)
    cells = {number: _typed_cells(reading.files[number], wanted[number]) for number in wanted}
    return [
        row
        if row.row
        else replace(
            row,
            row=cells[row.number].get(row.line, ()),
            headers=tuple(reading.files[row.number].mapping),
        )
        for row in rows
    ]


def _typed_cells(file: FileReading, lines: set[int]) -> dict[int, tuple[str, ...]]:
    """line -> one text per mapped header."""
    import pyarrow.parquet

    found: dict[int, tuple[str, ...]] = {}
    table = next((t for t in file.tables if t.table == file.table), None)
    if table is None:
        return found
    at = {**table.columns, **table.segments}
    places = [at.get(target) for target in file.mapping.values()]
    first = 2
    for batch in pyarrow.parquet.ParquetFile(table.path).iter_batches():
        if "source_line" in at:
            numbers = batch.column(at["source_line"]).to_pylist()
        else:
            numbers = range(first, first + batch.num_rows)
        first += batch.num_rows
        for row, line in enumerate(numbers):
            if line in lines:
                values = ("" if p is None else batch.column(p)[row].as_py() for p in places)
                found[line] = tuple(_cell(value) for value in values)
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def write_set_aside(path: Path, rows: list[RowAside]) -> None:
    """file, line, column, value, reason, then the row's own cells under its file's headers, as a
    CSV that Excel opens and that can be imported again once it is repaired."""
    from cs_core.reports.inert import csv_cell

    headers = list(dict.fromkeys(header for row in rows for header in row.headers))
    beyond = max((len(row.row) - len(row.headers) for row in rows), default=0)
    named = [f"{header} (2)" if header in WHY_ASIDE else header for header in headers]
    named += [f"cell {len(headers) + n}" for n in range(1, beyond + 1)]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([csv_cell(name) for name in (*WHY_ASIDE, *named)])
        for row in rows:
            own = dict(zip(row.headers, row.row, strict=False))
            cells = [own.get(header, "") for header in headers] + [*row.row[len(row.headers) :]]
            why = (row.file, str(row.line), row.column or "", row.value or "", row.code)
            writer.writerow([csv_cell(cell) for cell in (*why, *cells)])


def _problems_aside(
    reading: Reading, aside: list[RowAside], warehouse: Warehouse | None
) -> list[dict[str, Any]]:
    tables = [file.table for file in reading.files]
    mrr: dict[str, int] = {}
    if warehouse is not None:
        found = warehouse.query("SELECT code, SUM(mrr) FROM rejections GROUP BY code")
        mrr = {code: int(total or 0) for code, total in found}
    for file in reading.files:
        for code, earned in file.mrr_aside.items():
            mrr[code] = mrr.get(code, 0) + int(earned * 1_000_000)
    groups: dict[tuple[str, str | None], list[RowAside]] = {}
    for row in aside:
        groups.setdefault((row.code, tables[row.number]), []).append(row)
    return [
        _problem(
            code,
            "error",
            table,
            len({(row.number, row.line) for row in rows}),
            mrr.get(code, 0),
            [(row.file, row.line, row.column, row.value) for row in rows[:EXAMPLES]],
        )
        for (code, table), rows in groups.items()
    ]


def _notes(reading: Reading) -> list[dict[str, Any]]:
    return [
        _problem(
            note.code,
            note.severity,
            file.table,
            note.count,
            int(note.mrr * 1_000_000),
            [(file.file, line, note.column, value) for line, value in note.examples[:EXAMPLES]],
        )
        for file in reading.files
        for note in file.notes
    ]


def _checks(reading: Reading, warehouse: Warehouse) -> list[dict[str, Any]]:
    problems = []
    given = {table.table for file in reading.files for table in file.tables}
    checks = [
        item
        for item in relations().values()
        if item.folder == "checks" and item.header["table"] in given
    ]
    for relation in checks if warehouse.facts.shape == "calendar" else ():
        rows = warehouse.check(relation.name, date.today(), EXAMPLES)  # noqa: DTZ011 - local days
        # Gaps of a day are none once it is settled that the end date still earns.
        settled = relation.name == "one_day_gaps" and warehouse.facts.end_date == "inclusive"
        if rows:
            files = reading.files
            problems.append(
                _problem(
                    relation.name,
                    "info" if settled else relation.header["severity"],
                    relation.header["table"],
                    int(rows[0][4]),
                    int(rows[0][5]),
                    [
                        (files[number].file, line, column, value)
                        for number, line, column, value, *_ in rows
                    ],
                )
            )
    return problems


def _problem(
    code: str,
    severity: str,
    table: str | None,
    count: int,
    millionths: int,
    examples: list[tuple[str, int, str | None, str | None]],
) -> dict[str, Any]:
    return {
        "code": code,
        "severity": severity,
        "table": table,
        "count": count,
        "mrr_affected": f"{Decimal(millionths) / 1_000_000:.6f}",
        "examples": [
            {"file": file, "line": line, "column": column, "value": value}
            for file, line, column, value in examples
        ],
    }
