"""The quick way for delimited text in which every line is a row: Arrow cuts it.

Taken only where Arrow and the strict reader cut alike: no cell spans lines, no quotation mark
stands where it neither opens nor closes a cell, every row has the header's width.
"""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

from cs_core.importers.bounded import progress
from cs_core.importers.containers.raw import Raw

# In these, the bytes of quotes and line ends are never part of another character.
_CODECS = {
    "utf-8": "utf8", "utf-8-sig": "utf8", "cp932": "cp932", "euc_jp": "euc_jp",
    "cp1252": "cp1252", "latin-1": "latin-1",
}  # fmt: skip
_CHUNK = 1 << 20
# Large blocks are read quicker; in a bounded child, which has one thread, they take its room.
_BLOCK, _SMALL_BLOCK = 8 << 20, 1 << 20


def read(
    path: Path, file: str, codec: str, delimiter: str, header_line: int, names: list[str]
) -> Raw | None:
    """The rows after the header, or None where the file is not that plain."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    if codec not in _CODECS or not _lines_are_rows(path, delimiter):
        return None
    progress.at(0.4)
    try:
        data = arrow_csv.read_csv(
            path,
            arrow_csv.ReadOptions(
                use_threads=pa.cpu_count() > 1,
                column_names=names,
                skip_rows=header_line,
                block_size=_BLOCK if pa.cpu_count() > 1 else _SMALL_BLOCK,
                encoding=_CODECS[codec],
            ),
            arrow_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except (pa.ArrowException, UnicodeError):  # A ragged row, for one.
        return None
    if any(column.type != pa.string() for column in data.columns):
        return None
    longest = [pc.max(pc.binary_length(column)).as_py() or 0 for column in data.columns]
    if not data.num_rows or max(longest) >= csv.field_size_limit():
        return None
    first = header_line + 1
    lines = pa.arange(first, first + data.num_rows)
    columns = data.columns
    if all(column.null_count for column in columns):
        filled = functools.reduce(pc.or_, (pc.is_valid(column) for column in columns))
        columns = [column.filter(filled) for column in columns]
        lines = lines.filter(filled.combine_chunks())
    return Raw(file, names, columns, pa.chunked_array([lines]), len(lines))


def _lines_are_rows(path: Path, delimiter: str) -> bool:
    """Whether there is no blank line, bare carriage return, quoted line end or stray quote."""
    last = b""
    quoted = False
    size, seen = path.stat().st_size, 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            text = last + chunk
            if b"\n\n" in text:
                return False
            if b"\r" in text and not _returns_end_lines(text):
                return False
            quoted = quoted or b'"' in chunk
            last = chunk[-2:]
            seen += len(chunk)
            progress.at(0.4 * seen / size)
    if last.endswith(b"\r"):
        return False
    return not quoted or _quotes_are_plain(path, delimiter)


def _returns_end_lines(text: bytes) -> bool:
    if b"\n\r\n" in text:
        return False
    return text.removesuffix(b"\r").count(b"\r") == text.count(b"\r\n")


def _quotes_are_plain(path: Path, delimiter: str) -> bool:
    """Whether every quotation mark belongs to a cell that is quoted as a whole on one line."""
    cut = re.escape(delimiter.encode())
    cell = re.compile(rb'(?<![^\n%b])"[^"\r\n]*(?:""[^"\r\n]*)*"(?![^\r\n%b])' % (cut, cut))
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if b'"' in cell.sub(b"", chunk + stream.readline()):
                return False
    return True
