"""Amounts that are for the whole term of a contract, from its start to its end."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cs_core.errors import InputError
from cs_core.importers.cells import typed as typing_
from cs_core.importers.columns import headers, lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import Note

if TYPE_CHECKING:
    from cs_core.importers.columns.generic import Draft
    from cs_core.importers.columns.proposal import Proposal

# Columns that say how contracts are paid rather than what their amounts are for.
_PAYING = re.compile(r"(?i)pay|支払")


def settle(job: Job, made: Draft, proposal: Proposal) -> None:
    """Amounts over the months of their terms, where nothing says for how long they are.

    Raises InputError `amount_per_unsure` where a column says how a contract is paid and its amount
    may be for the term or for each payment.
    """
    amount, _ = proposal.columns.get("amount", ("", 0.0))
    if not proposal.per_term:
        _doubt(job, made, proposal, amount)
        return
    found, without = by_term(made)
    for row in without:
        job.bad.setdefault(row, (proposal.columns["end_date"][0], "no_period"))
    rows = [row for row, value in enumerate(found) if value is not None and row not in job.bad]
    made.columns["mrr"] = typing_.amounts(found)
    del made.columns["amount"]
    if job.options.told("amount_per") is None:
        column = job.raw.column(amount)
        shown = [(job.raw.lines[row].as_py(), column[row].as_py() or "") for row in rows[:3]]
        mrr = lines.earned(made.columns, rows)
        answers = ("term", "month", "quarter", "year")
        job.notes.append(
            Note(
                "amount_for_term",
                "question",
                amount,
                len(rows),
                shown,
                mrr,
                "--amount-per",
                answers,
            )
        )


def by_term(made: Draft) -> tuple[list[Decimal | None], list[int]]:
    """MRR of each row by the months of its term, and the rows whose term nothing tells."""
    quantity = made.columns.get("quantity")
    found: list[Decimal | None] = []
    without: list[int] = []
    names = ("amount", "start_date", "end_date")
    cells: list[list[Any]] = [made.columns[name].to_pylist() for name in names]
    for row, (amount, start, end) in enumerate(zip(*cells, strict=True)):
        months = lines.months_between(start, end) if start and end else None
        if amount is None or months is None:
            found.append(None)
            if amount is not None and start is not None:
                without.append(row)
            continue
        count = quantity[row].as_py() if quantity is not None else None
        found.append(lines.per_month(amount * (1 if count is None else count), months))
    return found, without


def _doubt(job: Job, made: Draft, proposal: Proposal, amount: str) -> None:
    interval, _ = proposal.columns.get("interval", ("", 0.0))
    doubtful = (
        headers.says_contract(amount) and _PAYING.search(interval) and "mrr" not in made.columns
    )
    ends = made.columns.get("end_date")
    if not doubtful or ends is None or ends.null_count > 0.1 * len(ends):
        return
    if job.options.told("amount_per") is not None or job.options.mapping is not None:
        return
    rows = [row for row in range(job.raw.rows) if row not in job.bad]
    found, _ = by_term(made)
    in_all = sum((found[row] or Decimal(0) for row in rows), Decimal(0))
    as_paid = lines.earned(made.columns, rows)
    if not rows or in_all == as_paid:
        return
    raise InputError(
        "amount_per_unsure",
        file=job.raw.file,
        column=amount,
        term=f"{in_all:,.2f}",
        month=f"{as_paid:,.2f}",
        option="--amount-per",
    )
