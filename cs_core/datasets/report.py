"""What is said after files were read: the JSON of `check`, and every row that was set aside.

rows read = rows accepted + rows set aside, for every file.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from cs_core.domain.money import MICROS
from cs_core.importers import alike
from cs_core.importers.aside import FIRST
from cs_core.importers.containers.raw import WHY_ASIDE
from cs_core.importers.newer import REPLACED
from cs_core.importers.reading import FileReading, Reading
from cs_core.warehouse.staging import StagedFile
from cs_core.warehouse.statements import relations
from cs_core.warehouse.store import Warehouse

EXAMPLES = FIRST
# Rows set aside that are shown of each reason; the file has them all.
SHOWN = 200
PREVIEW_ROWS = 20


class RowAside(NamedTuple):
    """A row that was not used: where it stands, which cell is to blame, and why. `headers` are
    those of its cells, `number` the file's place among the files."""

    file: str
    line: int
    column: str | None
    value: str | None
    code: str
    row: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    number: int = 0


def report(
    reading: Reading, warehouse: Warehouse | None, same_accounts: str | None = None
) -> dict[str, Any]:
    """The report of `check`; without a warehouse the files gave nothing to count. Whether accounts
    that look alike are one is a question until `same_accounts` answers it."""
    refusals = [] if warehouse is None else warehouse.query(_REFUSALS, {"examples": EXAMPLES})
    counts = Counter({number: len(file.set_aside) for number, file in enumerate(reading.files)})
    for number, _, _, _, _, count in {row[:2]: row for row in refusals}.values():
        counts[number] += count
    files = [
        {
            "file": file.file,
            "table": file.table,
            "preset": file.preset,
            "encoding": file.encoding,
            "delimiter": file.delimiter,
            "rows_read": file.rows_read,
            "rows_accepted": file.rows_read - counts[number],
            "rows_set_aside": counts[number],
            "mapping": file.mapping,
        }
        for number, file in enumerate(reading.files)
    ]
    problems = _problems_aside(reading, refusals, warehouse) + _notes(reading)
    if warehouse is not None:
        problems += _checks(reading, warehouse)
        if same_accounts is None:
            problems += _alike(reading, warehouse)
    return {"files": files, "problems": problems}


# Per file and reason how many rows were refused after they were typed, with the first of them.
_REFUSALS = """
WITH refused_rows AS (
    SELECT
        file_no, source_line, MIN(code) AS code, MIN(column_name) AS column_name,
        MIN(value) AS value
    FROM rejections
    GROUP BY file_no, source_line
)
SELECT file_no, code, source_line, column_name, value, COUNT(*) OVER (PARTITION BY file_no, code)
FROM refused_rows
QUALIFY ROW_NUMBER() OVER (PARTITION BY file_no, code ORDER BY source_line) <= $examples
ORDER BY file_no, source_line
"""


def rows_aside(reading: Reading, warehouse: Warehouse | None) -> Iterator[RowAside]:
    """Every row set aside, one at a time, by file and line: those that could not be typed, then
    those refused, with the cells they came from as far as canonical columns hold them. To be
    called while the canonical files are there."""
    for number, file in enumerate(reading.files):
        for row in file.set_aside:
            cells = (row.line, row.column, row.value, row.code, row.row)
            yield RowAside(file.file, *cells, file.headers, number)
        if warehouse is None:
            continue
        own = {canonical: header for header, canonical in file.mapping.items()}
        headers = tuple(file.mapping)
        table = next((t for t in file.tables if t.table == file.table), None)
        at = {} if table is None else {**table.columns, **table.segments}
        places = [at.get(target) for target in file.mapping.values()]
        staged = None
        if table is not None:
            staged = StagedFile(number, table.table, table.path, table.columns)
        last = None
        for line, column, value, code, *found in warehouse.refused(number, staged, places):
            if line != last:  # Several canonical rows may come of one.
                text = tuple(map(_cell, found))
                yield RowAside(
                    file.file, line, own.get(column, column), value, code, text, headers, number
                )
            last = line


