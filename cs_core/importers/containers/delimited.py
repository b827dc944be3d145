"""Delimited text: the dialect is chosen by us, every cell is read as text, every line counted."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from cs_core.errors import InputError
from cs_core.importers.aside import RowsAside
from cs_core.importers.bounded import progress
from cs_core.importers.cells import numbers
from cs_core.importers.columns import headers
from cs_core.importers.containers import encodings, plain
from cs_core.importers.containers.raw import MAX_COLUMNS, Raw, checked_headers
from cs_core.importers.reading import Note, ReadOptions, SetAside

DELIMITERS = {",": ",", "\t": "tab", ";": ";", "|": "|"}
SAMPLE_ROWS = 200
# Characters kept of a line that could not be cut.
MAX_KEPT = 10_000
CHUNK_ROWS = 8192


@dataclass(frozen=True)
class Dialect:
    """How a file is cut into cells. `header_line` is the physical line of the header row."""

    delimiter: str
    quotechar: str = '"'
    skip_spaces: bool = False
    header_line: int = 1
    header: tuple[str, ...] = ()


def read(path: Path, file: str, options: ReadOptions) -> Raw:
    """The one table of a delimited text file.

    Raises InputError: see `encodings.choose`; header only; no dialect, or two alike; an unclosed
    quote; too many columns or duplicate headers.
    """
    encoding = encodings.choose(path, file, options.encoding)
    dialect = choose_dialect(path, file, encoding.codec, options.delimiter)
    names, notes = checked_headers(file, list(dialect.header))
    if dialect.header_line > 1:
        notes.append(Note("preamble", "note", None, dialect.header_line - 1, [(1, "")]))
    raw = None
    if dialect.quotechar == '"' and not dialect.skip_spaces and not encoding.nul:
        raw = plain.read(path, file, encoding.codec, dialect.delimiter, dialect.header_line, names)
    if raw is None:
        raw = _rows(path, file, encoding, dialect, names)
    raw.notes = notes
    if dialect.header_line > 1:
        with path.open(encoding=encoding.codec, errors="replace") as stream:
            raw.above = "".join(stream.readline(MAX_KEPT) for _ in range(dialect.header_line - 1))
    if not raw.rows_read:
        raise InputError("header_only", file=file)
    raw.encoding, raw.encoding_confidence = encoding.label, encoding.confidence
    raw.delimiter = DELIMITERS.get(dialect.delimiter, dialect.delimiter)
    raw.decimal_comma = dialect.delimiter == ";"
    return without_empty_columns(raw)


def without_empty_columns(raw: Raw) -> Raw:
    """Columns with neither a header nor a value are padding."""
    kept = [
        i
        for i, (header, column) in enumerate(zip(raw.headers, raw.columns, strict=True))
        if header != f"column {i + 1}" or column.null_count < len(column)
    ]
    if not kept:
        raise InputError("empty_file", file=raw.file)
    raw.headers = [raw.headers[i] for i in kept]
    raw.columns = [raw.columns[i] for i in kept]
    return raw


# ---- choosing the dialect -----------------------------------------------------------------


def choose_dialect(path: Path, file: str, codec: str, forced: str | None) -> Dialect:
    """The delimiter, quote and header row, from the first rows of the file.

    A delimiter is judged by how many rows it cuts to one width and by whether its header row
    reads like one. Raises InputError `delimiter_unsure` when two do equally well.
    """
    with path.open(encoding=codec, newline="") as stream:
        lines = list(islice(_bounded_lines(stream), SAMPLE_ROWS * 2))
    if not any(line.strip() for line in lines):
        raise InputError("empty_file", file=file)
    if forced is not None:
        forced = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(
            forced, forced
        )
        if len(forced) != 1 or forced in '"\r\n':
            raise InputError("unknown_delimiter", file=file, delimiter=forced)
        return _judge(lines, forced)[1]
    judged = sorted(
        (_judge(lines, delimiter) for delimiter in DELIMITERS), key=lambda item: -item[0]
    )
    (best, dialect), (second, other) = judged[0], judged[1]
    if best > 0 and best - second < 0.1:
        raise InputError(
            "delimiter_unsure",
            file=file,
            candidates=" ".join(DELIMITERS[item.delimiter] for item in (dialect, other)),
            option="--delimiter",
        )
    return dialect if best > 0 else _judge(lines, ",")[1]


def _bounded_lines(stream: Any) -> Iterator[str]:
    """Lines, but none longer than a million characters: a file without line ends is one."""
    while line := stream.readline(1_000_000):
        yield line


def _judge(lines: list[str], delimiter: str) -> tuple[float, Dialect]:
    found = Dialect(delimiter, _quote(lines, delimiter))
    rows = _sample(lines, found)
    with_spaces = sum(any(cell.startswith(' "') for cell in row) for _, row in rows)
    if with_spaces:
        spaced = replace(found, skip_spaces=True)
        fewer = _sample(lines, spaced)
        gain = _evenness(fewer) - _evenness(rows)
        if gain > 0 or (gain == 0 and with_spaces > len(rows) / 2):
            found, rows = spaced, fewer
    if not rows:
        return 0.0, found
    width = _width(rows)
    line, header = header_row(rows, width)
    dialect = replace(found, header_line=line, header=tuple(header))
    if width < 2 or len(header) < 2:
        return 0.0, dialect
    texts = [cell.strip() for cell in header]
    wordy = sum(
        bool(re.search(r"[^\W\d_]", text)) or headers.month_of(text) is not None for text in texts
    ) / len(texts)
    months = sum(headers.month_of(text) is not None for text in texts)
    known = min(1.0, (headers.known_count(texts) + months) / 3)
    return _evenness(rows) * (0.5 + 0.3 * wordy + 0.2 * known), dialect


def _sample(lines: list[str], dialect: Dialect) -> list[tuple[int, list[str]]]:
    """(first physical line, cells) of the sampled rows that hold anything."""
    reader = _reader(iter(lines), dialect, strict=False)
    rows, start = [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((start, row))
            start = reader.line_num + 1
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # A cell beyond the limit: judged on the rows before it.
    return rows


def _reader(lines: Iterator[str], dialect: Dialect, strict: bool = True) -> Any:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quotechar,
        skipinitialspace=dialect.skip_spaces,
        strict=strict,
    )


def _quote(lines: list[str], delimiter: str) -> str:
    """Single quotes are the quoting only where nearly every cell stands in them."""
    cells = [cell.strip() for line in lines for cell in line.strip().split(delimiter)]
    single = sum(len(cell) >= 2 and cell[0] == cell[-1] == "'" for cell in cells)
    return "'" if single > 0.7 * len(cells) else '"'


def _width(rows: list[tuple[int, list[str]]]) -> int:
    counts = Counter(len(row) for _, row in rows)
    return max(counts, key=lambda width: (counts[width], width))


def _evenness(rows: list[tuple[int, list[str]]]) -> float:
    if not rows:
        return 0.0
    width = _width(rows)
    return sum(len(row) == width for _, row in rows) / len(rows)


def header_row(rows: list[tuple[int, list[str]]], width: int) -> tuple[int, list[str]]:
    """(line, cells) of the header among the first twenty rows that hold anything.

    The row with the most names we know, if it has two; else the first whose cells are filled as
    far as a header's would be, below a title, the first that names half a dozen months.
    """
    first = rows[:20]
    known = [headers.known_count(row) for _, row in first]
    if max(known) >= 2:
        place = known.index(max(known))
        if any(map(_is_value, first[place][1])):  # Words in a row of values, below its header.
            above_it = range(place)
            place = next((p for p in above_it if _names_all(first[p][1], width)), place)
        line, row = first[place]
        if place and line - first[place - 1][0] == 1:
            above = first[place - 1][1]
            if sum(bool(cell.strip()) for cell in above) > 1:
                row = _under_groups(above, row)
        return line, row
    least = max(1, width * 0.6)
    filled = [
        (line, row)
        for line, row in first
        if len(row) >= least and sum(bool(cell.strip()) for cell in row) >= least
    ]
    return filled[0] if filled else first[0]


def _is_value(cell: str) -> bool:
    return numbers.is_number(cell.strip()) and headers.month_of(cell) is None


def _names_all(row: list[str], width: int) -> bool:
    """Whether a row names every column: filled, all different, none of them a value."""
    cells = [cell.strip() for cell in row]
    return len(cells) == width == len({*cells} - {""}) and not any(map(_is_value, cells))


def _under_groups(above: list[str], header: list[str]) -> list[str]:
    """Headers in two rows: "顧客" over "コード" and "名称". A header takes what stands over it
    where it is blank, there twice, or known only so."""
    group, joined = "", []
    for place, text in enumerate(header):
        group = above[place].strip() if place < len(above) and above[place].strip() else group
        both = f"{group}{text}" if not group.isascii() else f"{group} {text}".strip()
        alone = headers.known_count([text]) or not headers.known_count([both])
        unclear = not text.strip() or header.count(text) > 1
        joined.append(both if group and (unclear or not alone) else text)
    return joined


# ---- reading strictly ---------------------------------------------------------------------


def _rows(
    path: Path, file: str, encoding: encodings.Encoding, dialect: Dialect, names: list[str]
) -> Raw:
    """All rows after the header: in columns when they have its width, else set aside."""
    import pyarrow as pa

    width = len(names)
    chunks: list[list[Any]] = [[] for _ in names]
    lines: list[Any] = []
    aside = RowsAside()
    rows_read = 0
    size = path.stat().st_size
    with path.open(encoding=encoding.codec, newline="") as stream:
        for rows, starts in _chunks(stream, file, dialect, aside):
            rows_read += len(rows)
            progress.at(os.lseek(stream.fileno(), 0, os.SEEK_CUR) / size)
            if set(map(len, rows)) - {width}:
                rows, starts = _even(rows, starts, width, aside)
            if encoding.nul:
                rows, starts = _split(
                    rows, starts, lambda row: any("\0" in c for c in row), "nul_character", aside
                )
            for chunk, cells in zip(chunks, zip(*rows, strict=True), strict=False):
                chunk.append(_text(cells))
            lines.append(pa.array(starts, pa.int64()))
    rows_read += aside.codes["bad_quote"] + aside.codes["cell_too_long"]
    return Raw(
        file,
        names,
        [pa.chunked_array(chunk, pa.string()) for chunk in chunks],
        pa.chunked_array(lines, pa.int64()),
        rows_read,
        set_aside=aside,
    )


def _text(cells: tuple[str, ...]) -> Any:
    """A text array in which the empty cell, and only it, is NULL."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pa.array(cells, pa.string())
    empty = pc.equal(array, "")
    return pc.if_else(empty, None, array) if pc.any(empty).as_py() else array


