"""Parquet: typed files with canonical names are used where they lie; others become text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from cs_core.domain.tables import INTERVALS, TABLES, Table
from cs_core.errors import InputError
from cs_core.importers.cells import words
from cs_core.importers.columns import charges, headers, movements, unused
from cs_core.importers.containers.raw import MAX_COLUMNS, Raw, checked_headers
from cs_core.importers.reading import CanonicalFile, ColumnReading, FileReading, ReadOptions

MAX_ROWS = 50_000_000
# Rows of a file that has to be converted cell by cell.
MAX_TEXT_ROWS = 5_000_000
# What pandas adds to its file when rows were taken out of a frame: their former numbers.
_INDEX = re.compile(r"__index_level_\d+__")
# The first and the last day of the calendar, counted from 1970.
_DAYS = tuple((day - date(1970, 1, 1)).days for day in (date.min, date.max))


def typed(path: Path, file: str, options: ReadOptions) -> FileReading | None:
    """A file whose columns bear canonical names and types; only its metadata is looked at.

    None when it must be converted. Raises InputError for a corrupt file or too many rows.
    """
    metadata, schema = _open(path, file)
    forced = (options.tables or {}).get(file)
    if options.mapping is not None and options.mapping.columns.keys() <= set(schema.names):
        return None
    fitting = [
        table for table in TABLES.values() if forced in (None, table.name) and _named(schema, table)
    ]
    if not fitting or not _in_the_calendar(metadata, schema):
        return None
    # Accounts take any columns beside their own: the table that knows most of them is meant, also
    # where its columns are not typed. Subscriptions with days as text are no accounts.
    table = max(fitting, key=lambda table: len(table.by_name.keys() & set(schema.names)))
    if not _typed(schema, table):
        return None
    if table.name == "subscriptions" and not _says_itself(path, file, schema, options):
        return None
    return _passed_through(path, file, metadata.num_rows, schema, table)


@contextmanager
def _whole(file: str) -> Iterator[None]:
    """What Arrow says of a file that is none, or of a damaged one, as ours; too little memory is
    not the file's fault."""
    import pyarrow as pa

    try:
        yield
    except MemoryError:  # Arrow's is one, too
        raise
    except (pa.ArrowException, OSError, ValueError):
        raise InputError("corrupt_file", file=file, kind="Parquet") from None


def _open(path: Path, file: str) -> tuple[Any, Any]:
    import pyarrow.parquet as pq

    with _whole(file):
        opened = pq.ParquetFile(path)
        metadata, schema = opened.metadata, opened.schema_arrow
    if metadata.num_rows > MAX_ROWS:
        raise InputError("too_many_rows", file=file, count=metadata.num_rows, limit=MAX_ROWS)
    if len(schema) > MAX_COLUMNS:
        raise InputError("too_many_columns", file=file, count=len(schema), limit=MAX_COLUMNS)
    if metadata.num_rows == 0:
        raise InputError("header_only", file=file)
    return metadata, schema


def _named(schema: Any, table: Table) -> bool:
    """Whether the columns bear the names that the table needs."""
    names = set(schema.names)
    if len(names) != len(schema.names):
        return False
    if not all(name in names for name in table.needed(names)):
        return False
    return table.name != "accounts" or len(names) > 1


def _typed(schema: Any, table: Table) -> bool:
    names = set(schema.names)
    return all(
        _kind_fits(schema.field(name).type, column.kind)
        for name, column in table.by_name.items()
        if name in names
    )


