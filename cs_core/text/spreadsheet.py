"""Text from files in exports: no spreadsheet may take it for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

# A cell whose first non-blank character is one of these can start a formula or a command in
# Excel, LibreOffice or Google Sheets; fullwidth forms are folded to ASCII by some of them.
_FORMULA_STARTS = frozenset("=+-@|%＝＋－＠｜％")


def csv_cell(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet could run it.

    >>> csv_cell("=HYPERLINK(...)")
    "'=HYPERLINK(...)"
    """
    if text[:1].isalnum() or not text:
        return text
    if text[:1] in ("\t", "\r"):
        return "'" + text
    first = text.lstrip()[:1]
    return "'" + text if first and first in _FORMULA_STARTS else text


def csv_bytes(frame: pandas.DataFrame) -> bytes:
    """A frame as a CSV file that Excel opens with its Japanese intact: UTF-8 with a byte order
    mark, CRLF. Numbers, money and dates are written as they are; every text, and every header, goes
    through `csv_cell`. Missing values are empty cells."""
    columns = [str(name) for name in frame.columns]
    missing = frame.isna()
    rows = (
        [None if gone else value for value, gone in zip(row, absent, strict=True)]
        for row, absent in zip(
            frame.astype(object).itertuples(index=False, name=None),
            missing.itertuples(index=False, name=None),
            strict=True,
        )
    )
    return csv_text(columns, rows).encode("utf-8-sig")


def csv_text(columns: Sequence[str] | None, rows: Iterable[Sequence[object]]) -> str:
    """The same without pandas, for the command line; without `columns` the rows alone."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if columns is not None:
        writer.writerow([csv_cell(name) for name in columns])
    for row in rows:
        writer.writerow([_written(value) for value in row])
    return out.getvalue()


def _written(value: object) -> object:
    if isinstance(value, str):
        return csv_cell(value)
    if isinstance(value, Mapping | list | tuple):
        return csv_cell(str(value))
    return value
