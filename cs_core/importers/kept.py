"""The rows a version was made of, kept beside it so that rows of later files can be added.

<version>/rows/reading.json   what was read, few rows set aside included
<version>/rows/*.parquet      the canonical tables, and many rows set aside
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

from cs_core.importers.bounded import transfer
from cs_core.importers.reading import Reading

_FOLDER, _READING = "rows", "reading.json"


def keep(reading: Reading, version: Path, scratch: Path) -> None:
    """Keeps what was read: files under `scratch` are moved, those of the person are copied."""
    folder = version / _FOLDER
    folder.mkdir()
    at: dict[Path, Path] = {}
    for file in reading.files:
        for table in file.tables:
            if table.path not in at:
                at[table.path] = folder / f"{len(at):03d}-{table.table}.parquet"
                _take(table.path, at[table.path], scratch)
    files = [
        replace(file, tables=[replace(table, path=at[table.path]) for table in file.tables])
        for file in reading.files
    ]
    text = json.dumps(transfer.reading_to_json(Reading(files), folder), ensure_ascii=False)
    (folder / _READING).write_text(text, "utf-8")


def kept(version: Path) -> Reading | None:
    """What `keep` kept; None for a version made before rows were kept."""
    path = version / _FOLDER / _READING
    if not path.exists():
        return None
    reading = transfer.reading_from_json(json.loads(path.read_text("utf-8")), path.parent)
    for file in reading.files:
        for table in file.tables:  # The workspace may have moved since.
            table.path = path.parent / table.path.name
    return reading


def _take(source: Path, target: Path, scratch: Path) -> None:
    if source.is_relative_to(scratch):
        shutil.move(source, target)  # It may lie on another disk.
        return
    if source.parent.name == _FOLDER and (source.parent / _READING).exists():
        try:  # Of another version, where it never changes either.
            os.link(source, target)
            return
        except OSError:
            pass
    shutil.copyfile(source, target)