def _says_itself(path: Path, file: str, schema: Any, options: ReadOptions) -> bool:
    """Whether subscriptions mean what they mean without being read: each row a line with its own
    start and end, words that are canonical. Any other file is read as its CSV would be."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    told = (options.shape, options.nothing, options.tax_rate, options.columns, options.amount_per,
            options.amount_unit, options.decimal)  # fmt: skip
    names = {*schema.names}
    if any(one is not None for one in told) or not {"end_date", "account_id"} <= names:
        return False
    # What would be told of these is told by reading them.
    beside = names - TABLES["subscriptions"].by_name.keys()
    if "auto_renew" in names or "quantity" in names or {"mrr", "interval"} <= names:
        return False
    if movements.parts(schema.names) or any(map(_speaks, beside)):
        return False
    if "discount" in names and schema.field("discount").type != pa.null():
        return False
    wanted = [n for n in (*_SAID, "end_date", "account_id", "subscription_id") if n in names]
    ends = False
    with _whole(file):
        for data in pq.ParquetFile(path).iter_batches(columns=wanted):
            ends = ends or data.column("end_date").null_count < data.num_rows
            for name, means in _SAID.items():
                if name in names and not all(map(means, data.column(name).unique().to_pylist())):
                    return False
            for name in ("account_id", "subscription_id"):
                if name in names and not pa.types.is_integer(data.column(name).type):
                    texts = pc.cast(data.column(name), pa.string())
                    if pc.any(pc.match_substring_regex(texts, r"^\s|\s$|^$")).as_py():
                        return False
    return ends


def _speaks(header: str) -> bool:
    """Whether a column beside the canonical ones may say of rows what they are."""
    event = headers.confidence(header, "subscriptions", "event")
    return event >= headers.LIKELY or charges.speaks(header) or unused.speaks(header)


# Columns whose words are read, and which of them are what they say.
_SAID: dict[str, Callable[[Any], bool]] = {
    "status": lambda word: word in (None, "active"),
    "interval": lambda word: word is None or word in INTERVALS,
    "plan": lambda word: word is None or not (
        words.is_nothing(str(word)) or words.event(str(word)) == "end"
        or words.is_one_off(str(word)) or words.is_trial(str(word)) or words.interval_in(str(word))
    ),
    "currency": lambda word: word is None or bool(re.fullmatch("[A-Z]{3}", str(word))),
}  # fmt: skip


def _kind_fits(kind: Any, wanted: str) -> bool:
    """Whether an Arrow type needs no reading of text to be the canonical kind."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    if wanted == "date":
        return bool(types.is_date(kind) or types.is_timestamp(kind) or types.is_null(kind))
    if wanted in ("amount", "number"):
        exact = types.is_integer(kind) or types.is_decimal(kind)
        return bool(exact or types.is_floating(kind) or types.is_null(kind))
    if wanted == "flag":
        return bool(types.is_boolean(kind) or types.is_null(kind))
    return bool(text or types.is_null(kind) or (wanted == "text" and types.is_integer(kind)))


def _in_the_calendar(metadata: Any, schema: Any) -> bool:
    """Whether every day of the file is one of the years 1 to 9999, as far as it tells. A file with
    others is converted cell by cell, and the rows of such days are set aside."""
    import pyarrow as pa

    positions = [i for i, field in enumerate(schema) if pa.types.is_temporal(field.type)]
    try:
        for group in range(metadata.num_row_groups):
            for position in positions:
                known = metadata.row_group(group).column(position).statistics
                if known is not None and known.has_min_max:
                    _ = known.min, known.max  # made into Python's days, where there are such
    except (OverflowError, ValueError):
        return False
    return True


def _passed_through(path: Path, file: str, rows: int, schema: Any, table: Table) -> FileReading:
    positions = {name: i for i, name in enumerate(schema.names) if not _INDEX.fullmatch(name)}
    columns = {name: i for name, i in positions.items() if name in table.by_name}
    extra = {name: i for name, i in positions.items() if name not in table.by_name}
    tables = []
    if table.name == "subscriptions" and "name" in extra:
        tables.append(
            CanonicalFile(
                "accounts", path, {"account_id": columns["account_id"], "name": extra.pop("name")}
            )
        )
    segments = extra if table.segments else {}
    tables.insert(0, CanonicalFile(table.name, path, columns, segments))
    read = [ColumnReading(name, name, 1.0, (), segment=name in segments) for name in positions]
    return FileReading(
        file=file,
        table=table.name,
        rows_read=rows,
        mapping={name: name for name in positions},
        columns=read,
        tables=tables,
    )


def check_whole(path: Path, file: str) -> None:
    """Raises InputError where a page of the file is damaged; its metadata do not tell."""
    import pyarrow.parquet as pq

    with _whole(file):
        for _ in pq.ParquetFile(path).iter_batches():
            pass


def read(path: Path, file: str) -> Raw:
    """Any other Parquet file as text, to be mapped like a CSV."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata, schema = _open(path, file)
    if metadata.num_rows > MAX_TEXT_ROWS:
        raise InputError("too_many_rows", file=file, count=metadata.num_rows, limit=MAX_TEXT_ROWS)
    given = [name for name in schema.names if not _INDEX.fullmatch(name)]
    names, notes = checked_headers(file, given)
    with _whole(file):
        data = pq.read_table(path, columns=given)
    columns = [
        _as_text(column, name, file) for name, column in zip(names, data.columns, strict=True)
    ]
    lines = pa.chunked_array([pa.array(range(2, data.num_rows + 2), pa.int64())])
    return Raw(file, names, columns, lines, data.num_rows, notes=notes)


def _as_text(column: Any, name: str, file: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise InputError("nested_column", file=file, column=name)
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.date32(), safe=False)
    if pa.types.is_date(column.type):
        column = pc.cast(column, pa.date32(), safe=False)
        days = pc.cast(column, pa.int32())
        known = pc.and_(pc.greater_equal(days, _DAYS[0]), pc.less_equal(days, _DAYS[1]))
        beyond = pc.binary_join_element_wise(pc.cast(days, pa.string()), "days", " ")
        within = pc.cast(pc.if_else(known, column, None), pa.string())
        return pc.if_else(known, within, beyond)
    text = pc.cast(column, pa.string())
    return pc.if_else(pc.equal(text, ""), None, text)
