"""Files a person has brought and not yet used: kept in a folder of this session, checked, used.

The folder goes with the session. Nothing is counted, and no dataset touched, before `keep`.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas

from cs_core import datasets
from cs_core.datasets import known as known_figures
from cs_core.datasets.known import KnownFigure
from cs_core.importers import FileReading, Mapping, ReadOptions
from cs_core.reports import sharing
from cs_core.workspace import header_signature
from pages.frame import loaders, session

PREVIEW_ROWS = 20
_FOLDER, _OPTIONS, _ROUND = "upload-folder", "upload-options", "upload-round"
_CHECKED, _CURRENCY = "upload-checked", "upload-currency"
_KNOWN, _SEARCHED = "upload-known", "upload-searched"
UNKNOWN = "XXX"  # what ISO 4217 has where there is no currency
# Offered where no file says its currency; any other is given on the command line.
CURRENCIES = (
    *("USD", "EUR", "GBP", "JPY", "AUD", "BRL", "CAD", "CHF", "CNY", "INR", "KRW", "SEK", "SGD"),
    UNKNOWN,
)
_PACK_ABOVE = 10 << 20
# Bytes of a file's name; a folder takes 255, and what stands before and after needs some.
_NAME_BYTES = 200
# What is unsure is shown for the person to confirm, not refused.
AS_FOUND = ReadOptions(tentative=True)


def uploader_key() -> str:
    """A new one after each use, so that the box is empty again."""
    return f"upload-{session.value(_ROUND, 0)}"


def paths() -> list[Path]:
    """The uploaded files on disk, under their own names without folders."""
    uploaded = session.value(uploader_key()) or []
    if not uploaded:
        return []
    folder: TemporaryDirectory[str] = session.value(_FOLDER) or TemporaryDirectory(
        dir=loaders.workspace().temporary(), ignore_cleanup_errors=True
    )
    session.remember(_FOLDER, folder)
    found = []
    for place, file in enumerate(uploaded):
        # A folder each: two files of one name must not overwrite each other.
        path = Path(folder.name) / f"{place}-{file.file_id[:12]}" / _name(file.name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.getbuffer())
        found.append(path)
    return found


def _name(given: str) -> str:
    """A file's name without folders, and no longer than a disk takes; its ending stays."""
    path = Path(given)
    ending = path.suffix if len(path.suffix) <= 10 else ""
    stem = path.name.removesuffix(ending).encode()[: _NAME_BYTES - len(ending.encode())]
    name = stem.decode(errors="ignore") + ending
    return "file" if name in ("", "..") else name


def options() -> ReadOptions:
    """How the person wants these files read; what is not said is detected."""
    chosen: ReadOptions = session.value(_OPTIONS) or AS_FOUND
    return replace(chosen, beside=bool(loaders.stored()))


def choose(**changes: Any) -> None:
    """For callbacks: changes how the files are read."""
    session.remember(_OPTIONS, replace(options(), **changes))


def chosen(field: str, value: Any) -> Callable[[], None]:
    """The callback that changes this one."""
    return lambda: choose(**{field: value})


def forget() -> None:
    """Lets go of the files and empties the box."""
    session.remember(_OPTIONS, None)
    session.remember(_CHECKED, None)
    session.remember(_CURRENCY, None)
    session.remember(_KNOWN, None)
    session.remember(_SEARCHED, None)
    session.remember(_FOLDER, None)
    session.remember(_ROUND, session.value(_ROUND, 0) + 1)


def check(files: Sequence[Path], read: ReadOptions, heard: datasets.Heard) -> datasets.Inspection:
    """Reads the files as they would be used; what was read last is remembered. Raises
    KeizokuError for files that cannot be."""
    key = (tuple(str(path) for path in files), repr(read))
    last: tuple[Any, datasets.Inspection] | None = session.value(_CHECKED)
    if last is not None and last[0] == key:
        return last[1]
    folder = Path(session.value(_FOLDER).name) / "read"
    found = datasets.inspect(list(files), folder, read, heard=heard)
    session.remember(_CHECKED, (key, found))
    return found


def know(figure: str, value: str, month: str) -> None:
    """A figure the person knows, as it was typed, and its month, "" for today."""
    session.remember(_KNOWN, (figure, value, month) if value.strip() else None)


