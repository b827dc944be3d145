"""Minor and major units: whether `2900` is 29.00 or 2,900."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cs_core.domain.currencies import minor_units
from cs_core.errors import InputError
from cs_core.importers.cells import typed as typing_
from cs_core.importers.columns import headers
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import Note


def from_minor(amount: Decimal, currency: str | None) -> Decimal:
    """Cents to dollars, and the like; yen stay yen."""
    return amount.scaleb(-minor_units(currency))


def in_minor_units(
    texts: Sequence[str], currencies: Sequence[str | None], header: str, file: str
) -> bool:
    """Whether amounts written like this are in minor units, from the values themselves.

    A decimal point anywhere: no. Only currencies without minor units: it makes no difference.
    All whole and all but a few end in 00, 50, 90, 95 or 99 with three digits or more: yes.
    Anything else raises InputError `amount_unit_unsure`.
    """
    written = [text.strip() for text in texts if text and text.strip()]
    if any("." in text or "," in text[-3:] for text in written):
        return False
    if all(minor_units(currency) == 0 for currency in currencies if currency) and any(currencies):
        return False
    digits = [text.lstrip("-") for text in written if text.strip("-0")]
    if not digits:
        return False
    like_cents = [
        len(text) >= 3 and text.endswith(("00", "50", "90", "95", "99")) for text in digits
    ]
    if sum(like_cents) >= 0.9 * len(digits):
        return True
    raise InputError(
        "amount_unit_unsure", file=file, column=header, value=digits[0], option="--amount-unit"
    )


def to_major(
    job: Job, columns: dict[str, Any], header: str, always: bool = False, column: str = "amount"
) -> None:
    """Turn the amounts of a column from minor into major units, where they are in them.

    `always`: the file is in minor units by definition. Else the person says so
    (`amount_unit`), or the values do, and the person is told.
    """
    currencies: list[str | None] = (
        columns["currency"].to_pylist() if "currency" in columns else [None] * job.raw.rows
    )
    texts = job.raw.column(header).to_pylist()
    unit = job.options.told("amount_unit")
    if unit is None and not always:
        filled = [text for text in texts if text]
        if not in_minor_units(filled, currencies, header, job.raw.file):
            return
    elif unit == "major":
        return
    columns[column] = typing_.amounts(
        [
            None if amount is None else from_minor(amount, currency)
            for amount, currency in zip(columns[column].to_pylist(), currencies, strict=True)
        ]
    )
    shown = [(job.raw.lines[row].as_py(), text) for row, text in enumerate(texts[:50]) if text]
    job.notes.append(
        Note("minor_units", "note" if always else "warning", header, job.raw.rows, shown[:3])
    )


def in_full(job: Job, columns: dict[str, Any], header: str, column: str) -> None:
    """Amounts under "月額(千円)", or below a line that says so, in yen, unless the cells themselves
    say 千 or 円."""
    at = job.raw.headers.index(header)
    if any(re.search("[千万億円]", text) for text in job.raw.examples(at, 200)):
        return
    _multiply(job, columns, header, column, max(map(headers.scale, (header, job.raw.above))))


def in_thousands(job: Job, columns: dict[str, Any], header: str, column: str) -> None:
    """Amounts of which the person says that they are in thousands, in full."""
    _multiply(job, columns, header, column, 1000)


def _multiply(job: Job, columns: dict[str, Any], header: str, column: str, by: int) -> None:
    values = columns[column].to_pylist()
    columns[column] = typing_.amounts([None if v is None else v * by for v in values])
    cells = job.raw.column(header)[:3].to_pylist()
    shown = [(job.raw.lines[row].as_py(), text) for row, text in enumerate(cells) if text]
    job.notes.append(Note("unit_in_header", "note", header, job.raw.rows, shown))
