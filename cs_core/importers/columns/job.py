"""One file on its way to canonical Parquet: columns are typed, rows that fail are set aside."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

from cs_core.domain.tables import TABLES
from cs_core.importers.aside import RowsAside
from cs_core.importers.bounded import progress
from cs_core.importers.cells import numbers, words
from cs_core.importers.cells import typed as typing_
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import (
    CanonicalFile,
    ColumnReading,
    FileReading,
    Note,
    ReadOptions,
    SetAside,
)

# Optional columns whose unreadable cells are left empty; any other sets its row aside.
_FORGIVEN = ("auto_renew", "satisfaction")
# Rows that are written out as text at a time.
_AT_ONCE = 10_000
# So many rows at the end of a file may be totals and notes.
_FOOT = 50
# Numbers whose decimals are plain to see.
_DECIMAL = re.compile(r"-?(?<!\d)\d+[,.]\d{1,2}")


@dataclass
class Job:
    """The conversion of one raw table. `bad`: row -> (header, reason); the first reason stands.

    `informing` rows are used for lines of other rows or files and make none themselves.
    """

    raw: Raw
    options: ReadOptions
    scratch: Path
    number: int
    bad: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    informing: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    order: str | None = None
    columns: list[ColumnReading] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    mrr_aside: dict[str, Decimal] = field(default_factory=dict)
    tables: list[CanonicalFile] = field(default_factory=list)
    near: str | None = None
    _decimal: str | None = None
    _typed: int = 0

    @property
    def decimal(self) -> str | None:
        """What settles numbers such as 1.200: what the person said, "," or "."; in a file cut by
        semicolons whatever its other cells show. "?" when those show nothing."""
        told = self.options.told("decimal")
        if told is not None or not self.raw.decimal_comma:
            return told
        if self._decimal is None:
            texts = (
                text for i in range(len(self.raw.headers)) for text in self.raw.examples(i, 200)
            )
            marks = {numbers.decimal_mark([text]) for text in texts if _DECIMAL.fullmatch(text)}
            self._decimal = marks.pop() if len(marks) == 1 else "?"
        return self._decimal

    def typed(self, header: str, table: str, column: str, forgive: bool = False) -> typing_.Typed:
        """A column of the file as a column of a canonical table, one value per raw row."""
        kind = TABLES[table].by_name[column].kind
        context = typing_.Context(
            self.raw.file,
            header,
            column,
            self.raw.lines,
            self.options.date_order,
            self.decimal,
            self.options.nothing,
        )
        texts = self.raw.column(header)
        found = typing_.type_column(texts, kind, context)
        self.notes += found.notes
        self._typed += 1
        progress.at(self._typed / (len(self.raw.headers) + 1))
        self.order = self.order or found.order
        if found.bad and (forgive or column in _FORGIVEN):
            rows = sorted(found.bad)
            examples = [(self.raw.lines[r].as_py(), texts[r].as_py()) for r in rows[:3]]
            self.notes.append(Note("unreadable_left_empty", "warning", header, len(rows), examples))
        else:
            for row, code in found.bad.items():
                self.bad.setdefault(row, (header, code))
        return found

    def kept(self, rows: Iterable[int] | None = None) -> Any:
        """Rows that make lines, as an Arrow array of their numbers."""
        import pyarrow as pa

        without = self.bad.keys() | self.informing
        if rows is None and not without:
            return pa.arange(0, self.raw.rows)
        every = range(self.raw.rows) if rows is None else rows
        return pa.array([row for row in every if row not in without], pa.int64())

    def write(
        self,
        table: str,
        columns: Mapping[str, Any],
        segments: Mapping[str, Any],
        lines: Any,
        rows: Any = None,
        reach: Any = None,
    ) -> CanonicalFile:
        """A canonical Parquet file. Arrays and `lines` have one value per row; `rows` takes
        some of them. `reach` is kept beside the columns. Columns are named c0, c1 …: what a header
        says is never a name."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        arrays = [*columns.values(), *segments.values(), lines]
        arrays += [] if reach is None else [reach]
        data = pa.table(arrays, names=[f"c{i}" for i in range(len(arrays))])
        if rows is not None and len(rows) < data.num_rows:
            data = data.take(rows)
        data = pa.table(
            [typing_.narrow(column) for column in data.columns], names=data.column_names
        )
        path = self.scratch / f"{self.number:03d}-{len(self.tables)}-{table}.parquet"
        pq.write_table(data, path, row_group_size=122_880)
        positions = {name: i for i, name in enumerate([*columns, *segments])}
        written = CanonicalFile(
            table,
            path,
            {**{name: positions[name] for name in columns}, "source_line": len(positions)},
            {name: positions[name] for name in segments},
            None if reach is None else len(positions) + 1,
        )
        self.tables.append(written)
        return written

    def write_records(self, table: str, records: Sequence[Mapping[str, Any]]) -> CanonicalFile:
        """A canonical table from records; `row` in each is the raw row it was made from."""
        import pyarrow as pa

        stored = {
            "date": pa.date32(),
            "amount": typing_.decimal_type(),
            "number": typing_.decimal_type(),
            "flag": pa.bool_(),
        }
        names = dict.fromkeys(name for record in records for name in record if name != "row")
        names.update(dict.fromkeys(c.name for c in TABLES[table].columns if c.required))
        columns = {
            name: pa.array(
                [record.get(name) for record in records],
                stored.get(TABLES[table].by_name[name].kind, pa.string()),
            )
            for name in names
        }
        rows = pa.array([record["row"] for record in records], pa.int64())
        return self.write(table, columns, {}, self.raw.lines.take(rows))

    def set_aside(self) -> RowsAside:
        """Every row of the file that is not in its tables, in the file's order."""
        both = (self.raw.set_aside.in_order(), self._bad_rows())
        return RowsAside(heapq.merge(*both, key=itemgetter(0)))

    def _bad_rows(self) -> Iterator[SetAside]:
        at = {header: place for place, header in enumerate(self.raw.headers)}
        rows = sorted(self.bad)
        for start in range(0, len(rows), _AT_ONCE):
            chunk = rows[start : start + _AT_ONCE]
            lines = self.raw.lines.take(chunk).to_pylist()
            for row, line, cells in zip(chunk, lines, self.raw.many_cells(chunk), strict=True):
                header, code = self.bad[row]
                value = cells[at[header]] if header in at else None
                yield SetAside(line, header, value, code, cells)

    def set_all_aside(self, code: str) -> None:
        for row in range(self.raw.rows):
            self.bad.setdefault(row, (None, code))

    def note_column(
        self, header: str, target: str | None, confidence: float, segment: bool = False
    ) -> None:
        examples = self.raw.examples(self.raw.headers.index(header))
        self.columns.append(ColumnReading(header, target, confidence, examples, segment))

    def reading(self, table: str | None, preset: str | None = None) -> FileReading:
        """The account of this file."""
        in_order = sorted(self.columns, key=lambda c: self.raw.headers.index(c.header))
        return FileReading(
            file=self.raw.file,
            table=table,
            rows_read=self.raw.rows_read,
            preset=preset,
            encoding=self.raw.encoding,
            encoding_confidence=self.raw.encoding_confidence,
            delimiter=self.raw.delimiter,
            date_order=self.order,
            mapping={c.header: c.target for c in in_order if table and c.target is not None},
            constants=self.constants,
            columns=in_order,
            headers=tuple(self.raw.headers),
            tables=self.tables,
            set_aside=self.set_aside(),
            mrr_aside=self.mrr_aside,
            notes=[*self.raw.notes, *self.notes],
            near=self.near,
        )


def total_rows(job: Job, dated: str | None) -> None:
    """Set aside what stands below the rows of a file: totals, with a label such as 合計 where
    others have an account, and notes in one cell. Nothing is under `dated`, a column every real
    row fills."""
    if dated is None:
        return
    at = job.raw.headers.index(dated)
    for row in reversed(range(max(0, job.raw.rows - _FOOT), job.raw.rows)):
        cells = job.raw.cells(row)
        filled = [cell for cell in cells if cell.strip()]
        note = len(filled) == 1 and len(cells) > 2
        if cells[at].strip() or not (note or (filled and words.is_total(filled[0]))):
            return
        job.bad[row] = (None, "total_row")
