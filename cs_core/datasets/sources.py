"""What somebody gives as data: file names, patterns, streams, or frames of a notebook.

Everything becomes files that the importers read, so a frame is understood as its CSV would be.
"""

from __future__ import annotations

import glob
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError

STANDARD_INPUT = "-"


class Frame(Protocol):
    """pandas, Polars, Arrow, DuckDB: whatever hands its columns over in Arrow's way."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


Source = str | Path | Iterable[str | Path] | Frame | Mapping[str, Any]


def is_frame(source: object) -> bool:
    return hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")


def files_of(source: Source, scratch: Path) -> list[Path]:
    """Files by their names, one or several. A pattern is expanded here, for shells that do not; a
    stream (`-`, `/dev/stdin`, `<(…)`) is written under `scratch`: it can be read only once.

    Raises InputError `file_not_found` and `file_is_folder`.
    """
    if not isinstance(source, Iterable | Path):
        raise InputError("frame_unreadable", name=str(source), reason=type(source).__name__)
    if not isinstance(source, str | Path):
        return [path for word in source for path in files_of(word, scratch)]
    if str(source) == STANDARD_INPUT:
        return [_written(sys.stdin.buffer, scratch / "stdin")]
    path = Path(source)
    if path.is_dir():
        raise InputError("file_is_folder", file=path.name or str(source))
    if path.is_file():
        return [path]
    if path.exists():
        with path.open("rb") as stream:
            return [_written(stream, scratch / path.name)]
    found = sorted(Path(name) for name in glob.glob(str(source)) if Path(name).is_file())
    if not found:
        raise InputError("file_not_found", file=path.name or str(source))
    return found


def frame_files(source: Any, scratch: Path) -> tuple[list[Path], dict[str, str]]:
    """Frames written as Parquet under `scratch`, and which table a file is, where its name in the
    dict says so. Raises InputError `frame_unreadable`."""
    given = source if isinstance(source, Mapping) else {"frame": source}
    paths, tables = [], {}
    for name, frame in given.items():
        path = scratch / f"{Path(str(name)).name}.parquet"
        if name in TABLES:
            tables[path.name] = str(name)
        _write_frame(frame, str(name), path)
        paths.append(path)
    return paths, tables


def _write_frame(frame: Any, name: str, path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    if not is_frame(frame):
        raise InputError("frame_unreadable", name=name, reason=type(frame).__name__)
    if type(frame).__module__.startswith("pandas"):
        periods = [name for name, kind in frame.dtypes.items() if str(kind).startswith("period")]
        frame = frame.assign(**{c: frame[c].dt.to_timestamp() for c in periods})
    try:
        pyarrow.parquet.write_table(pyarrow.table(frame), path)
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError("frame_unreadable", name=name, reason=reason) from error


def _written(stream: Any, path: Path) -> Path:
    with path.open("wb") as out:
        shutil.copyfileobj(stream, out)
    return path
