"""Files as people have them, made into canonical tables. Nothing is guessed silently.

`read` takes the files, `preview` shows one before anything is decided.
"""

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
from cs_core.importers.sources import read

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
