"""Stripe's export of invoices: the history of what each subscription was billed.

An invoice's service period is that of its line items. Where the export does not tell it, it is the
invoice's own period where that starts on the invoice's date, else it
starts on that date and lasts as long as the period before, or until the subscription's next
invoice. MRR is the subtotal less discounts, before tax. Drafts and voided invoices and those
without a subscription are set aside. One whose service lies within another's (a seat added in
between, prorated) adds to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cs_core.importers.cells import dates, money
from cs_core.importers.columns import lines
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.lines import Line
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, find, share, texts

NAME = "stripe_invoices"
TABLE = "subscriptions"

_WANTED = (
    "id",
    "Customer|Customer ID",
    "Subscription",
    "Status",
    "Currency",
    "Subtotal",
    "Total",
    "Period Start (UTC)|Period Start",
    "Period End (UTC)|Period End",
)
_UNBILLED = ("draft", "void", "voided", "deleted")


def recognise(headers: Sequence[str]) -> float:
    return share(headers, _WANTED, ("Subtotal", "Subscription", "Currency", "Status"))


def convert(job: Job, group: Group) -> FileReading:
    raw = job.raw
    subtotal = find(raw.headers, "Subtotal") or ""
    values = {
        "currency": job.typed(find(raw.headers, "Currency") or "", TABLE, "currency").values,
        "amount": job.typed(subtotal, TABLE, "amount").values,
    }
    money.to_major(job, values, subtotal)
    amounts = values["amount"].to_pylist()
    currencies = values["currency"].to_pylist()
    discounts = _optional(job, "amount", "Total Discount Amount", "Discount Amount")
    billed = _optional(job, "start_date", "Date (UTC)", "Date", "Created (UTC)", "Created")
    starts = _optional(job, "start_date", "Period Start (UTC)", "Period Start")
    ends = _optional(job, "end_date", "Period End (UTC)", "Period End")
    first_days = _optional(
        job, "start_date", "Minimum Line Item Period Start (UTC)", "Minimum Line Item Period Start"
    )
    last_days = _optional(
        job, "end_date", "Maximum Line Item Period End (UTC)", "Maximum Line Item Period End"
    )
    subscriptions = texts(raw, "Subscription")
    _set_aside(job, subscriptions)
    by_subscription: dict[str, list[int]] = defaultdict(list)
    for row in job.kept().to_pylist():
        by_subscription[subscriptions[row]].append(row)
    customers = texts(raw, "Customer", "Customer ID")
    plans = texts(raw, "Plan", "Product", "Description") if find(raw.headers, "Plan") else None
    known = _known(group, job.options.date_order)
    last = max((day for day in billed if day is not None), default=date.max)
    made: list[Line] = []
    for key, rows in by_subscription.items():
        rows.sort(key=lambda row: (billed[row] or starts[row] or date.min, row))
        told = known.get(key)
        found: list[Line] = []
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            after = billed[following] if following is not None else None
            period = _items(first_days[row], last_days[row]) or _period(
                billed[row], starts[row], ends[row], after, told
            )
            months = lines.months_between(*period) if period else None
            if period is None or months is None:
                job.bad.setdefault(row, (None, "no_period"))
                continue
            net = (amounts[row] or Decimal(0)) - (discounts[row] or Decimal(0))
            plan = plans[row] if plans else told["plan"] if told else None
            mrr = lines.per_month(net, months)
            found.append(Line(row, customers[row], *period, mrr, key, plan, currencies[row]))
        made += _told_end(lines.join(found), told, last)
    for header in raw.headers:
        job.note_column(header, _TARGETS.get(header.removesuffix(" (UTC)")), 1.0)
    job.write_records(TABLE, [line.record() for line in made])
    reading = job.reading(TABLE, NAME)
    reading.begins = min((line.start for line in made), default=None)
    return reading


_TARGETS = {
    "Customer": "account_id", "Customer ID": "account_id", "Subscription": "subscription_id",
    "Subtotal": "mrr", "Currency": "currency", "Period Start": "start_date",
    "Period End": "end_date", "Plan": "plan",
}  # fmt: skip


def _optional(job: Job, column: str, *wanted: str) -> list[Any]:
    header = find(job.raw.headers, *wanted)
    if header is None:
        return [None] * job.raw.rows
    found: list[Any] = job.typed(header, TABLE, column).values.to_pylist()
    return found


def _set_aside(job: Job, subscriptions: list[str | None]) -> None:
    status = find(job.raw.headers, "Status")
    for row, state in enumerate(texts(job.raw, "Status")):
        if (state or "").lower() in _UNBILLED:
            job.bad.setdefault(row, (status, "not_billed"))
        elif not subscriptions[row]:
            job.bad.setdefault(row, (find(job.raw.headers, "Subscription"), "one_off"))


def _items(start: date | None, end: date | None) -> tuple[date, date] | None:
    """The service period that the lines of an invoice are for, where the export tells it."""
    if start is None or end is None or end - start <= timedelta(days=1):
        return None
    return start, end


def _period(
    billed: date | None,
    start: date | None,
    end: date | None,
    after: date | None,
    told: dict[str, Any] | None,
) -> tuple[date, date] | None:
    """The service period an invoice pays for; None when nothing tells how long it is."""
    day = timedelta(days=1)
    if start is not None and end is not None and end - start > day:
        if billed is None or abs(billed - start) <= day:
            return start, end
        months = lines.months_between(start, end)  # The period just past; the next is as long.
        if billed is not None and months is not None:
            whole = months.denominator == 1
            following = lines.add_months(billed, int(months)) if whole else billed + (end - start)
            return billed, following
    first = billed or start
    if first is None:
        return None
    if told is not None and told["months"] is not None:
        return first, lines.add_months(first, told["months"])
    return (first, after) if after is not None and after > first else None


def _known(group: Group, order: str | None) -> dict[str, dict[str, Any]]:
    """What the subscriptions export of the same import says of each subscription."""
    found: dict[str, dict[str, Any]] = {}
    for raw in group.of("stripe_subscriptions"):
        for row, key in enumerate(texts(raw, "id")):
            found[key] = _state(raw, row, order)
    return found


def _state(raw: Raw, row: int, order: str | None) -> dict[str, Any]:
    from cs_core.importers.cells import words

    def cell(*wanted: str) -> str:
        header = find(raw.headers, *wanted)
        return (raw.column(header)[row].as_py() or "") if header else ""

    def day(*wanted: str) -> date | None:
        return dates.choose(dates.readings(cell(*wanted)), order)

    interval = words.interval(cell("Interval", "Plan Interval"))
    count = cell("Interval Count", "Plan Interval Count") or "1"
    months = lines.months_of_interval(*interval) if interval else None
    whole = months is not None and (months * int(count)).denominator == 1
    return {
        "months": int(months * int(count)) if months is not None and whole else None,
        "plan": cell("Plan", "Plan ID") or None,
        "status": words.status(cell("Status")),
        "ended": day("Ended At (UTC)", "Ended At"),
        "cancel_requested_at": day("Canceled At (UTC)", "Canceled At"),
        "cancel_reason": cell("Cancellation Reason") or None,
    }


def _told_end(found: list[Line], told: dict[str, Any] | None, last: date) -> list[Line]:
    """The subscription's own end where it is known; else what is paid beyond the last invoice
    of the file is still running."""
    if told is None or not found:
        lines.open_after(found, last)
        return found
    final = max(found, key=lambda line: line.start)
    final.end = told["ended"]
    if told["ended"] is not None:
        found = lines.end_at(found, told["ended"])
    for line in found:
        line.extra["cancel_requested_at"] = told["cancel_requested_at"]
        line.extra["cancel_reason"] = told["cancel_reason"]
    return found
