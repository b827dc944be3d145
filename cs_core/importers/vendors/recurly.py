"""Recurly's export of subscriptions. `canceled_at` is the request, `expires_at` the end.

The export names no billing interval: it is taken from the current period where that is there,
else from the plan's code, else a month, and the person is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cs_core.importers.cells import typed as typing_
from cs_core.importers.cells import words
from cs_core.importers.columns import generic, lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading, Note
from cs_core.importers.vendors import Group, Layout, find, share, texts

NAME = "recurly"
TABLE = "subscriptions"

_WANTED = (
    "uuid", "account_code", "plan_code", "state", "quantity", "unit_amount", "activated_at",
    "canceled_at", "expires_at",
)  # fmt: skip
_LAYOUT = Layout(
    "subscriptions",
    {
        "subscription_id": ("uuid",),
        "account_id": ("account_code",),
        "plan": ("plan_code",),
        "status": ("state",),
        "quantity": ("quantity",),
        "amount": ("unit_amount",),
        "currency": ("currency",),
        "interval": ("plan_interval", "interval_unit"),
        "interval_count": ("interval_length", "plan_interval_length"),
        "start_date": ("activated_at",),
        "trial_end": ("trial_ends_at",),
        "cancel_requested_at": ("canceled_at",),
        "end_date": ("expires_at",),
    },
    name=("company", "company_name"),
    ignored=(
        "email", "modified_at", "created_at", "updated_at", "plan_name", "trial_started_at",
        "current_period_started_at", "current_period_ends_at", "first_name", "last_name",
    ),
)  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return share(headers, _WANTED, ("account_code", "unit_amount", "activated_at"))


def convert(job: Job, group: Group) -> FileReading:
    made = _LAYOUT.draft(job)
    if "interval" not in made.columns:
        _intervals(job, made)
    return generic.finish(job, made, NAME)


def _days(job: Job, wanted: str, column: str) -> list[date | None]:
    header = find(job.raw.headers, wanted)
    if header is None:
        return [None] * job.raw.rows
    found: list[date | None] = job.typed(header, TABLE, column).values.to_pylist()
    return found


def _intervals(job: Job, made: generic.Draft) -> None:
    import pyarrow as pa

    begun = _days(job, "current_period_started_at", "start_date")
    over = _days(job, "current_period_ends_at", "end_date")
    units, counts, assumed = [], [], []
    for row, code in enumerate(texts(job.raw, "plan_code")):
        unit, count = None, Fraction(1)
        start, end = begun[row], over[row]
        months = lines.months_between(start, end) if start and end else None
        if months is not None and months.denominator == 1:
            unit, count = "month", months
        for word in re.split(r"[\W_]+", code or "") if unit is None else ():
            found = words.interval(word) if len(word) > 1 else None
            unit, count = (found[0], Fraction(found[1])) if found else (unit, count)
        if unit is None:
            assumed.append((job.raw.lines[row].as_py(), code or ""))
        units.append(unit or "month")
        counts.append(Decimal(int(count)))
    made.columns["interval"] = pa.array(units, pa.string())
    made.columns["interval_count"] = typing_.amounts([*counts])
    if assumed:
        job.notes.append(Note("interval_assumed", "warning", None, len(assumed), assumed[:3]))
