"""XLSX and XLS: every sheet with rows is a table. Cells become the text Excel would store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from cs_core.errors import InputError
from cs_core.importers.columns import months
from cs_core.importers.containers import archive
from cs_core.importers.containers.delimited import header_row, without_empty_columns
from cs_core.importers.containers.raw import MAX_COLUMNS, Raw, checked_headers
from cs_core.importers.reading import Note

_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d+)?")


def read(path: Path, file: str) -> list[Raw]:
    """The tables of a workbook, named by sheet where there are several. A sheet that is hidden is
    left out, and told of.

    Raises InputError: damaged, encrypted, too large, empty, or a sheet with unusable headers;
    formulas without values; rows on hidden sheets only.
    """
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    if zipped:
        archive.check_workbook(path, file)
    elif _OLE_ENCRYPTED in path.read_bytes():
        raise InputError("encrypted_file", file=file)
    sheets = _sheets(path, file)
    found = [sheet for sheet in sheets if any(any(c != "" for c in r) for r in sheet.rows)]
    filled = [(sheet.name, sheet.rows) for sheet in found if sheet.visible]
    hidden = [sheet.name for sheet in found if not sheet.visible]
    if not filled:
        if hidden:
            raise InputError("hidden_sheets_only", file=file, sheets=", ".join(hidden))
        raise InputError("empty_file", file=file)
    tables = [
        raw
        for name, rows in filled
        if (raw := _raw(file if len(filled) == 1 else f"{file}#{name}", rows)) is not None
    ]
    if not tables:
        raise InputError("header_only", file=file)
    if hidden:
        tables[0].notes.append(
            Note("hidden_sheet", "warning", None, len(hidden), [(1, name) for name in hidden[:5]])
        )
    return tables


@dataclass(frozen=True)
class _Sheet:
    name: str
    visible: bool
    rows: list[list[Any]]


def _sheets(path: Path, file: str) -> list[_Sheet]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        return [
            _Sheet(
                sheet.name,
                sheet.visible == python_calamine.SheetVisibleEnum.Visible,
                book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False),
            )
            for sheet in book.sheets_metadata
        ]
    except python_calamine.PasswordError:
        raise InputError("encrypted_file", file=file) from None
    except (python_calamine.CalamineError, OSError, ValueError, AttributeError):
        raise InputError("corrupt_file", file=file, kind="XLSX") from None


def _raw(file: str, cells: list[list[Any]]) -> Raw | None:
    """The sheet's table from its header row on; None when there is no row below it."""
    import pyarrow as pa

    width = max(len(row) for row in cells)
    if width > MAX_COLUMNS:
        raise InputError("too_many_columns", file=file, count=width, limit=MAX_COLUMNS)
    filled = [
        (i, [_text(c) for c in row])
        for i, row in enumerate(cells[:500], 1)
        if any(c != "" for c in row)
    ]
    used = max(max(i for i, c in enumerate(row, 1) if c) for _, row in filled if any(row))
    top, header = header_row(filled, used)
    above = next((row for i, row in reversed(filled) if i < top), [])
    names, notes = checked_headers(file, months.under_years(above, header))
    if top > 1:
        notes.append(Note("preamble", "note", None, top - 1, [(1, "")]))
    rows = [(i, row) for i, row in enumerate(cells[top:], top + 1) if any(c != "" for c in row)]
    if not rows:
        return None
    lines = pa.chunked_array([pa.array([i for i, _ in rows], pa.int64())])
    columns = []
    for position, name in enumerate(names):
        values = [row[position] if position < len(row) else "" for _, row in rows]
        notes += _numbers_as_text(name, values, [i for i, _ in rows])
        texts = [_text(value) or None for value in values]
        columns.append(pa.chunked_array([pa.array(texts, pa.string())]))
    said = " ".join(cell for i, row in filled if i < top for cell in row if cell)
    return without_empty_columns(
        Raw(file, names, columns, lines, len(rows), notes=notes, above=said)
    )


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a point, days as ISO, nothing rounded."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        if (value.hour, value.minute, value.second) == (0, 0, 0):
            return value.date().isoformat()
        return value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _numbers_as_text(name: str, values: Sequence[Any], lines: Sequence[int]) -> list[Note]:
    """A note where a column of numbers holds some of them as text."""
    numeric = sum(isinstance(value, (int, float)) for value in values)
    found = [
        (line, value)
        for line, value in zip(lines, values, strict=True)
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    ]
    if not found or numeric < len(found):
        return []
    return [Note("number_as_text", "note", name, len(found), found[:3])]
