"""Files to tables: each is opened by what its first bytes say it is, then recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError, UsageError
from cs_core.importers import alike, newer
from cs_core.importers.bounded import progress
from cs_core.importers.containers import archive, parquet
from cs_core.importers.containers.raw import Raw, without_reasons
from cs_core.importers.reading import FileReading, Note, Reading, ReadOptions

# Share of the work that is cutting files into cells; the rest is understanding those.
_OPENED = 0.6
# First bytes -> what the file is, and the extensions it may carry ("" is none).
_MAGIC = (
    (b"PAR1", "Parquet", (".parquet", ".pq")),
    (b"PK\x03\x04", "ZIP", (".zip", ".xlsx", ".xlsm")),
    (b"PK\x05\x06", "ZIP", (".zip",)),
    (b"\xd0\xcf\x11\xe0", "XLS", (".xls", ".xlsx")),
    (b"\x1f\x8b", "GZIP", (".gz",)),
)
_TEXT = (".csv", ".tsv", ".txt", ".psv", ".ssv", ".tab", ".json", ".jsonl", ".ndjson", ".md", "")
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".parquet", ".pq", ".jsonl", ".ndjson")
_KINDS = {
    ".parquet": "Parquet", ".pq": "Parquet", ".zip": "ZIP",
    ".xlsx": "XLSX", ".xlsm": "XLSX", ".xls": "XLS", ".gz": "GZIP",
}  # fmt: skip


def read_files(paths: Sequence[Path], options: ReadOptions, scratch: Path) -> Reading:
    """As `importers.read`."""
    opened: list[Raw | FileReading] = []
    places: list[int] = []
    for place, path in enumerate(paths):
        with progress.step(_OPENED * place / len(paths), _OPENED * (place + 1) / len(paths)):
            opened += open_file(path, display_name(path), options, scratch)
        places += [place] * (len(opened) - len(places))
    _check_tables(options, [*map(display_name, paths), *(item.file for item in opened)])
    files = [item for item in opened if isinstance(item, FileReading)]
    if len(files) < len(opened):
        files = _understood(opened, options, scratch)
    for file, place in zip(files, places, strict=True):
        file.place = place
    if options.same_accounts == "join":
        files = alike.joined(files, scratch)
    return Reading(files if options.duplicates == "keep" else newer.within(files, scratch))


def _check_tables(options: ReadOptions, files: Sequence[str]) -> None:
    """Raises UsageError for a table said of a file that was not given, or that there is not."""
    for file, table in (options.tables or {}).items():
        for value, known in ((file, dict.fromkeys(files)), (table, TABLES)):
            if value not in known:
                names = ", ".join(known)
                raise UsageError("unknown_option_value", option="--table", value=value, known=names)


def _understood(
    opened: Sequence[Raw | FileReading], options: ReadOptions, scratch: Path
) -> list[FileReading]:
    """What each file holds, as far as that is not settled by its types."""
    from cs_core.importers import vendors
    from cs_core.importers.columns import generic, months
    from cs_core.importers.columns.job import Job

    raws = [item for item in opened if isinstance(item, Raw)]
    for raw in raws:
        months.settle(raw, options)
    options_of = _options_by_file(raws, options)
    recognised = {id(raw): vendors.recognise(raw, options_of[id(raw)]) for raw in raws}
    group = vendors.Group([(raw, recognised[id(raw)]) for raw in raws])
    files = []
    for number, item in enumerate(opened):
        if isinstance(item, FileReading):
            files.append(item)
            continue
        job = Job(item, options_of[id(item)], scratch, number)
        preset = recognised[id(item)]
        share = (1 - _OPENED) / len(opened)
        with progress.step(_OPENED + share * number, _OPENED + share * (number + 1)):
            if preset is not None:
                files.append(preset.convert(job, group))
            else:
                files.append(generic.convert(job, (options.tables or {}).get(item.file)))
    if options.beside or any(newer.table_of(file) is not None for file in files):
        for number, item in enumerate(opened):
            if isinstance(item, Raw) and files[number].table is None:
                job = Job(item, options_of[id(item)], scratch, number)
                files[number] = generic.attributes(job) or files[number]
    return files


def _options_by_file(raws: Sequence[Raw], options: ReadOptions) -> dict[int, ReadOptions]:
    """A mapping is for the files that have its columns; where none has them it is for all, to
    be refused."""
    if options.mapping is None:
        return {id(raw): options for raw in raws}
    wanted = options.mapping.columns.keys()
    fitting = {id(raw) for raw in raws if wanted <= set(raw.headers)}
    without = replace(options, mapping=None)
    return {id(raw): options if id(raw) in fitting or not fitting else without for raw in raws}


def open_file(
    path: Path, file: str, options: ReadOptions, scratch: Path, inside: bool = False
) -> list[Raw | FileReading]:
    """The tables of one file, still text; typed canonical Parquet is already done.

    Raises InputError when the content is not what the extension says, or cannot be read.
    """
    if not path.is_file():
        raise InputError("file_not_found", file=file)
    kind = _kind(path, file)
    if kind == "Parquet":
        typed = parquet.typed(path, file, options)
        return [typed] if typed is not None else [parquet.read(path, file)]
    # All that understands text is loaded where there is some.
    from cs_core.importers.containers import delimited, jsonlines, spreadsheet

    if kind in ("XLSX", "XLS"):
        return [without_reasons(raw) for raw in spreadsheet.read(path, file)]
    if kind in ("ZIP", "GZIP") and inside:
        raise InputError("nested_archive", file=file)
    if kind == "GZIP":
        return open_file(archive.unzipped(path, file, scratch), file, options, scratch, inside=True)
    if kind == "ZIP":
        members = [
            _member(member, name, options, scratch)
            for member, name in archive.members(path, file, scratch)
        ]
        if not any(isinstance(table, Raw) or table.table for found in members for table in found):
            raise InputError("empty_file", file=file)
        return [table for found in members for table in found]
    if kind == "JSON lines":
        return [jsonlines.read(path, file, options)]
    return [without_reasons(delimited.read(path, file, options))]


def _member(path: Path, file: str, options: ReadOptions, scratch: Path) -> list[Raw | FileReading]:
    """The tables of one file of an archive. What is no table by its name either, a note or a
    picture, is left alone and told of."""
    try:
        return open_file(path, file, options, scratch, inside=True)
    except InputError as error:
        if error.code == "nested_archive" or Path(file).suffix.lower() in _TABLES:
            raise
        return [FileReading(file, None, 0, notes=[Note("not_a_table", "warning", None, 1)])]


def _kind(path: Path, file: str) -> str:
    """What the file is by its first bytes, which must agree with its extension."""
    suffix = path.suffix.lower()
    with path.open("rb") as stream:
        head = stream.read(4096)
    for magic, kind, suffixes in _MAGIC:
        if head.startswith(magic):
            if kind == "ZIP" and _is_workbook(path, file):
                kind, suffixes = "XLSX", (".xlsx", ".xlsm", ".xls")
            if suffix not in suffixes and suffix != "":
                raise InputError("wrong_type", file=file, kind=kind)
            return kind
    if suffix in _KINDS and head:
        code = "corrupt_file" if b"\0" in head else "wrong_type_text"
        raise InputError(code, file=file, kind=_KINDS[suffix])
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix in (".json", ".jsonl", ".ndjson") or re.match(rb"\{|\[\s*\{", start):
        return "JSON lines"
    return "text"


def _is_workbook(path: Path, file: str) -> bool:
    kind = _KINDS.get(path.suffix.lower(), "ZIP")
    with archive.open_zip(path, file, kind) as container:
        return any(name.startswith("xl/") for name in container.namelist())


def display_name(path: Path) -> str:
    """The file's name as it may be shown: no folders, no control or direction characters."""
    return "".join(char for char in path.name if char.isprintable()) or "file"
