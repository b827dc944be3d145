"""A dataset that follows its sources: what is new is read, and what of the past has changed is
told."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from cs_core.connectors import duckdb_file, postgres
from cs_core.connectors.config import Sources, load
from cs_core.datasets.dataset import Heard, import_files, unheard
from cs_core.datasets.sources import files_of
from cs_core.errors import UsageError
from cs_core.importers.columns.mapping import load as load_mapping
from cs_core.importers.reading import ReadOptions
from cs_core.workspace import Workspace, source_files

_READERS = {"postgres": postgres.read, "duckdb": duckdb_file.read}


def refresh(
    description: Path, workspace: Workspace, name: str | None = None, heard: Heard = unheard
) -> dict[str, Any]:
    """Reads the sources of a description (see `connectors/config.py`) into a dataset; the report of
    `import`. Where every file of the version before is still there as it was, only new files are
    read; else all are. Whatever fails, the dataset is the one before.
    """
    sources = load(description)
    name = name or sources.dataset
    if name is None:
        raise UsageError("source_lacks", file=description.name, missing="dataset")
    with tempfile.TemporaryDirectory(dir=workspace.temporary()) as folder:
        paths, tables = _read(sources, Path(folder))
        read = ReadOptions(
            mapping=None if sources.mapping is None else load_mapping(sources.mapping),
            tables=tables or None,
            **sources.read,
        )
        append = _only_new(paths, name, workspace)
        return import_files(paths, name, workspace, read, append=append, heard=heard)


def _read(sources: Sources, folder: Path) -> tuple[list[Path], dict[str, str]]:
    paths: list[Path] = []
    tables: dict[str, str] = {}
    for number, source in enumerate(sources.sources):
        place = folder / str(number)
        place.mkdir()
        if source.kind == "files":
            paths += files_of(source.settings["files"], place)
            continue
        for file, table in _READERS[source.kind](source, place):
            paths.append(file)
            tables[file.name] = table
    return paths, tables


def _only_new(paths: list[Path], name: str, workspace: Workspace) -> bool:
    try:
        stored = workspace.dataset(name)
    except UsageError:
        return False
    before = {source.sha256 for source in stored.sources}
    now = {source.sha256 for source in source_files(paths)}
    return before < now
