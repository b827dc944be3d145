"""What reading files gives: typed canonical Parquet files, and an account of every row.

rows read = rows in the canonical tables + rows set aside, for every file.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple

from cs_core.importers.aside import RowsAside


@dataclass(frozen=True)
class Mapping:
    """A person's choice of what each column is.

    `columns`: header -> canonical column of `table`; "" leaves the column out; any other text
    keeps it as a segment of that name. `constants`: canonical column -> a value for every row.
    """

    table: str
    columns: MappingType[str, str]
    constants: MappingType[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadOptions:
    """How files are to be read where the person has said so; None leaves it to detection.

    `date_order` is "ymd", "dmy" or "mdy"; `end_date` "exclusive" or "inclusive" (carried for the
    core, dates are not shifted here); `tables` maps a file's name to its canonical table.
    `tentative` uses columns that are found but not surely, for a person to confirm or correct.
    `tax_rate` in percent takes a tax out of amounts that include it; "0" says there is none in
    them. `duplicates` is "keep" to use rows that repeat an earlier one exactly, `totals` to use a
    row that is the sum of all others without saying so. `decimal` ("," or ".") settles numbers
    such as 1.200, `amount_unit` ("minor", "major" or "thousand") whether 2900 is 29.00.
    `shape` says what one row is: one of `columns.shapes.SHAPES`. `columns`
    settles single columns: canonical column -> header. `nothing` are texts that mean an
    empty cell beside the usual spellings; one blank text: there are none. `amount_per`
    is what amounts are for where no column says: "term" (from start to end), "month", "quarter" or
    "year"; `amount_is` whether they are a "level" or a "change" of it. `year` is that of the first
    of months that stand without one. `tenure_unit`: what tenures are counted in, "day" to "year".
    `same_accounts` is "join" where ids that look alike (see `importers.alike`) are one account,
    "keep" where they are not. `beside`: subscriptions are known already, and a list of accounts may
    stand by itself.
    """

    encoding: str | None = None
    delimiter: str | None = None
    date_order: str | None = None
    end_date: str | None = None
    mapping: Mapping | None = None
    tables: MappingType[str, str] | None = None
    tentative: bool = False
    tax_rate: str | None = None
    duplicates: str | None = None
    totals: str | None = None
    decimal: str | None = None
    amount_unit: str | None = None
    shape: str | None = None
    columns: MappingType[str, str] | None = None
    nothing: tuple[str, ...] | None = None
    year: int | None = None
    tenure_unit: str | None = None
    amount_per: str | None = None
    same_accounts: str | None = None
    amount_is: str | None = None
    beside: bool = False

    def told(self, name: str) -> str | None:
        """What was said of `name`, here or among the constants of the mapping."""
        said: str | None = getattr(self, name)
        return said or (self.mapping.constants.get(name) if self.mapping else None)


class SetAside(NamedTuple):
    """A row that was not used. `line` is the 1-based physical line on which the row starts,
    `column` the file's header, `row` the cells as they stood in the file."""

    line: int
    column: str | None
    value: str | None
    code: str
    row: tuple[str, ...]


@dataclass
class Note:
    """What was done to cells or rows that were accepted. `mrr` is what the rows earn a month, where
    that is at stake. A question can be answered: `option` is the command line's, `answers` what it
    may be given."""

    code: str
    severity: Literal["note", "warning", "question"]
    column: str | None
    count: int
    examples: list[tuple[int, str]] = field(default_factory=list)
    mrr: Decimal = Decimal(0)
    option: str | None = None
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnReading:
    """One column of the file: what it was taken for, how surely (0 to 1), three values of it.

    `target` is a canonical column, a segment's name, or None for a column left out.
    """

    header: str
    target: str | None
    confidence: float
    examples: tuple[str, ...]
    segment: bool = False


@dataclass
class CanonicalFile:
    """A canonical table in a Parquet file. `columns` and `segments` give 0-based positions, `reach`
    that of the day to which a line's own rows speak of it, where it goes on after the data ends."""

    table: str
    path: Path
    columns: dict[str, int]
    segments: dict[str, int] = field(default_factory=dict)
    reach: int | None = None


@dataclass
class FileReading:
    """One file (or one sheet, or one member of an archive) as it was understood.

    `table` is None when it matched nothing known; then every row is set aside. `matrix_until`
    is the last day known from a monthly matrix: the last day of its last month. `begins` is the
    first day of a file that begins in the middle, by its shape: a matrix, states, bills.
    `constants` are values that hold for every row, as in a mapping. `headers` are those of the
    cells of a row set aside; `mrr_aside` is what such rows would have earned, by code. `near` is
    the table that it would be, had it the columns that notes say are missing. `closings` are
    departures of whom no row of the file knows a line: (account, subscription or None, day).
    `place` is that of the file it came from among the files of its import, `source` that file's
    hash once it is kept.
    """

    file: str
    table: str | None
    rows_read: int
    preset: str | None = None
    encoding: str | None = None
    encoding_confidence: float | None = None
    delimiter: str | None = None
    date_order: str | None = None
    matrix_until: date | None = None
    begins: date | None = None
    mapping: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    columns: list[ColumnReading] = field(default_factory=list)
    headers: tuple[str, ...] = ()
    tables: list[CanonicalFile] = field(default_factory=list)
    set_aside: RowsAside = field(default_factory=RowsAside)
    mrr_aside: dict[str, Decimal] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    near: str | None = None
    closings: list[tuple[str, str | None, str]] = field(default_factory=list)
    place: int = 0
    source: str = ""


@dataclass
class Reading:
    """All files of one import."""

    files: list[FileReading]
