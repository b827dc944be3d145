"""Mappings as TOML: what `--mapping` reads and the import page exports.

table = "subscriptions"
[columns]              # header = canonical column, "" to leave it out, else a segment's name
"顧客コード" = "account_id"
[constants]            # canonical column = a value for every row
currency = "JPY"
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping as MappingType
from pathlib import Path

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError
from cs_core.importers.reading import FileReading, Mapping


def load(path: Path) -> Mapping:
    """Read a mapping file. Raises InputError when it is no mapping."""
    name = path.name
    if not path.is_file():
        raise InputError("file_not_found", file=name)
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeError):
        raise InputError("mapping_file", file=name) from None
    table = found.get("table")
    columns, constants = found.get("columns", {}), found.get("constants", {})
    texts = isinstance(columns, dict) and isinstance(constants, dict)
    if (
        not isinstance(table, str)
        or not texts
        or found.keys() - {"table", "columns", "constants"}
        or not all(isinstance(text, str) for text in [*columns.values(), *constants.values()])
    ):
        raise InputError("mapping_file", file=name)
    if table not in TABLES:
        raise InputError("mapping_table", table=table, known=", ".join(TABLES))
    return Mapping(table, columns, constants)


def dump(mapping: Mapping) -> str:
    """The mapping as TOML."""
    lines = [f"table = {_quoted(mapping.table)}", "", "[columns]", *_pairs(mapping.columns)]
    if mapping.constants:
        lines += ["", "[constants]", *_pairs(mapping.constants)]
    return "\n".join(lines) + "\n"


def of_reading(reading: FileReading) -> Mapping | None:
    """The mapping that reads the same columns the same way; None for a file of no table."""
    if reading.table is None:
        return None
    columns = {column.header: column.target or "" for column in reading.columns}
    return Mapping(reading.table, columns, reading.constants)


def _pairs(texts: MappingType[str, str]) -> list[str]:
    return [f"{_quoted(name)} = {_quoted(text)}" for name, text in texts.items()]


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
