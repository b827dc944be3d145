"""One row per account, one column per month: the spreadsheet many founders really have.

Equal neighbouring months become one interval; what is still there in the last month is open.
Nothing is known after the last day of the last month, nor before the first one: who is there in
it came earlier.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cs_core.errors import InputError
from cs_core.importers.cells import typed as typing_
from cs_core.importers.cells import words
from cs_core.importers.columns import generic, headers, lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading, Note
from cs_core.importers.vendors import Group

NAME = "mrr_matrix"
TABLE = "subscriptions"

Month = tuple[int, int]
_DASHES = {"-", "–", "—", "―", "ー", "－"}
_YEARLY, _MONTHLY = re.compile(r"(?i)\barr\b|\bannual|年額|年間"), re.compile(r"(?i)mrr|月額")
# Of two rows the larger is no total: that one account is all of the other's is common.
_FEWEST_SUMMED = 2
# Columns of the lines themselves; all others describe the account.
_LINE_COLUMNS = ("plan", "currency", "subscription_id")


def recognise(found: Sequence[str]) -> float:
    months = [month for header in found if (month := headers.month_of(header))]
    if len(set(months)) < len(months) or len(months) == len(found):
        return 0.0
    if len(months) == 1:  # Only where nothing but whose amounts they are stands beside it.
        others = [header for header in found if not headers.month_of(header)]
        return 0.95 if all(map(_names_accounts, others)) else 0.0
    return 0.95 if len(months) >= 3 or len(months) >= len(found) / 2 else 0.0


def _names_accounts(header: str) -> bool:
    roles = ("account_id", "name", *_LINE_COLUMNS)
    return any(headers.confidence(header, TABLE, role) >= 0.9 for role in roles)


def convert(job: Job, group: Group) -> FileReading:
    by_month = sorted(
        (month, header) for header in job.raw.headers if (month := headers.month_of(header))
    )
    months = [month for month, _ in by_month]
    roles = _roles(job, [header for _, header in by_month])
    cells = _cells(job, [header for _, header in by_month])
    _totals(job, roles["account_id"], cells)
    cells = _monthly(job, [header for _, header in by_month], cells)
    _notes(job, months, roles)
    account = job.raw.column(roles["account_id"])
    first_days = [date(year, month, 1) for year, month in months]
    kept = job.kept().to_pylist()
    made = [
        (row, start, end, amount)
        for row in kept
        for start, end, amount in _intervals([column[row] for column in cells], first_days)
    ]
    rows = _index([row for row, *_ in made])
    columns: dict[str, Any] = {
        "account_id": account.take(rows),
        "start_date": typing_.days([start for _, start, _, _ in made]),
        "end_date": typing_.days([end for _, _, end, _ in made]),
        "mrr": typing_.amounts([amount for *_, amount in made]),
    }
    for name in _LINE_COLUMNS:
        if name in roles:
            columns[name] = job.typed(roles[name], "subscriptions", name).values.take(rows)
    job.write("subscriptions", columns, {}, job.raw.lines.take(rows))
    _accounts(job, account, roles, {header for _, header in by_month})
    reading = job.reading("subscriptions", NAME)
    reading.begins = first_days[0]
    last, number = months[-1]
    reading.matrix_until = date(last, number, calendar.monthrange(last, number)[1])
    return reading


def _index(rows: list[int]) -> Any:
    import pyarrow as pa

    return pa.array(rows, pa.int64())


def _roles(job: Job, month_headers: list[str]) -> dict[str, str]:
    """Which of the columns that are no months is the account, its name, the plan …"""
    others = [header for header in job.raw.headers if header not in month_headers]
    if job.options.mapping is not None:
        roles = {target: header for header, target in job.options.mapping.columns.items()}
        absent = [header for header in roles.values() if header not in job.raw.headers]
        if absent:
            raise InputError("mapping_columns_absent", file=job.raw.file, columns=", ".join(absent))
    else:
        roles = {}
        for role in ("account_id", "name", *_LINE_COLUMNS):
            ranked = [(headers.confidence(h, "subscriptions", role), h) for h in others]
            best, header = max(ranked, key=lambda item: item[0])
            if best >= 0.75 and header not in roles.values():
                roles[role] = header
    if "account_id" not in roles:
        # Without an id the name identifies the account; a lone first column is one.
        if "name" in roles:
            roles["account_id"] = roles["name"]
        elif len(others) == 1:
            roles["account_id"] = others[0]
        else:
            raise InputError(
                "mapping_unsure",
                file=job.raw.file,
                column="account_id",
                header=others[0],
                option="--mapping",
            )
    return roles


def _cells(job: Job, month_headers: list[str]) -> list[list[Decimal | None]]:
    """Every month's amounts, typed together: one file writes its numbers in one way."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = job.raw.rows
    columns = []
    for header in month_headers:
        texts = job.raw.column(header)
        dash = pc.is_in(pc.utf8_trim_whitespace(texts), pa.array(sorted(_DASHES)))
        count = pc.sum(dash).as_py() or 0
        if count:
            job.notes.append(Note("dash_as_nothing", "note", header, count))
            texts = pc.if_else(dash, None, texts)
        columns.append(texts.combine_chunks())
        job.note_column(header, "mrr", 1.0)
    together = pa.chunked_array([pa.concat_arrays(columns)])
    lines = pa.concat_arrays([job.raw.lines.combine_chunks()] * len(columns))
    context = typing_.Context(job.raw.file, month_headers[0], "mrr", lines, None, job.decimal)
    found = typing_.type_column(together, "amount", context)
    job.notes += found.notes
    for position, code in found.bad.items():
        job.bad.setdefault(position % rows, (month_headers[position // rows], code))
    values = found.values.to_pylist()
    return [values[i * rows : (i + 1) * rows] for i in range(len(columns))]


def _monthly(
    job: Job, month_headers: list[str], cells: list[list[Decimal | None]]
) -> list[list[Decimal | None]]:
    """Cells as full amounts of a month: those of a table of ARR are for a year, and a line above
    may say that all are in thousands. Ones alone are told of: they mark who is there."""
    said = f"{' '.join(month_headers)} {job.raw.above}"
    unit, per = job.options.told("amount_unit"), job.options.told("amount_per")
    by = {"thousand": Decimal(1000), "minor": Decimal("0.01"), "major": Decimal(1)}.get(
        unit or "", Decimal(headers.scale(job.raw.above))
    )
    yearly = bool(_YEARLY.search(said)) and not _MONTHLY.search(said)
    months = lines.months_of_interval(per or ("year" if yearly else "month")) or Fraction(1)
    kept = [row for row in range(job.raw.rows) if row not in job.bad]
    shown = [(job.raw.lines[row].as_py(), month_headers[0]) for row in kept[:3]]
    paid = {column[row] for column in cells for row in kept if column[row]}
    if paid == {Decimal(1)}:
        job.notes.append(Note("matrix_of_ones", "warning", month_headers[0], len(kept), shown))
    if yearly and per is None:
        job.notes.append(Note("amounts_of_year", "note", month_headers[0], len(kept), shown))
    if by > 1 and unit is None:
        job.notes.append(Note("unit_in_header", "note", month_headers[0], len(kept), shown))
    if months == by == 1:
        return cells
    return [[v and lines.per_month(v * by, months) for v in column] for column in cells]


def _intervals(
    amounts: list[Decimal | None], first_days: list[date]
) -> list[tuple[date, date | None, Decimal]]:
    """Equal neighbouring months as one half-open interval; empty and zero months earn nothing.

    A negative amount keeps its interval, for the core to set aside.
    """
    found: list[tuple[date, date | None, Decimal]] = []
    start, current = first_days[0], amounts[0] or Decimal(0)
    for day, value in zip(first_days[1:], amounts[1:], strict=True):
        amount = value or Decimal(0)
        if amount != current:
            if current:
                found.append((start, day, current))
            start, current = day, amount
    if current:
        found.append((start, None, current))
    return found


def _totals(job: Job, account: str, cells: list[list[Decimal | None]]) -> None:
    """Sets totals aside, wherever they stand: rows that say so and add up in most months (a
    company may be called Total, none is called 合計), and one that says nothing but is, in every
    month, the sum of the others, which is asked about. So are notes: one cell at the foot."""
    rows, width = job.raw.rows, len(job.raw.headers)
    paid = {row for column in cells for row, amount in enumerate(column) if amount}
    labels = [next((c for c in job.raw.cells(row) if c.strip()), "") for row in range(rows)]
    said = [row for row in range(rows) if row not in job.bad and words.is_total(labels[row])]
    sums = [sum((v for v in column if v is not None), Decimal(0)) for column in cells]
    without = [
        total - sum((column[row] or Decimal(0) for row in said), Decimal(0))
        for total, column in zip(sums, cells, strict=True)
    ]
    for row in said:
        agree = sum(total == (col[row] or 0) for total, col in zip(without, cells, strict=True))
        if agree >= len(cells) / 2 or not labels[row].isascii():
            job.bad[row] = (account, "total_row")
    for row in reversed(range(rows)):
        if row in paid:
            break
        if width > 2 and sum(bool(cell.strip()) for cell in job.raw.cells(row)) == 1:
            job.bad[row] = (account, "total_row")
    _asked_total(job, account, cells, sorted(paid - job.bad.keys()), labels)


def _asked_total(
    job: Job,
    account: str,
    cells: list[list[Decimal | None]],
    rows: list[int],
    labels: Sequence[str],
) -> None:
    """The row that is the sum of all others without saying so."""
    if len(rows) <= _FEWEST_SUMMED:
        return
    sums = [sum((col[row] or Decimal(0) for row in rows), Decimal(0)) for col in cells]
    found = next(
        (
            row
            for row in rows
            if all(2 * (c[row] or 0) == total for c, total in zip(cells, sums, strict=True))
        ),
        None,
    )
    if found is None:
        return
    keep = job.options.totals == "keep"
    shown = [(job.raw.lines[found].as_py(), labels[found])]
    if job.options.totals is None:
        answers = ("set-aside", "keep")
        job.notes.append(Note("adds_up", "question", account, 1, shown, option="--totals",
                              answers=answers))  # fmt: skip
    if not keep:
        job.bad[found] = (account, "total_row")


def _notes(job: Job, months: list[Month], roles: dict[str, str]) -> None:
    """Months that are missing between columns, and accounts with several rows."""
    numbers = [year * 12 + month for year, month in months]
    gaps = [number for number in range(numbers[0], numbers[-1]) if number not in set(numbers)]
    if gaps:
        shown = [(1, f"{(n - 1) // 12}-{(n - 1) % 12 + 1:02d}") for n in gaps[:3]]
        job.notes.append(Note("matrix_month_missing", "warning", None, len(gaps), shown))
    header = roles["account_id"]
    ids = job.raw.column(header).to_pylist()
    keys = list(zip(ids, *(job.raw.column(roles[n]).to_pylist() for n in _LINE_COLUMNS
                           if n in roles), strict=True))  # fmt: skip
    counts = Counter(key for row, key in enumerate(keys) if ids[row] and row not in job.bad)
    repeated = [row for row, key in enumerate(keys) if counts[key] > 1]
    if repeated:
        shown = [(job.raw.lines[row].as_py(), ids[row]) for row in repeated[:3]]
        job.notes.append(Note("duplicate_account", "warning", header, len(repeated), shown))


def _accounts(job: Job, account: Any, roles: dict[str, str], months: set[str]) -> None:
    """Names and whatever else describes the account go to the accounts table."""
    taken = {header: role for role, header in roles.items()}
    attributes, segments = {}, {}
    for header in job.raw.headers:
        if header in months:
            continue
        role = taken.get(header)
        if header == roles.get("name"):
            attributes["name"] = job.raw.column(header)
        if role in ("account_id", "name", *_LINE_COLUMNS):
            job.note_column(header, role, 1.0)
        elif words.is_total(header):
            job.note_column(header, None, 1.0)
        else:
            segments[header] = job.raw.column(header)
            confidence = generic.segment_confidence(job, header)
            job.note_column(header, header, confidence, segment=True)
    if attributes or segments:
        generic.write_accounts(job, account, attributes, segments, job.kept())
