"""JSON lines, one object a line, or one list of objects. Nested objects become `outer.inner`,
lists stay as JSON text. An object with several priced items is a row for each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from cs_core.errors import InputError
from cs_core.importers.aside import RowsAside
from cs_core.importers.containers import encodings
from cs_core.importers.containers.raw import MAX_COLUMNS, Raw, checked_headers
from cs_core.importers.reading import ReadOptions, SetAside

_MAX_DEPTH = 5
CHUNK_ROWS = 5_000
# A key given twice, and half of a character written as two.
_TWICE, _HALF = "duplicate_key", "half_character"
# Why a row is set aside -> why a file of nothing else is refused.
_REFUSED = {"bad_json": "not_json_lines", _TWICE: "json_key_twice", _HALF: "json_half_character"}
_BETWEEN = re.compile(r"[\s,]*")
_HALVES = re.compile("[\ud800-\udfff]")


class _Twice(dict[str, Any]):
    """An object that gives one of its keys twice: one value would be lost."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(found)


_JSON = json.JSONDecoder(parse_float=str, parse_int=str, object_pairs_hook=_object)


def read(path: Path, file: str, options: ReadOptions) -> Raw:
    """The objects as rows of text; numbers keep their digits. What is no object is set aside.
    Raises InputError when none is, or for encodings and columns as in delimited text."""
    import pyarrow as pa

    encoding = encodings.choose(path, file, options.encoding)
    made = _Columns()
    records: list[dict[str, str]] = []
    lines: list[int] = []
    aside = RowsAside()
    with path.open(encoding=encoding.codec) as stream:
        for number, text, found in _found(stream, file):
            rows: list[dict[str, str]] = []
            code = None if isinstance(found, dict) else "bad_json"
            for item in _items(found) if code is None else ():
                rows.append({})
                code = code or _flatten(item, "", 0, rows[-1])
            if code is not None:
                aside.append(SetAside(number, None, None, code, (text[:10_000],)))
                continue
            records += rows
            lines += [number] * len(rows)
            if len(records) >= CHUNK_ROWS:
                made.add(records, file)
                records = []
    made.add(records, file)
    if not lines and not aside:
        raise InputError("empty_file", file=file)
    if not lines:
        first = next(iter(aside))
        raise InputError(_REFUSED[first.code], file=file, line=first.line)
    names, notes = checked_headers(file, list(made.chunks))
    return Raw(
        file,
        names,
        [pa.chunked_array(chunks, pa.string()) for chunks in made.chunks.values()],
        pa.chunked_array([pa.array(lines, pa.int64())]),
        len(lines) + len(aside),
        encoding.label,
        encoding.confidence,
        set_aside=aside,
        notes=notes,
    )


@dataclass
class _Columns:
    """Arrow arrays by key, grown by a few thousand records at a time: dictionaries of all rows
    would take ten times the room."""

    chunks: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0

    def add(self, records: list[dict[str, str]], file: str) -> None:
        import pyarrow as pa

        for key in dict.fromkeys(key for record in records for key in record):
            self.chunks.setdefault(key, [pa.nulls(self.rows, pa.string())])
        if len(self.chunks) > MAX_COLUMNS:
            count = len(self.chunks)
            raise InputError("too_many_columns", file=file, count=count, limit=MAX_COLUMNS)
        for key, chunks in self.chunks.items():
            chunks.append(pa.array([row.get(key) or None for row in records], pa.string()))
        self.rows += len(records)


def _found(stream: TextIO, file: str) -> Iterator[tuple[int, str, Any]]:
    """Each value with its line and its text; None for what is no JSON. A value of a list has its
    place in the list, as many may stand on one line."""
    text = stream.read(1)
    while text.isspace():
        text = stream.read(1)
    stream.seek(0)
    if text == "[":
        yield from _listed(stream.read(), file)
        return
    if (listed := _enveloped(stream)) is not None:
        for number, found in enumerate(listed, 1):
            yield number, json.dumps(found, ensure_ascii=False), found
        return
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                yield number, line.rstrip("\n"), _JSON.decode(line)
            except (ValueError, RecursionError):
                yield number, line.rstrip("\n"), None


def _enveloped(stream: TextIO) -> list[Any] | None:
    """The one list of objects inside the one object that a file is, as services answer:
    `{"data": [{…}, {…}], "has_more": false}`. None for anything else; the stream is rewound."""
    try:
        first = stream.readline()
        if first.strip().endswith("}") and stream.read(1).strip():
            return None  # One object a line.
        stream.seek(0)
        try:
            found, end = _JSON.raw_decode(text := stream.read().lstrip())
        except (ValueError, RecursionError):
            return None
        lists = [v for v in found.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        named = {"id", "customer_id", "account_id", "customer"} & found.keys()
        return None if text[end:].strip() or len(lists) != 1 or named else lists[0]
    finally:
        stream.seek(0)


def _listed(text: str, file: str) -> Iterator[tuple[int, str, Any]]:
    """The values of a list. Raises InputError where it breaks off: nothing tells where the next
    value would begin."""
    at = text.index("[") + 1
    for number in count(1):
        start = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if text.startswith("]", start):
            if rest := text[start + 1 :].strip():
                line = text.count("\n", 0, text.index(rest, start + 1)) + 1
                raise InputError("json_goes_on", file=file, line=line, value=rest[:40])
            return
        try:
            found, at = _JSON.raw_decode(text, start)
        except (ValueError, RecursionError):
            line = text.count("\n", 0, start) + 1
            raise InputError("not_json_lines", file=file, line=line) from None
        yield number, text[start:at], found


_PRICES = frozenset(("price", "amount", "amount_cents", "unit_amount", "unit_price", "mrr"))


def _items(found: dict[str, Any]) -> list[dict[str, Any]]:
    """An object once for each of its items, where it has several and each has a price: the items
    of a subscription, the lines of an invoice; `items` or `items.data`."""
    if isinstance(found, _Twice):
        return [found]
    for name in ("items", "line_items", "lines", "subscription_items"):
        held = found.get(name)
        inner = held.get("data") if isinstance(held, dict) else held
        if not isinstance(inner, list) or len(inner) < 2:
            continue
        if all(isinstance(item, dict) and _PRICES & item.keys() for item in inner):
            return [
                {**found, name: {**held, "data": [item]} if isinstance(held, dict) else [item]}
                for item in inner
            ]
    return [found]


def _flatten(value: dict[str, Any], prefix: str, depth: int, flat: dict[str, str]) -> str | None:
    """Puts an object's values into `flat`; says why where that would lose or break one."""
    if isinstance(value, _Twice):
        return _TWICE
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], dict):
            inner = inner[0]  # The one item of a list is a field as any other.
        if isinstance(inner, dict) and depth < _MAX_DEPTH:
            if code := _flatten(inner, f"{name}.", depth + 1, flat):
                return code
            continue
        if name in flat:  # "a.b" beside b within a
            return _TWICE
        if inner is None:
            flat[name] = ""
        elif isinstance(inner, str):
            flat[name] = inner
        elif isinstance(inner, bool):
            flat[name] = "true" if inner else "false"
        else:
            flat[name] = json.dumps(inner, ensure_ascii=False)
        if not flat[name].isascii() and _HALVES.search(flat[name]):
            return _HALF
        if not name.isascii() and _HALVES.search(name):
            return _HALF
    return None