def known() -> tuple[str, str, str] | None:
    found: tuple[str, str, str] | None = session.value(_KNOWN)
    return found


def search(files: Sequence[Path], figure: KnownFigure, heard: datasets.Heard) -> dict[str, Any]:
    """What is counted in place of a known figure, and which readings would give it; what was
    sought last is remembered. Raises KeizokuError."""
    read = options()
    key = (tuple(str(path) for path in files), repr(read), figure)
    last: tuple[Any, dict[str, Any]] | None = session.value(_SEARCHED)
    if last is not None and last[0] == key:
        return last[1]
    folder = Path(session.value(_FOLDER).name)
    found = known_figures.search(list(files), folder, read, figure, heard=heard)
    session.remember(_SEARCHED, (key, found))
    return found


def preview(place: int, checked: datasets.Inspection) -> pandas.DataFrame:
    """The first rows of a file as canonical columns."""
    columns, rows = checked.previews[place]
    return pandas.DataFrame(rows, columns=list(columns))


# -- the currency, where no file says it ----------------------------------------------------


def choose_currency(code: str) -> None:
    session.remember(_CURRENCY, code)


def currency(checked: datasets.Inspection) -> str:
    """The files' own; else what was chosen; else what a title names, or that of the language."""
    told = checked.info.reporting_currency if checked.info else UNKNOWN
    if told != UNKNOWN:
        return told
    said = " ".join(
        text
        for file in checked.files
        for text in (file.file, *file.headers, *(e for n in file.notes for _, e in n.examples))
    )
    named = next((code for code in CURRENCIES if re.search(rf"\b{code}\b", said)), None)
    usual = "JPY" if session.language() == "ja" else "USD"
    return str(session.value(_CURRENCY) or named or usual)


def chosen_currency(checked: datasets.Inspection, append: bool) -> str | None:
    """What to keep the files in; None where they say it, or are added to others."""
    told = checked.info.reporting_currency if checked.info else UNKNOWN
    chosen = currency(checked)
    return None if append or told != UNKNOWN or chosen == UNKNOWN else chosen


def mrr(checked: datasets.Inspection) -> list[tuple[str, Decimal]]:
    """Closing MRR today by currency, in the chosen one where the files say none."""
    chosen = currency(checked)
    return [(chosen if code == UNKNOWN else code, value) for code, value in checked.mrr]


# -- what was set aside ---------------------------------------------------------------------


def set_aside(path: Path) -> tuple[str, Callable[[], bytes]]:
    """The name and the content of the file of rows set aside; a large one is packed."""
    if path.stat().st_size < _PACK_ABOVE:
        return path.name, path.read_bytes

    def packed() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
            container.write(path, path.name)
        return out.getvalue()

    return f"{path.stem}.zip", packed


# -- mappings -----------------------------------------------------------------------------


def signature(item: FileReading) -> str:
    return header_signature(column.header for column in item.columns)


def remembered_mapping(item: FileReading) -> Mapping | None:
    """What was confirmed for this header before."""
    kept = loaders.workspace().mapping(signature(item))
    return Mapping(kept["table"], kept["columns"], kept["constants"]) if kept else None


def remember_mapping(item: FileReading, mapping: Mapping) -> None:
    plain = {
        "table": mapping.table,
        "columns": dict(mapping.columns),
        "constants": dict(mapping.constants),
    }
    loaders.workspace().save_mapping(signature(item), plain)


# -- use ----------------------------------------------------------------------------------


def keep(
    files: Sequence[Path],
    name: str,
    read: ReadOptions,
    append: bool,
    checked: datasets.Inspection,
    heard: datasets.Heard,
) -> dict[str, Any]:
    """Makes the files a dataset of that name, its newer version, or more rows of it. Beside the
    report of `import` the answer has `links_left`, those that could not follow it."""
    done = datasets.import_files(
        list(files),
        name,
        loaders.workspace(),
        read,
        bounded=True,
        currency=chosen_currency(checked, append),
        append=append,
        drafted=checked.folder,
        heard=heard,
    )
    return {**done, "links_left": sharing.after_import(loaders.workspace(), done["dataset"])}
