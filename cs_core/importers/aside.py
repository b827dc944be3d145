"""Rows set aside, in any number: told one by one, held in columns of text, kept in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_core.importers.reading import SetAside

# Rows that are held as they are; more are packed into columns, which take a tenth of the room.
_LOOSE = 4096
FIRST = 5
_NAMES = ("line", "column", "value", "code", "row")


class RowsAside:
    """The rows of one file that were set aside, in its order. Can be gone through any number of
    times. `codes` counts them by reason, `first` are the first FIRST of each; `widest` is the most
    cells that one of them has."""

    def __init__(self, rows: Iterable[SetAside] = ()) -> None:
        self.codes: Counter[str] = Counter()
        self.first: list[SetAside] = []
        self.widest = 0
        self._packed: list[Any] = []
        self._loose: list[SetAside] = []
        self._file: Path | None = None
        for row in rows:
            self.append(row)

    def append(self, row: SetAside) -> None:
        self.codes[row.code] += 1
        if self.codes[row.code] <= FIRST:
            self.first.append(row)
        self.widest = max(self.widest, len(row.row))
        self._loose.append(row)
        if len(self._loose) >= _LOOSE:
            self._packed.append(_packed(self._loose))
            self._loose = []

    def __len__(self) -> int:
        return self.codes.total()

    def __iter__(self) -> Iterator[SetAside]:
        for batch in self._batches():
            yield from _unpacked(batch)
        yield from self._loose

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowsAside | list) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"RowsAside({dict(self.codes)})"

    def in_order(self) -> Iterator[SetAside]:
        """By line: what two passes found may not be."""
        if not self._packed:
            yield from sorted(self, key=lambda row: row.line)
            return
        import pyarrow as pa

        table = pa.Table.from_batches(
            [*self._packed, *([_packed(self._loose)] * bool(self._loose))]
        )
        for batch in table.sort_by("line").to_batches(max_chunksize=_LOOSE):
            yield from _unpacked(batch)

    # -- from process to process, from version to version --------------------------------

    def to_json(self, path: Path) -> dict[str, Any]:
        """What `from_json` makes these rows of; many go into a file at `path`."""
        if self._file is None and not self._packed:
            return {"rows": self._loose}
        if self._file != path:
            import pyarrow.parquet as pq

            with pq.ParquetWriter(path, _schema()) as writer:
                for batch in self._batches():
                    writer.write_batch(batch)
                if self._loose:
                    writer.write_batch(_packed(self._loose))
        return {"file": path.name, "codes": self.codes, "first": self.first, "widest": self.widest}

    @staticmethod
    def from_json(plain: dict[str, Any] | list[Any], folder: Path) -> RowsAside:
        """`folder` is where the file of `to_json` lies now."""
        found = RowsAside()
        if isinstance(plain, dict) and "file" in plain:
            found.codes = Counter(plain["codes"])
            found.first = [_row(cells) for cells in plain["first"]]
            found.widest = plain["widest"]
            found._file = folder / plain["file"]
            return found
        for cells in plain["rows"] if isinstance(plain, dict) else plain:
            found.append(_row(cells))
        return found

    def _batches(self) -> Iterator[Any]:
        if self._file is not None:
            import pyarrow.parquet as pq

            with pq.ParquetFile(self._file) as opened:
                yield from opened.iter_batches(batch_size=_LOOSE)
        yield from self._packed


def _row(cells: Sequence[Any]) -> SetAside:
    from cs_core.importers.reading import SetAside

    line, column, value, code, row = cells
    return SetAside(line, column, value, code, tuple(row))


def _schema() -> Any:
    import pyarrow as pa

    text = pa.string()
    kinds = (pa.int64(), text, text, text, pa.list_(text))
    return pa.schema(list(zip(_NAMES, kinds, strict=True)))


def _packed(rows: list[SetAside]) -> Any:
    import pyarrow as pa

    columns = zip(*rows, strict=True)
    schema = _schema()
    arrays = [pa.array(c, kind) for c, kind in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _unpacked(batch: Any) -> Iterator[SetAside]:
    yield from map(_row, zip(*(column.to_pylist() for column in batch.columns), strict=True))