def preview(file: FileReading) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The first rows as canonical columns, of the first table the file gave."""
    if not file.tables:
        return (), []
    import pyarrow.parquet

    table = file.tables[0]
    names = {**table.columns, **table.segments}
    batches = pyarrow.parquet.ParquetFile(table.path).iter_batches(batch_size=PREVIEW_ROWS)
    first = next(batches, None)
    if first is None:
        return tuple(names), []
    columns = [first.column(at).to_pylist() for at in names.values()]
    return tuple(names), list(zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def write_set_aside(path: Path, reading: Reading, warehouse: Warehouse | None) -> list[RowAside]:
    """file, line, column, value, reason, then the row's own cells under its file's headers, as a
    CSV that Excel opens and that can be imported again once it is repaired. Gives back SHOWN rows
    of each reason."""
    from cs_core.text.spreadsheet import csv_cell

    refused = set()
    if warehouse is not None:
        refused = {
            number for (number,) in warehouse.query("SELECT DISTINCT file_no FROM rejections")
        }
    headers = tuple(
        dict.fromkeys(
            header
            for number, file in enumerate(reading.files)
            for names, given in ((file.headers, file.set_aside), (file.mapping, number in refused))
            if given
            for header in names
        )
    )
    beyond = max((f.set_aside.widest - len(f.headers) for f in reading.files), default=0)
    named = [f"{header} (2)" if header in WHY_ASIDE else header for header in headers]
    named += [f"cell {len(headers) + n}" for n in range(1, beyond + 1)]
    shown: dict[str, list[RowAside]] = {}
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([csv_cell(name) for name in (*WHY_ASIDE, *named)])
        for row in rows_aside(reading, warehouse):
            cells = row.row
            if row.headers != headers:
                own = dict(zip(row.headers, cells, strict=False))
                cells = (*(own.get(header, "") for header in headers), *cells[len(row.headers) :])
            why = (row.file, str(row.line), row.column or "", row.value or "", row.code)
            writer.writerow([csv_cell(cell) for cell in (*why, *cells)])
            sample = shown.setdefault(row.code, [])
            if len(sample) < SHOWN:
                sample.append(row)
    return [row for sample in shown.values() for row in sample]


def _problems_aside(
    reading: Reading, refusals: list[tuple[Any, ...]], warehouse: Warehouse | None
) -> list[dict[str, Any]]:
    mrr: dict[str, int] = {}
    if warehouse is not None:
        found = warehouse.query("SELECT code, SUM(mrr) FROM rejections GROUP BY code")
        mrr = {code: int(total or 0) for code, total in found}
    for file in reading.files:
        for code, earned in file.mrr_aside.items():
            mrr[code] = mrr.get(code, 0) + int(earned * MICROS)
    counts: Counter[tuple[str, str | None]] = Counter()
    examples: dict[tuple[str, str | None], list[tuple[str, int, str | None, str | None]]] = {}
    for number, file in enumerate(reading.files):
        for row in file.set_aside.first:
            told = examples.setdefault((row.code, file.table), [])
            told.append((file.file, row.line, row.column, row.value))
        for code, count in file.set_aside.codes.items():
            counts[code, file.table] += count
        headers = {canonical: header for header, canonical in file.mapping.items()}
        refused = [row for row in refusals if row[0] == number]
        for _, code, line, column, value, _ in refused:
            told = examples.setdefault((code, file.table), [])
            told.append((file.file, line, headers.get(column, column), value))
        for code, count in {row[1]: row[5] for row in refused}.items():
            counts[code, file.table] += count
    return [
        _problem(
            code,
            "note" if code == REPLACED else "error",
            table,
            counts[code, table],
            mrr.get(code, 0),
            told[:EXAMPLES],
        )
        for (code, table), told in examples.items()
    ]


def _notes(reading: Reading) -> list[dict[str, Any]]:
    return [
        _problem(
            note.code,
            note.severity,
            file.table,
            note.count,
            int(note.mrr * MICROS),
            [(file.file, line, note.column, value) for line, value in note.examples[:EXAMPLES]],
        )
        | _asked(note.option, note.answers)
        for file in reading.files
        for note in file.notes
    ]


def _asked(option: str | None, answers: Sequence[str]) -> dict[str, Any]:
    """What answers a question, and with what."""
    return {} if option is None else {"option": option, "answers": list(answers)}


def _checks(reading: Reading, warehouse: Warehouse) -> list[dict[str, Any]]:
    problems = []
    given = {table.table for file in reading.files for table in file.tables}
    checks = [
        item
        for item in relations().values()
        if item.folder == "checks" and item.header["table"] in given
    ]
    for relation in checks if warehouse.facts.shape == "calendar" else ():
        rows = warehouse.check(relation.name, date.today(), EXAMPLES)  # noqa: DTZ011 - local days
        # Neither is strange once it is settled that the end date still earns.
        settled = (
            relation.name in ("one_day_gaps", "month_end_dates")
            and warehouse.facts.end_date == "inclusive"
        )
        if rows:
            files = reading.files
            problems.append(
                _problem(
                    relation.name,
                    "note" if settled else relation.header["severity"],
                    relation.header["table"],
                    int(rows[0][4]),
                    int(rows[0][5]),
                    [
                        (files[number].file, line, column, value)
                        for number, line, column, value, *_ in rows
                    ],
                )
            )
    return problems


def _alike(reading: Reading, warehouse: Warehouse) -> list[dict[str, Any]]:
    """The question whether accounts that look alike are one: how many ids would be spelled as
    another, what MRR would move with them; each example is followed by the id it looks like."""
    suspects = None
    if (scratch := warehouse.scratch) is not None:
        ids = scratch / "ids.parquet"
        alike.write_folded(reading.files, ids)
        suspects = warehouse.shared(ids)
        ids.unlink()
    found = alike.moved(reading.files, suspects)
    if not found.num_rows:
        return []
    others, joined = (found.column(name).to_pylist() for name in ("id", "joined"))
    told = list(dict.fromkeys(one for pair in zip(others, joined, strict=True) for one in pair))
    rows = warehouse.query(_LINES_OF, {"ids": json.dumps(told)})
    lines = {account: where for account, *where in rows}
    mrr = sum(lines[account][2] for account in others if account in lines)
    examples = []
    for account in told[:EXAMPLES]:
        number, line, _ = lines.get(account, (0, 0, 0))
        file = reading.files[number]
        header = next((h for h, to in file.mapping.items() if to == "account_id"), None)
        examples.append((file.file, line, header, account))
    problem = _problem(
        "accounts_alike", "question", "subscriptions", len(others), int(mrr), examples
    )
    return [problem | _asked("--same-accounts", ("join", "keep"))]


# Each account's first line, and the MRR of all of them.
_LINES_OF = """
SELECT
    account_keys.account_id,
    MIN(lines.file_no),
    ARG_MIN(lines.source_line, (lines.file_no, lines.source_line)),
    SUM(lines.mrr)
FROM lines
INNER JOIN account_keys ON lines.account_key = account_keys.account_key
WHERE account_keys.account_id IN (SELECT UNNEST(FROM_JSON($ids, '["VARCHAR"]')))
GROUP BY account_keys.account_id
"""


def _problem(
    code: str,
    severity: str,
    table: str | None,
    count: int,
    millionths: int,
    examples: list[tuple[str, int, str | None, str | None]],
) -> dict[str, Any]:
    return {
        "code": code,
        "severity": severity,
        "table": table,
        "count": count,
        "mrr_affected": f"{Decimal(millionths) / MICROS:.6f}",
        "examples": [
            {"file": file, "line": line, "column": column, "value": value}
            for file, line, column, value in examples
        ],
    }
