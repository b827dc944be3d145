"""JSON lines: one object a line. Nested objects become `outer.inner`, lists stay as JSON text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cs_core.errors import InputError
from cs_core.importers import encodings
from cs_core.importers.raw import MAX_COLUMNS, Raw, checked_headers
from cs_core.importers.reading import ReadOptions, SetAside

_MAX_DEPTH = 5


def read(path: Path, file: str, options: ReadOptions) -> Raw:
    """The objects as rows of text; numbers keep their digits. Lines that are no object are set
    aside. Raises InputError when none is, or for encodings and columns as in delimited text."""
    import pyarrow as pa

    encoding = encodings.choose(path, file, options.encoding)
    headers: dict[str, None] = {}
    records: list[dict[str, str]] = []
    lines: list[int] = []
    aside: list[SetAside] = []
    with path.open(encoding=encoding.codec) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            record = _record(line)
            if record is None:
                aside.append(
                    SetAside(number, None, None, "bad_json", (line.rstrip("\n")[:10_000],))
                )
                continue
            headers.update(dict.fromkeys(record))
            if len(headers) > MAX_COLUMNS:
                raise InputError(
                    "too_many_columns", file=file, count=len(headers), limit=MAX_COLUMNS
                )
            records.append(record)
            lines.append(number)
    if not records:
        raise InputError("not_json_lines", file=file, line=aside[0].line if aside else 1)
    names, notes = checked_headers(file, list(headers))
    return Raw(
        file,
        names,
        [
            pa.chunked_array([pa.array([row.get(key) or None for row in records], pa.string())])
            for key in headers
        ],
        pa.chunked_array([pa.array(lines, pa.int64())]),
        len(records) + len(aside),
        encoding.label,
        encoding.confidence,
        set_aside=aside,
        notes=notes,
    )


def _record(line: str) -> dict[str, str] | None:
    try:
        found = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return _flat(found, "", 0) if isinstance(found, dict) else None


def _flat(value: dict[str, Any], prefix: str, depth: int) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and depth < _MAX_DEPTH:
            flat.update(_flat(inner, f"{name}.", depth + 1))
        elif inner is None:
            flat[name] = ""
        elif isinstance(inner, str):
            flat[name] = inner
        elif isinstance(inner, bool):
            flat[name] = "true" if inner else "false"
        else:
            flat[name] = json.dumps(inner, ensure_ascii=False)
    return flat
