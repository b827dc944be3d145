"""Files to tables: each is opened by what its first bytes say it is, then recognised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cs_core.errors import InputError
from cs_core.importers import delimited, generic, parquet
from cs_core.importers.job import Job
from cs_core.importers.raw import Raw
from cs_core.importers.reading import FileReading, Reading, ReadOptions


def read(paths: Sequence[Path], options: ReadOptions, scratch: Path) -> Reading:
    """Read files into canonical Parquet files under `scratch`, which must exist.

    Raises InputError for a file that cannot be used at all, or where the person must say how
    to read it; its fields name the file, the place and the option.
    """
    files: list[FileReading] = []
    raws: list[Raw] = []
    for path in paths:
        name = display_name(path)
        if not path.is_file():
            raise InputError("file_not_found", file=name)
        if path.suffix.lower() == ".parquet":
            typed = parquet.typed(path, name, options)
            if typed is not None:
                files.append(typed)
                continue
            raws.append(parquet.read(path, name))
        else:
            raws.append(delimited.read(path, name, options))
    for raw in raws:
        files.append(
            generic.convert(Job(raw, options, scratch, len(files)), table_for(raw, options))
        )
    return Reading(files)


def table_for(raw: Raw, options: ReadOptions) -> str | None:
    return (options.tables or {}).get(raw.file)


def display_name(path: Path) -> str:
    """The file's name as it may be shown: no folders, no control or direction characters."""
    return "".join(char for char in path.name if char.isprintable()) or "file"
