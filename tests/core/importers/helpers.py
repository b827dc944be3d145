"""Looking into what an importer wrote."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from cs_core.importers import FileReading


def records(reading: FileReading, table: str | None = None) -> list[dict[str, Any]]:
    """The rows of one canonical table of a reading, columns and segments by name."""
    [found] = [t for t in reading.tables if t.table == (table or reading.table)]
    data = pq.read_table(found.path)
    names = {**found.columns, **found.segments}
    lists = {name: data.column(i).to_pylist() for name, i in names.items()}
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def column(reading: FileReading, name: str, table: str | None = None) -> list[Any]:
    return [row[name] for row in records(reading, table)]


# Presets that work rows into one another: some rows only inform the lines of others. So do the
# rows of files whose rows follow one another.
JOINING = {
    "mrr_matrix", "chargebee_mrr", "fivetran_line_items", "stripe_invoices", "recharge",
    "fivetran_recurly", "chartmogul",
}  # fmt: skip


def accepted_and_not(reading: FileReading) -> None:
    """Rows read are accounted for: each is in a table by its line, or set aside, never both."""
    aside = [row.line for row in reading.set_aside]
    assert len(aside) == len(set(aside))
    kept: set[int] = set()
    for found in reading.tables:
        kept |= set(column(reading, "source_line", found.table))
    assert not kept & set(aside)
    if reading.preset in JOINING or reading.matrix_until is not None:
        assert len(kept) + len(aside) <= reading.rows_read
    elif reading.table:
        assert len(kept) + len(aside) == reading.rows_read
