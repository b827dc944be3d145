"""Recurly as Fivetran lands it: every change of a subscription is a row of its own.

A row's state holds from its update until the subscription's next row; the first from its
activation. MRR is the subtotal (add-ons included) over the plan's interval, which comes from the
plans where they are there, else from the current period. Accounts show their latest row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cs_core.importers.cells import words
from cs_core.importers.columns import lines
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.lines import Line
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, find, share, texts

NAME = "fivetran_recurly"
TABLE = "subscriptions"

_PARTS = {
    "subscriptions": (
        "_fivetran_synced", "id", "updated_at", "activated_at", "canceled_at", "expires_at",
        "account_id", "plan_id", "state", "unit_amount", "quantity",
    ),
    "accounts": ("_fivetran_synced", "id", "updated_at", "code", "company", "account_country"),
    "plans": ("_fivetran_synced", "id", "code", "interval_unit", "interval_length"),
}  # fmt: skip
_TARGETS = {
    "id": "subscription_id", "account_id": "account_id", "plan_id": "plan", "subtotal": "mrr",
    "unit_amount": "amount", "quantity": "quantity", "currency": "currency", "state": "status",
    "activated_at": "start_date", "canceled_at": "cancel_requested_at", "expires_at": "end_date",
    "expiration_reason": "cancel_reason", "auto_renew": "auto_renew",
}  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return float(any(share(headers, wanted) == 1 for wanted in _PARTS.values()))


def _part(raw: Raw) -> str:
    return next(part for part, wanted in _PARTS.items() if share(raw.headers, wanted) == 1)


def convert(job: Job, group: Group) -> FileReading:
    parts = {_part(raw): raw for raw in group.of(NAME)}
    part = _part(job.raw)
    if part == "accounts":
        return _accounts(job)
    for header in job.raw.headers:
        job.note_column(header, _TARGETS.get(header) if part == TABLE else None, 1.0)
    if part == TABLE:
        _subscriptions(job, parts.get("plans"))
    return job.reading(TABLE, NAME)


def _latest(raw: Raw) -> dict[str, list[int]]:
    """The rows of each id, oldest first."""
    updated, synced = texts(raw, "updated_at"), texts(raw, "_fivetran_synced")
    rows: dict[str, list[int]] = defaultdict(list)
    for row, key in enumerate(texts(raw, "id")):
        rows[key].append(row)
    for found in rows.values():
        found.sort(key=lambda row: (updated[row] or "", synced[row] or "", row))
    return rows


def _accounts(job: Job) -> FileReading:
    raw = job.raw
    companies = texts(raw, "company")
    first, last = texts(raw, "account_first_name"), texts(raw, "account_last_name")
    records = []
    for key, rows in _latest(raw).items():
        row = rows[-1]
        person = " ".join(filter(None, (first[row], last[row])))
        records.append({"row": row, "account_id": key, "name": companies[row] or person or None})
        job.informing |= set(rows[:-1])
    targets = {"id": "account_id", "company": "name"}
    for header in raw.headers:
        job.note_column(header, targets.get(header), 1.0)
    job.write_records("accounts", records)
    return job.reading("accounts", NAME)


def _subscriptions(job: Job, plans: Raw | None) -> None:
    raw = job.raw
    columns: dict[str, list[Any]] = {}
    for header, column in (
        ("activated_at", "start_date"), ("canceled_at", "cancel_requested_at"),
        ("expires_at", "end_date"), ("updated_at", "term_start"), ("unit_amount", "amount"),
        ("quantity", "quantity"), ("subtotal", "mrr"), ("trial_ends_at", "trial_end"),
        ("current_period_started_at", "term_start"), ("current_period_ends_at", "term_end"),
    ):  # fmt: skip
        there = find(raw.headers, header)
        columns[header] = (
            job.typed(there, TABLE, column).values.to_pylist() if there else [None] * raw.rows
        )
    months_of = _plan_months(plans)
    states, reasons = texts(raw, "state"), texts(raw, "expiration_reason")
    accounts, plan_ids = texts(raw, "account_id"), texts(raw, "plan_id")
    currencies = texts(raw, "currency")
    plan_names = _plan_names(plans)
    made: list[Line] = []
    for key, every in _latest(raw).items():
        rows = [row for row in every if row not in job.bad]
        history: list[Line] = []
        for position, row in enumerate(rows):
            begun, over = (
                columns["current_period_started_at"][row],
                columns["current_period_ends_at"][row],
            )
            months = months_of.get(plan_ids[row]) or (
                lines.months_between(begun, over) if begun and over else None
            )
            start: date | None = columns["activated_at" if not position else "updated_at"][row]
            if months is None or start is None:
                job.bad[row] = (None, "no_period")
                continue
            amount = columns["subtotal"][row]
            if amount is None:
                unit, count = columns["unit_amount"][row], columns["quantity"][row]
                amount = (unit or Decimal(0)) * (count if count is not None else Decimal(1))
            if history:
                history[-1].end = start
            history.append(
                Line(
                    row, accounts[row], start, columns["expires_at"][row],
                    lines.per_month(amount, months), key,
                    plan_names.get(plan_ids[row], plan_ids[row]), currencies[row],
                    {
                        "status": words.status(states[row] or "") or None,
                        "trial_end": columns["trial_ends_at"][row],
                        "cancel_requested_at": columns["canceled_at"][row],
                        "cancel_reason": reasons[row],
                    },
                )
            )  # fmt: skip
        history = [
            line
            for line in history
            if line.end is None or line.end > line.start or len(history) == 1
        ]
        joined = lines.join(history)
        made += joined
        job.informing |= set(rows) - {line.row for line in joined} - job.bad.keys()
    job.write_records(TABLE, [line.record() for line in made])


def _plan_months(plans: Raw | None) -> dict[str, Fraction]:
    if plans is None:
        return {}
    found = {}
    units, lengths = texts(plans, "interval_unit"), texts(plans, "interval_length")
    for row, key in enumerate(texts(plans, "id")):
        interval = words.interval(units[row] or "")
        months = lines.months_of_interval(*interval) if interval else None
        if months is not None and (lengths[row] or "").isdecimal():
            found[key] = months * int(lengths[row])
    return found


def _plan_names(plans: Raw | None) -> dict[str, str]:
    if plans is None:
        return {}
    return {
        key: name
        for key, name in zip(texts(plans, "id"), texts(plans, "name"), strict=True)
        if name
    }
