"""The line-item table that Fivetran's dbt packages build alike for Stripe, Recurly and Recharge,
and Recurly's own line items as Fivetran lands them.

Rows of type `line_item` with a subscription and its period make lines; headers, one-off items and
credits are set aside. MRR is the amount less discount, before tax, over the period. Where the
history of Recurly's subscriptions is in the same import, line items add nothing to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cs_core.importers.columns import lines
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.lines import Line
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, find, share, texts

NAME = "fivetran_line_items"
TABLE = "subscriptions"

_WANTED = (
    "header_id", "line_item_id", "record_type", "currency", "quantity", "unit_amount",
    "subscription_id", "subscription_period_started_at", "subscription_period_ended_at",
    "customer_id",
)  # fmt: skip
_RECURLY = (
    "_fivetran_synced", "account_id", "invoice_id", "subscription_id", "plan_code", "type",
    "unit_amount", "quantity", "start_date", "end_date",
)  # fmt: skip
_TARGETS = {
    "account_id": "account_id", "plan_code": "plan", "start_date": "start_date",
    "end_date": "end_date",
    "customer_id": "account_id", "customer_company": "name", "customer_name": "name",
    "subscription_id": "subscription_id", "subscription_plan": "plan", "product_name": "plan",
    "currency": "currency", "unit_amount": "mrr", "subscription_period_started_at": "start_date",
    "subscription_period_ended_at": "end_date",
}  # fmt: skip

_NOT_RECURRING = ("one_time", "one-time", "credit")


def recognise(headers: Sequence[str]) -> float:
    return max(share(headers, _WANTED), float(share(headers, _RECURLY) == 1))


def convert(job: Job, group: Group) -> FileReading:
    raw = job.raw
    columns: dict[str, list[Any]] = {}
    for name, column, *wanted in (
        ("start", "start_date", "subscription_period_started_at", "start_date"),
        ("end", "end_date", "subscription_period_ended_at", "end_date"),
        ("created", "start_date", "created_at"),
        ("quantity", "quantity", "quantity"),
        ("price", "amount", "unit_amount"),
        ("discount", "amount", "discount_amount", "discount"),
    ):
        there = find(raw.headers, *wanted)
        columns[name] = (
            job.typed(there, TABLE, column).values.to_pylist() if there else [None] * raw.rows
        )
    customers, keys = texts(raw, "customer_id", "account_id"), texts(raw, "subscription_id")
    plans = texts(raw, "subscription_plan", "plan_code", "product_name")
    currencies = [code.upper() if code else None for code in texts(raw, "currency")]
    kinds, billing = texts(raw, "record_type"), texts(raw, "billing_type", "type")
    known = [day for day in columns["created"] if day is not None]
    found: list[Line] = []
    for row, kind in enumerate(kinds):
        start, end = columns["start"][row], columns["end"][row]
        months = lines.months_between(start, end) if start and end else None
        reason = (
            "not_billed" if (kind or "line_item").lower() != "line_item"
            else "one_off" if not keys[row] or (billing[row] or "").lower() in _NOT_RECURRING
            else "no_period" if months is None
            else None
        )  # fmt: skip
        if reason is not None or months is None:
            job.bad.setdefault(row, (find(raw.headers, "record_type"), reason or "no_period"))
        if row in job.bad or months is None:
            continue
        count = columns["quantity"][row]
        amount = (columns["price"][row] or Decimal(0)) * (1 if count is None else count)
        amount -= columns["discount"][row] or Decimal(0)
        mrr = lines.per_month(amount, months)
        found.append(
            Line(row, customers[row], start, end, mrr, keys[row], plans[row], currencies[row])
        )
    if group.first("fivetran_recurly", "activated_at") is not None:
        job.informing |= {line.row for line in found}
        found = []
    joined = lines.join(found)
    lines.open_after(joined, max(known, default=date.max))
    job.informing |= {line.row for line in found} - {line.row for line in joined}
    for header in raw.headers:
        job.note_column(header, _TARGETS.get(header), 1.0)
    job.write_records(TABLE, [line.record() for line in joined])
    _accounts(job, customers)
    reading = job.reading(TABLE, NAME)
    reading.begins = min((line.start for line in joined), default=None)
    return reading


def _accounts(job: Job, customers: list[str | None]) -> None:
    names = texts(job.raw, "customer_company")
    people = texts(job.raw, "customer_name")
    first: dict[str, dict[str, Any]] = {}
    for row, account in enumerate(customers):
        if account and row not in job.bad:
            known = first.setdefault(account, {"row": row, "account_id": account, "name": None})
            known["name"] = known["name"] or names[row] or people[row]
    if any(record["name"] for record in first.values()):
        job.write_records("accounts", list(first.values()))
