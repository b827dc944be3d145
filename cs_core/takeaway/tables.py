"""Tables a person takes away: what the ledger is made of and what it holds, as files.

The views of `warehouse/views.py` (`ledger`, `lines`, `accounts`, `stays`), and the canonical tables
that the files have (`domain/tables.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from cs_core.domain.tables import TABLES
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.importers.reading import Reading
from cs_core.metrics.options import Options
from cs_core.takeaway.canonical import column_type
from cs_core.text.spreadsheet import csv_text
from cs_core.warehouse.duckdb_engine import BUILD_SECONDS, Engine
from cs_core.warehouse.ledgers import Ledger
from cs_core.warehouse.staging import StagedFile, column_types, scan
from cs_core.warehouse.store import Warehouse
from cs_core.warehouse.views import VIEWS, quoted, view

_HEEDED = {"ledger": ("as_of", "currency", "policies"), "stays": ("as_of", "currency", "policies")}


def asked(warehouse: Warehouse, options: Options) -> tuple[Ledger, dict[str, object]]:
    """The ledger of a question, and the parameters of the views. Raises CannotAnswerError for
    data without dates, which has none."""
    if warehouse.facts.shape == "tenure":
        raise CannotAnswerError("needs_dates", metric="ledger")
    as_of = options.as_of or warehouse.facts.as_of
    ledger = warehouse.ledger(options.policies, as_of, options.currency)
    return ledger, {**ledger.parameters, "as_of": as_of}


# -- as files -----------------------------------------------------------------------------


def write(
    warehouse: Warehouse, reading: Reading | None, table: str, options: Options, out: Path
) -> int:
    """Writes a table into `out`, a Parquet or CSV file; returns how many rows. `reading` is what
    was read of the files, for canonical tables.

    Raises UsageError for an unknown table or kind of file, and CannotAnswerError for one that
    this data does not have.
    """
    if out.suffix.lower() not in (".parquet", ".csv"):
        raise UsageError("table_file_kind", file=out.name, known=".parquet, .csv")
    usual, heeded = Options(), _HEEDED.get(table, ())
    for item in fields(Options):
        if item.name not in heeded and getattr(options, item.name) != getattr(usual, item.name):
            said = ", ".join(heeded) or "-"
            raise UsageError("option_not_heeded", option=item.name, metric=table, heeded=said)
    if table in VIEWS:
        ledger, parameters = asked(warehouse, options)
        flags = {"as_new"} if options.policies.reactivation == "as_new" else set()
        statement = f"{view(warehouse.facts, ledger, table, flags)}\nORDER BY 1, 2, 3"
        with ledger.engine.batches(statement, parameters, path=ledger.path) as batches:
            return _write(batches, out)
    known = [*VIEWS, *sorted(warehouse.facts.given)]
    if table not in TABLES:
        raise UsageError("unknown_export", table=table, known=", ".join(known))
    if table not in warehouse.facts.given:
        raise CannotAnswerError("table_not_given", table=table, known=", ".join(known))
    if reading is None:
        raise CannotAnswerError("columns_not_kept")
    with canonical_rows(warehouse, reading, table) as found:
        return _write(found, out)


@contextmanager
def canonical_rows(warehouse: Warehouse, reading: Reading, table: str) -> Iterator[Any]:
    """A canonical table as it was read, rows set aside later included: record batches."""
    files = [
        StagedFile(0, table, found.path, found.columns, found.segments)
        for file in reading.files
        for found in file.tables
        if found.table == table
    ]
    engine = Engine(seconds=BUILD_SECONDS)
    try:
        names = warehouse.facts.given[table]
        selects = [_canonical_select(engine, file, names) for file in files]
        with engine.batches("\nUNION ALL\n".join(selects)) as found:
            yield found
    finally:
        engine.close()


def _canonical_select(engine: Engine, file: StagedFile, names: Sequence[str]) -> str:
    types = column_types(engine, file)
    places: Mapping[str, int] = {**file.segments, **file.columns}
    values = []
    for name in names:
        kind, at = column_type(file.table, name), places.get(name)
        value = "NULL" if at is None else f"c{at}"
        if at is not None and types[at] in ("FLOAT", "DOUBLE") and kind.startswith("DECIMAL"):
            # As staging reads it: a double holds millionths.
            value = f"CAST(ROUND_EVEN({value} * 1000000, 0) AS DECIMAL(38, 0)) * 0.000001"
        values.append(f"CAST({value} AS {kind}) AS {quoted(name)}")
    return f"SELECT {', '.join(values)} FROM {scan(file, len(types))}"


def _plain(value: object) -> object:
    """Zero with many decimals is 0.000000, not 0E-6."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def _write(found: Any, out: Path) -> int:
    rows = 0
    if out.suffix.lower() == ".csv":
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            file.write(csv_text(found.schema.names, []))
            for batch in found:
                columns = [map(_plain, column.to_pylist()) for column in batch.columns]
                file.write(csv_text(None, zip(*columns, strict=True)))
                rows += batch.num_rows
        return rows
    import pyarrow.parquet

    with pyarrow.parquet.ParquetWriter(out, found.schema) as writer:
        for batch in found:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
