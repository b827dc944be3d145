"""Files as people have them, made into canonical tables. Nothing is guessed silently.

`read` takes the files; `child.read_in_child` does the same within bounds of memory and time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cs_core.importers.reading import (
    CanonicalFile,
    ColumnReading,
    FileReading,
    Mapping,
    Note,
    Reading,
    ReadOptions,
    SetAside,
)

__all__ = [
    "CanonicalFile",
    "ColumnReading",
    "FileReading",
    "Mapping",
    "Note",
    "ReadOptions",
    "Reading",
    "SetAside",
    "read",
]


def read(paths: Sequence[Path], options: ReadOptions, scratch: Path) -> Reading:
    """Read files into canonical Parquet files under `scratch`, which must exist.

    Raises InputError for a file that cannot be used at all, or where the person must say how
    to read it; its fields name the file, the place and the option.
    """
    from cs_core.importers.containers.sources import read_files

    return read_files(paths, options, scratch)
