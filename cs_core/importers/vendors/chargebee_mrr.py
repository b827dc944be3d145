"""Chargebee's monthly MRR summary: one row per subscription and month, joined into intervals.

Nothing is known after the last day of the last month reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from cs_core.importers.cells import money
from cs_core.importers.cells import typed as typing_
from cs_core.importers.columns import lines
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.lines import Line
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, find, share, texts

NAME = "chargebee_mrr"
TABLE = "subscriptions"

_WANTED = (
    "customer_id", "subscription_id", "reporting_month", "status", "billing_currency_code",
    "mrr_billing_currency", "mrr_previous_billing_currency",
)  # fmt: skip
_TARGETS = {
    "customer_id": "account_id", "subscription_id": "subscription_id",
    "reporting_month": "start_date", "billing_currency_code": "currency",
    "mrr_billing_currency": "mrr", "status": "status",
}  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return share(headers, _WANTED, tuple(_TARGETS))


def convert(job: Job, group: Group) -> FileReading:
    headers = job.raw.headers
    amount = find(headers, "mrr_billing_currency") or ""
    values = {
        "amount": job.typed(amount, TABLE, "amount").values,
        "currency": job.typed(
            find(headers, "billing_currency_code") or "", TABLE, "currency"
        ).values,
    }
    money.to_major(job, values, amount)
    amounts = typing_.amounts(values["amount"].to_pylist()).to_pylist()
    months = job.typed(find(headers, "reporting_month") or "", TABLE, "start_date").values
    currencies = values["currency"].to_pylist()
    customers, keys = texts(job.raw, "customer_id"), texts(job.raw, "subscription_id")
    states: list[Line] = []
    last: date | None = None
    for row, day in enumerate(months.to_pylist()):
        if row in job.bad or day is None:
            job.bad.setdefault(row, (find(headers, "reporting_month"), "missing_value"))
            continue
        first = day.replace(day=1)
        last = max(last or first, first)
        states.append(
            Line(
                row, customers[row], first, lines.add_months(first, 1),
                amounts[row] or Decimal(0), keys[row], None, currencies[row],
            )
        )  # fmt: skip
    joined = lines.join(states)
    until = lines.add_months(last, 1) if last else None
    for line in joined:
        if line.end == until:
            line.end = None
    for header in headers:
        job.note_column(header, _TARGETS.get(header), 1.0)
    job.write_records(TABLE, [line.record() for line in joined if line.mrr])
    reading = job.reading(TABLE, NAME)
    reading.matrix_until = until - timedelta(days=1) if until else None
    reading.begins = min((line.start for line in states), default=None)
    return reading
