"""Readings as JSON, so that what a child process says is data and nothing more."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cs_core.importers.aside import RowsAside
from cs_core.importers.reading import (
    CanonicalFile,
    ColumnReading,
    FileReading,
    Mapping,
    Note,
    Reading,
    ReadOptions,
)


def reading_to_json(reading: Reading, folder: Path) -> list[dict[str, Any]]:
    """Many rows that were set aside go into files under `folder`."""
    files = []
    for number, found in enumerate(reading.files):
        plain = {**found.__dict__}
        plain["matrix_until"] = found.matrix_until and found.matrix_until.isoformat()
        plain["begins"] = found.begins and found.begins.isoformat()
        plain["columns"] = [asdict(column) for column in found.columns]
        plain["tables"] = [{**asdict(table), "path": str(table.path)} for table in found.tables]
        plain["notes"] = [{**asdict(note), "mrr": str(note.mrr)} for note in found.notes]
        plain["mrr_aside"] = {code: str(mrr) for code, mrr in found.mrr_aside.items()}
        plain["set_aside"] = found.set_aside.to_json(folder / f"{number:03d}-set-aside.parquet")
        files.append(plain)
    return files


def reading_from_json(files: list[dict[str, Any]], folder: Path) -> Reading:
    return Reading([_file(plain, folder) for plain in files])


def _file(plain: dict[str, Any], folder: Path) -> FileReading:
    until, begins = plain["matrix_until"], plain["begins"]
    return FileReading(
        **{
            **plain,
            "matrix_until": date.fromisoformat(until) if until else None,
            "begins": date.fromisoformat(begins) if begins else None,
            "headers": tuple(plain["headers"]),
            "mrr_aside": {code: Decimal(mrr) for code, mrr in plain["mrr_aside"].items()},
            "columns": [
                ColumnReading(**{**column, "examples": tuple(column["examples"])})
                for column in plain["columns"]
            ],
            "tables": [
                CanonicalFile(**{**table, "path": Path(table["path"])}) for table in plain["tables"]
            ],
            "notes": [
                Note(
                    **{
                        **note,
                        "examples": [(line, text) for line, text in note["examples"]],
                        "mrr": Decimal(note["mrr"]),
                        "answers": tuple(note.get("answers", ())),
                    }
                )
                for note in plain["notes"]
            ],
            "set_aside": RowsAside.from_json(plain["set_aside"], folder),
        }
    )


def options_to_json(options: ReadOptions) -> dict[str, Any]:
    return asdict(options)


def options_from_json(plain: dict[str, Any]) -> ReadOptions:
    mapping = plain["mapping"]
    nothing = plain.get("nothing")
    return ReadOptions(
        **{
            **plain,
            "mapping": Mapping(**mapping) if mapping else None,
            "nothing": None if nothing is None else tuple(nothing),
        }
    )
