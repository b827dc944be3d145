"""Files a person has brought and not yet used: kept in a folder of this session, checked, used.

The folder goes with the session. Nothing is counted, and no dataset touched, before `keep`.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas
import pyarrow.parquet

from cs_core import datasets, importers
from cs_core.errors import KeizokuError
from cs_core.import_report import RowAside, rows_aside, write_set_aside
from cs_core.importers import FileReading, Mapping, ReadOptions
from cs_core.workspace import header_signature
from pages.shared import loaders, session

PREVIEW_ROWS = 20
_FOLDER, _OPTIONS, _ROUND = "upload-folder", "upload-options", "upload-round"


@dataclass(frozen=True)
class Checked:
    """What was understood of the files, and what would come of using them. `info` and `mrr` are
    None and empty where nothing can be counted."""

    files: list[FileReading]
    report: MappingType[str, Any]
    aside: list[RowAside]
    previews: MappingType[str, pandas.DataFrame]
    info: datasets.Info | None = None
    mrr: Sequence[tuple[str, Decimal]] = field(default=())

    @property
    def accepted(self) -> int:
        return sum(item["rows_accepted"] for item in self.report["files"])


def uploader_key() -> str:
    """A new one after each use, so that the box is empty again."""
    return f"upload-{session.value(_ROUND, 0)}"


def paths() -> list[Path]:
    """The uploaded files on disk, under their own names without folders."""
    uploaded = session.value(uploader_key()) or []
    if not uploaded:
        return []
    folder: TemporaryDirectory[str] = session.value(_FOLDER) or TemporaryDirectory(
        prefix="keizoku-"
    )
    session.remember(_FOLDER, folder)
    found = []
    for place, file in enumerate(uploaded):
        # A folder each: two files of one name must not overwrite each other.
        path = Path(folder.name) / f"{place}-{file.file_id[:12]}" / (Path(file.name).name or "file")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.getbuffer())
        found.append(path)
    return found


def options() -> ReadOptions:
    """How the person wants these files read; what is not said is detected."""
    chosen: ReadOptions = session.value(_OPTIONS) or ReadOptions()
    return chosen


def choose(**changes: Any) -> None:
    """For callbacks: changes how the files are read."""
    session.remember(_OPTIONS, replace(options(), **changes))


def forget() -> None:
    """Lets go of the files and empties the box."""
    session.remember(_OPTIONS, None)
    session.remember(_FOLDER, None)
    session.remember(_ROUND, session.value(_ROUND, 0) + 1)


def check(files: Sequence[Path], read: ReadOptions) -> Checked:
    """Reads the files as they would be used. Raises KeizokuError for files that cannot be."""
    key = tuple(str(path) for path in files)
    found: Checked = loaders.checked(key, repr(read), lambda: _check(files, read))
    return found


def _check(files: Sequence[Path], read: ReadOptions) -> Checked:
    with TemporaryDirectory() as scratch:
        reading = importers.read(list(files), read, Path(scratch))
        previews = {item.file: _preview(item) for item in reading.files}
    with datasets.open_dataset(list(files), read=read, may_be_unusable=True) as opened:
        try:
            warehouse = opened.warehouse
        except KeizokuError:
            return Checked(reading.files, opened.report, list(rows_aside(reading, None)), previews)
        aside = list(rows_aside(reading, warehouse))
        return Checked(
            reading.files, opened.report, aside, previews, opened.info, _mrr_today(opened)
        )


def _mrr_today(opened: datasets.Dataset) -> list[tuple[str, Decimal]]:
    if opened.info.shape != "calendar":
        return []
    last = opened.query("mrr_movements").groupby("currency").tail(1)
    return [(row["currency"], row["closing_mrr"]) for row in last.to_dict("records")]


def _preview(item: FileReading) -> pandas.DataFrame:
    """The first rows as canonical columns, of the first table the file gave."""
    if not item.tables:
        return pandas.DataFrame()
    table = item.tables[0]
    names = {**table.columns, **table.segments}
    file = pyarrow.parquet.ParquetFile(table.path)
    first = next(file.iter_batches(batch_size=PREVIEW_ROWS), None)
    if first is None:
        return pandas.DataFrame(columns=list(names))
    return pandas.DataFrame({name: first.column(at).to_pylist() for name, at in names.items()})


def set_aside_csv(rows: list[RowAside]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "set_aside.csv"
        write_set_aside(path, rows)
        return path.read_bytes()


# -- mappings -----------------------------------------------------------------------------


def signature(item: FileReading) -> str:
    return header_signature(column.header for column in item.columns)


def remembered_mapping(item: FileReading) -> Mapping | None:
    """What was confirmed for this header before."""
    kept = loaders.workspace().mapping(signature(item))
    return Mapping(kept["table"], kept["columns"], kept["constants"]) if kept else None


def remember_mapping(item: FileReading, mapping: Mapping) -> None:
    plain = {
        "table": mapping.table,
        "columns": dict(mapping.columns),
        "constants": dict(mapping.constants),
    }
    loaders.workspace().save_mapping(signature(item), plain)


def mapping_toml(mapping: Mapping) -> str:
    """As the command line's `--mapping` reads it."""
    lines = [f"table = {_quoted(mapping.table)}", "", "[columns]"]
    lines += [f"{_quoted(header)} = {_quoted(to)}" for header, to in mapping.columns.items()]
    if mapping.constants:
        lines += ["", "[constants]"]
        lines += [
            f"{_quoted(name)} = {_quoted(value)}" for name, value in mapping.constants.items()
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'


# -- use ----------------------------------------------------------------------------------


def keep(files: Sequence[Path], name: str, read: ReadOptions) -> dict[str, Any]:
    """Makes the files a dataset of that name, or its newer version."""
    return datasets.import_files(list(files), name, loaders.workspace(), read)
