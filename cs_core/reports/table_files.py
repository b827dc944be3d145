"""Tables as files: CSV and spreadsheets that run nothing, and Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from cs_core.domain.money import MICRO
from cs_core.errors import UsageError
from cs_core.text.spreadsheet import csv_text

KINDS = (".csv", ".xlsx", ".parquet")
MOST_ROWS = 1_048_575  # below the header of a sheet
_EXCEL_NAME = 31


class TableLike(Protocol):
    """`rows` hold str, int, float, bool, date, Decimal (money), list, dict or None."""

    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Sequence[Any]]: ...


def csv_of(table: TableLike) -> str:
    """Money with its six decimals; what CSV has no form for is written as JSON."""
    return csv_text(table.columns, ([_cell(value) for value in row] for row in table.rows))


def write(path: Path, tables: Mapping[str, TableLike]) -> None:
    """A workbook gets a sheet for each table, any other file the first of them.

    Raises UsageError for a name that ends otherwise, a folder that is not there, and more rows
    than a sheet holds.
    """
    suffix = path.suffix.lower()
    if suffix not in KINDS:
        raise UsageError("table_file_kind", file=path.name, known=", ".join(KINDS))
    if not path.absolute().parent.is_dir():
        raise UsageError("folder_not_found", option="--out", file=str(path))
    first = next(iter(tables.values()))
    if suffix == ".csv":
        path.write_bytes(csv_of(first).encode("utf-8-sig"))
    elif suffix == ".parquet":
        import pyarrow.parquet

        from cs_core.metrics.frames import arrow

        pyarrow.parquet.write_table(arrow(first), path)
    else:
        _write_workbook(path, tables)


def _write_workbook(path: Path, tables: Mapping[str, TableLike]) -> None:
    import xlsxwriter

    for table in tables.values():
        if len(table.rows) > MOST_ROWS:
            raise UsageError("too_many_rows_for_sheet", count=len(table.rows), limit=MOST_ROWS)
    # No text may become a formula, an address or a number: a cell holds what the figure holds.
    inert = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**inert, "nan_inf_to_errors": True}) as book:
        money = book.add_format({"num_format": "#,##0.00####"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True, "bottom": 1})
        for name, table in tables.items():
            sheet = book.add_worksheet((name or "result")[:_EXCEL_NAME])
            sheet.freeze_panes(1, 0)
            for place, (column, width) in enumerate(_widths(table)):
                sheet.write_string(0, place, column, bold)
                sheet.set_column(place, place, width)
            for line, row in enumerate(table.rows, 1):
                for place, value in enumerate(row):
                    if isinstance(value, bool):
                        sheet.write_boolean(line, place, value)
                    elif isinstance(value, Decimal):
                        sheet.write_number(line, place, float(value), money)
                    elif isinstance(value, int | float):
                        sheet.write_number(line, place, value)
                    elif isinstance(value, date):
                        sheet.write_datetime(line, place, value, day)
                    elif value is not None:
                        text = value if isinstance(value, str) else _json(value)
                        sheet.write_string(line, place, text)


def _widths(table: TableLike) -> Iterable[tuple[str, int]]:
    for place, column in enumerate(table.columns):
        longest = max((len(str(row[place])) for row in table.rows[:100]), default=0)
        yield column, min(max(len(column), longest) + 2, 40)


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value.quantize(MICRO)
    return _json(value) if isinstance(value, bool | list | dict) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
