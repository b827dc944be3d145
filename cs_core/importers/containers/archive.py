"""ZIP containers, XLSX among them, and gzip: nothing is unpacked on its word.

What an entry declares is checked first, then what actually streams out of it.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cs_core.errors import InputError

MAX_ENTRIES = 1000
MAX_UNPACKED = 200 << 20
MAX_RATIO = 100
# Below this size a high ratio is harmless.
_SMALL = 10 << 20
# A sheet is laid out densely when read, so two far cells are as large as a full sheet.
MAX_CELLS = 20_000_000
_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
# A formula whose value was not kept; one that gives an empty text is marked `t="str"`.
_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]{0,200}\bt="str")[^>]{0,200}><(?:\w+:)?f\b[^<]*'
    rb"(?:/>|</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


def open_zip(path: Path, file: str, kind: str) -> zipfile.ZipFile:
    """The container, after checking what it declares.

    Raises InputError: damaged, encrypted, or declaring more than is accepted.
    """
    try:
        container = zipfile.ZipFile(path)
        entries = container.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise InputError("corrupt_file", file=file, kind=kind) from None
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise InputError("encrypted_file", file=file)
    declared = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or _too_large(declared, path):
        raise InputError("unpacks_too_large", file=file, limit=MAX_UNPACKED >> 20)
    return container


def _too_large(size: int, path: Path) -> bool:
    packed = max(1, path.stat().st_size)
    return size > MAX_UNPACKED or (size > _SMALL and size > MAX_RATIO * packed)


def chunks(
    container: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, file: str, before: int
) -> Iterator[bytes]:
    """The entry's bytes as they stream, `before` bytes having come from earlier entries."""
    size = before
    try:
        with container.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if _too_large(size, path):
                    raise InputError("unpacks_too_large", file=file, limit=MAX_UNPACKED >> 20)
                yield chunk
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
        raise InputError("corrupt_file", file=file, kind="ZIP") from None


def unzipped(path: Path, file: str, folder: Path) -> Path:
    """The content of a gzip file, in `folder`, with the ending that stands before `.gz`."""
    suffix = Path(file.removesuffix(path.suffix)).suffix.lower()[:10]
    size = 0
    with tempfile.NamedTemporaryFile("wb", dir=folder, suffix=suffix, delete=False) as out:
        try:
            with gzip.open(path) as stream:
                while chunk := stream.read(_CHUNK):
                    size += out.write(chunk)
                    if _too_large(size, path):
                        raise InputError("unpacks_too_large", file=file, limit=MAX_UNPACKED >> 20)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            raise InputError("corrupt_file", file=file, kind="GZIP") from None
    return Path(out.name)


def members(path: Path, file: str, folder: Path) -> list[tuple[Path, str]]:
    """Unpack a ZIP of data files into `folder` under generated names: (path, display name).

    Folders inside it, hidden files and the shadow files of macOS are passed over.
    """
    found = []
    size = 0
    with open_zip(path, file, "ZIP") as container:
        for number, entry in enumerate(container.infolist()):
            name = PurePosixPath(_name(entry)).name
            if entry.is_dir() or name.startswith(".") or "__MACOSX" in entry.filename:
                continue
            target = folder / f"member-{number}{PurePosixPath(name).suffix.lower()[:10]}"
            with target.open("wb") as out:
                for chunk in chunks(container, entry, path, file, size):
                    size += out.write(chunk)
            found.append((target, "".join(c for c in name if c.isprintable()) or f"file {number}"))
    if not found:
        raise InputError("empty_file", file=file)
    return found


def _name(entry: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 mark come from Japanese Windows more often than from DOS."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("cp932")
    except UnicodeError:
        return entry.filename


def check_workbook(path: Path, file: str) -> None:
    """Stream an XLSX through once: sizes, no XML entities, no sheet larger than can be laid out,
    no formulas without their values.

    Raises InputError for each.
    """
    size = 0
    with open_zip(path, file, "XLSX") as container:
        for entry in container.infolist():
            tail = b""
            top, wide = 0, 0
            is_sheet = entry.filename.startswith("xl/worksheets/")
            for chunk in chunks(container, entry, path, file, size):
                size += len(chunk)
                text = tail + chunk
                if b"<!ENTITY" in text or b"<!DOCTYPE" in text:
                    raise InputError("xml_entities", file=file)
                if is_sheet:
                    if _FORMULA.search(text):
                        raise InputError("formulas_without_values", file=file)
                    for letters, row in _CELL.findall(text):
                        top, wide = max(top, int(row)), max(wide, _column(letters))
                    if top * wide > MAX_CELLS:
                        raise InputError("sheet_too_large", file=file, limit=MAX_CELLS)
                tail = text[-1000:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
