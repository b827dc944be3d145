"""What is said after files were read: the JSON of `check`, and every row that was set aside.

rows read = rows accepted + rows set aside, for every file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cs_core.importers.reading import FileReading, Reading
from cs_core.warehouse.statements import relations
from cs_core.warehouse.store import Warehouse

EXAMPLES = 5
PREVIEW_ROWS = 20


@dataclass(frozen=True)
class RowAside:
    """A row that was not used: where it stands, which cell is to blame, and why. `row` is empty
    for a typed file, whose cells were never text."""

    file: str
    line: int
    column: str | None
    value: str | None
    code: str
    row: tuple[str, ...] = ()


def report(reading: Reading, warehouse: Warehouse | None) -> dict[str, Any]:
    """The report of `interfaces.md`; without a warehouse the files gave nothing to count."""
    aside = list(rows_aside(reading, warehouse))
    lines_aside: dict[str, set[int]] = {}
    for row in aside:
        lines_aside.setdefault(row.file, set()).add(row.line)
    files = []
    for file in reading.files:
        count = len(lines_aside.get(file.file, ()))
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
            yield RowAside(file.file, row.line, row.column, row.value, row.code, row.row)
        headers = {canonical: header for header, canonical in file.mapping.items()}
        for line, code, column, value in refused.get(number, ()):
            yield RowAside(file.file, line, headers.get(column, column), value, code)


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


def write_set_aside(path: Path, rows: list[RowAside]) -> None:
    """file, line, column, value, reason, then the row's own cells, as a CSV that Excel opens."""
    from cs_core.reports.inert import csv_cell

    width = max((len(row.row) for row in rows), default=0)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        cells = [f"cell_{number}" for number in range(1, width + 1)]
        writer.writerow(["file", "line", "column", "value", "reason", *cells])
        for row in rows:
            fixed = (row.file, row.line, row.column or "", row.value or "", row.code)
            writer.writerow([csv_cell(str(cell)) for cell in (*fixed, *row.row)])


def _problems_aside(
    reading: Reading, aside: list[RowAside], warehouse: Warehouse | None
) -> list[dict[str, Any]]:
    tables = {file.file: file.table for file in reading.files}
    mrr: dict[str, int] = {}
    if warehouse is not None:
        found = warehouse.query("SELECT code, SUM(mrr) FROM rejections GROUP BY code")
        mrr = {code: int(total or 0) for code, total in found}
    groups: dict[tuple[str, str | None], list[RowAside]] = {}
    for row in aside:
        groups.setdefault((row.code, tables[row.file]), []).append(row)
    return [
        _problem(
            code,
            "error",
            table,
            len({(row.file, row.line) for row in rows}),
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
            0,
            [(file.file, line, note.column, value) for line, value in note.examples[:EXAMPLES]],
        )
        for file in reading.files
        for note in file.notes
    ]


def _checks(reading: Reading, warehouse: Warehouse) -> list[dict[str, Any]]:
    problems = []
    checks = [item for item in relations().values() if item.folder == "checks"]
    for relation in checks if warehouse.facts.shape == "calendar" else ():
        rows = warehouse.check(relation.name, date.today(), EXAMPLES)  # noqa: DTZ011 - local days
        if rows:
            files = reading.files
            problems.append(
                _problem(
                    relation.name,
                    relation.header["severity"],
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