def _chunks(
    stream: Any, file: str, dialect: Dialect, aside: RowsAside
) -> Iterator[tuple[list[list[str]], list[int]]]:
    """Rows after the header in chunks, with the physical line each starts on. Blank rows are
    not rows. A row that cannot be cut is set aside when it ends on its own line; a quote left
    open takes everything after it with it, so it refuses the file."""
    for _ in range(dialect.header_line - 1):
        stream.readline()
    offset = dialect.header_line - 1
    line = ""

    def remembered() -> Iterator[str]:
        nonlocal line
        for text in stream:
            line = text
            yield text

    reader = _reader(remembered(), dialect)
    try:
        next(reader)
    except csv.Error:
        raise InputError("header_unreadable", file=file, line=offset + 1) from None
    rows: list[list[str]] = []
    starts: list[int] = []
    before = reader.line_num
    while True:
        try:
            for row in reader:
                if row:
                    rows.append(row)
                    starts.append(offset + before + 1)
                    if len(rows) == CHUNK_ROWS:
                        before = reader.line_num
                        yield _without_blank(rows, starts)
                        rows, starts = [], []
                before = reader.line_num
            break
        except csv.Error as error:
            start = offset + before + 1
            if reader.line_num - before > 1 or "unexpected end" in str(error):
                raise InputError("unclosed_quote", file=file, line=start) from None
            code = "cell_too_long" if "field limit" in str(error) else "bad_quote"
            aside.append(SetAside(start, None, None, code, (line.rstrip("\r\n")[:MAX_KEPT],)))
            before = reader.line_num
    yield _without_blank(rows, starts)


def _without_blank(rows: list[list[str]], starts: list[int]) -> tuple[list[list[str]], list[int]]:
    blank = {i for i, row in enumerate(rows) if not row[0] and not any(row)}
    if not blank:
        return rows, starts
    return (
        [row for i, row in enumerate(rows) if i not in blank],
        [line for i, line in enumerate(starts) if i not in blank],
    )


def _even(
    rows: list[list[str]], starts: list[int], width: int, aside: RowsAside
) -> tuple[list[list[str]], list[int]]:
    """Rows of the header's width. Empty cells beyond it are a trailing delimiter, not ragged."""
    rows = [row[:width] if len(row) > width and not any(row[width:]) else row for row in rows]
    return _split(rows, starts, lambda row: len(row) != width, "ragged", aside)


def _split(
    rows: list[list[str]],
    starts: list[int],
    bad: Callable[[list[str]], bool],
    code: str,
    aside: RowsAside,
) -> tuple[list[list[str]], list[int]]:
    kept, lines = [], []
    for row, line in zip(rows, starts, strict=True):
        if bad(row):
            aside.append(SetAside(line, None, None, code, tuple(row[: MAX_COLUMNS + 1])))
        else:
            kept.append(row)
            lines.append(line)
    return kept, lines
