"""A file's table as text, before anything is interpreted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cs_core.errors import InputError
from cs_core.importers.aside import RowsAside
from cs_core.importers.reading import Note

MAX_COLUMNS = 200
# The first columns of a file of rows that were set aside; its own columns come after them.
WHY_ASIDE = ("file", "line", "column", "value", "reason")
_QUOTED = r"^'([\t\r]|\s*[=+\-@|%＝＋－＠｜％])"


@dataclass
class Raw:
    """Rows of text. `columns[i]` is a pyarrow string array, NULL for the empty cell and for
    nothing else; `lines` is the physical line on which each row starts (int64).

    `above` is what stands above the header. `rows_read` also counts the rows already in
    `set_aside` (ragged ones).
    """

    file: str
    headers: list[str]
    columns: list[Any]
    lines: Any
    rows_read: int
    encoding: str | None = None
    encoding_confidence: float | None = None
    delimiter: str | None = None
    decimal_comma: bool = False
    above: str = ""
    set_aside: RowsAside = field(default_factory=RowsAside)
    notes: list[Note] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.lines)

    def column(self, header: str) -> Any:
        return self.columns[self.headers.index(header)]

    def cells(self, row: int) -> tuple[str, ...]:
        """The row as it stood in the file."""
        return tuple(column[row].as_py() or "" for column in self.columns)

    def many_cells(self, rows: Sequence[int]) -> list[tuple[str, ...]]:
        """As `cells`, for many rows at once."""
        import pyarrow as pa
        import pyarrow.compute as pc

        index = pa.array(rows, pa.int64())
        columns = [pc.fill_null(column.take(index), "").to_pylist() for column in self.columns]
        return list(zip(*columns, strict=True))

    def records(self) -> Iterator[dict[str, str | None]]:
        """Rows as {header: text}; only for conversions that need to see whole rows."""
        for batch in self.table().to_batches(max_chunksize=10_000):
            yield from batch.to_pylist()

    def table(self) -> Any:
        import pyarrow as pa

        return pa.table(self.columns, names=self.headers)

    def examples(self, index: int, count: int = 3) -> tuple[str, ...]:
        """The first distinct values of a column that are not empty."""
        seen = self.columns[index].slice(0, 5000).drop_null().unique()
        return tuple(value.as_py() for value in seen[:count])


def without_reasons(raw: Raw) -> Raw:
    """A file of rows that were set aside and are brought again: without why, and without the
    apostrophes that kept spreadsheets from running its cells."""
    import pyarrow.compute as pc

    width = len(WHY_ASIDE)
    if tuple(raw.headers[:width]) != WHY_ASIDE or len(raw.headers) == width:
        return raw
    raw.headers = raw.headers[width:]
    raw.columns = [
        pc.replace_substring_regex(column, _QUOTED, r"\1") for column in raw.columns[width:]
    ]
    raw.set_aside = RowsAside(row._replace(row=row.row[width:]) for row in raw.set_aside)
    return raw


def checked_headers(file: str, headers: list[str]) -> tuple[list[str], list[Note]]:
    """Headers made usable: trimmed, blank ones named by position.

    Raises InputError when there are too many or two are equal.
    """
    if len(headers) > MAX_COLUMNS:
        raise InputError("too_many_columns", file=file, count=len(headers), limit=MAX_COLUMNS)
    notes = []
    named = [header.strip() or f"column {i}" for i, header in enumerate(headers, 1)]
    blank = sum(not header.strip() for header in headers)
    if blank:
        notes.append(Note("blank_header", "note", None, blank))
    repeated = [header for i, header in enumerate(named) if header in named[:i]]
    if repeated:
        raise InputError("duplicate_headers", file=file, column=repeated[0])
    folded = [header.casefold() for header in named]
    alike = [header for header in named if folded.count(header.casefold()) > 1]
    if alike:
        notes.append(Note("headers_differ_by_case", "warning", ", ".join(alike), len(alike)))
    return named, notes
