"""ChartMogul's files: customers, plans, invoices, line items and subscription events.

Amounts are in minor units. A line item's MRR is its amount before tax over its service period;
a prorated one keeps the full period's price, which is what its short period costs by the day. A
prorated credit ends what the subscription had before. Subscription events make the lines where
there are no line items; else only their cancellations count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cs_core.importers.cells import dates, money, words
from cs_core.importers.columns import generic, lines
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.lines import Line
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, Layout, find, share, texts

NAME = "chartmogul"
TABLE = "subscriptions"

_PARTS = {
    "customers": ("Name", "Email", "Company", "Country", "External ID", "Lead created at"),
    "plans": ("Name", "Interval count", "Interval unit"),
    "invoices": ("Customer external ID", "Invoice external ID", "Invoiced date", "Currency"),
    "line_items": (
        "Invoice external ID", "Subscription external ID", "Type", "Amount in cents",
        "Service period start", "Service period end",
    ),
    "events": (
        "Subscription external ID", "Customer external ID", "Event Type", "Effective Date",
        "Amount in Cents",
    ),
}  # fmt: skip
_CUSTOMERS = Layout(
    "accounts",
    {"account_id": ("External ID", "Customer ID"), "name": ("Company", "Name")},
    ignored=("Name", "Email", "Zip", "Lead created at", "Free trial started at"),
)
_TARGETS = {
    "Subscription external ID": "subscription_id", "Customer external ID": "account_id",
    "Amount in cents": "mrr", "Amount in Cents": "mrr", "Plan": "plan", "Currency": "currency",
    "Service period start": "start_date", "Service period end": "end_date",
    "Effective Date": "start_date", "Plan external ID": "plan",
}  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return float(any(share(headers, wanted) == 1 for wanted in _PARTS.values()))


def _part(raw: Raw) -> str:
    return next(part for part in reversed(_PARTS) if share(raw.headers, _PARTS[part]) == 1)


def convert(job: Job, group: Group) -> FileReading:
    parts = {_part(raw): raw for raw in group.of(NAME)}
    part = _part(job.raw)
    if part == "customers":
        made = _CUSTOMERS.draft(job)
        _names(job, made)
        return generic.finish(job, made, NAME)
    for header in job.raw.headers:
        job.note_column(header, _TARGETS.get(header), 1.0)
    if part == "line_items":
        _line_items(job, parts)
    elif part == "events" and "line_items" not in parts:
        _events(job, parts)
    return job.reading(TABLE, NAME)


def _names(job: Job, made: generic.Draft) -> None:
    """People without a company go by their own name."""
    import pyarrow.compute as pc

    own = find(job.raw.headers, "Name")
    if own and "name" in made.columns:
        made.columns["name"] = pc.coalesce(made.columns["name"], job.raw.column(own))


def _day(text: str | None, order: str | None) -> date | None:
    return dates.choose(dates.readings(text or ""), order)


def _plan_months(plans: Raw | None) -> dict[str, Fraction]:
    """Months of each plan's billing interval, by its id and by its name."""
    found: dict[str, Fraction] = {}
    if plans is None:
        return found
    units, counts = texts(plans, "Interval unit"), texts(plans, "Interval count")
    for row, unit in enumerate(units):
        interval = words.interval(unit or "")
        count = Fraction(counts[row] or 1) if (counts[row] or "1").isdecimal() else None
        months = lines.months_of_interval(*interval) if interval else None
        if months is None or not count:
            continue
        for wanted in ("Name", "Plan ID", "External ID", "Plan external ID"):
            if key := texts(plans, wanted)[row]:
                found[key] = months * count
    return found


def _line_items(job: Job, parts: dict[str, Raw]) -> None:
    order = job.options.date_order
    raw = job.raw
    invoices = _invoices(parts.get("invoices"), order)
    months_of = _plan_months(parts.get("plans"))
    amounts = _amounts(job)
    starts = job.typed(find(raw.headers, "Service period start") or "", TABLE, "start_date")
    ends = job.typed(find(raw.headers, "Service period end") or "", TABLE, "end_date")
    prorated = [words.flag(text or "") or False for text in texts(raw, "Proration", "Prorated")]
    keys, plans = texts(raw, "Subscription external ID"), texts(raw, "Plan", "Plan external ID")
    invoice_of = texts(raw, "Invoice external ID")
    own_currency = texts(raw, "Currency")
    found: dict[str, list[Line]] = defaultdict(list)
    credits: dict[str, list[tuple[date, str | None]]] = defaultdict(list)
    for row, kind in enumerate(texts(raw, "Type")):
        start, end = starts.values[row].as_py(), ends.values[row].as_py()
        invoice = invoices.get(invoice_of[row])
        reason = (
            "one_off" if (kind or "").lower() != "subscription"
            else "unknown_invoice" if invoice is None
            else "no_period" if start is None or end is None or end <= start
            else None
        )  # fmt: skip
        if reason is not None:
            job.bad.setdefault(row, (find(raw.headers, "Type"), reason))
        if row in job.bad or invoice is None:
            continue
        amount = amounts[row]
        if amount < 0 and prorated[row]:
            credits[keys[row]].append((start, plans[row]))
            continue
        currency = invoice["currency"] or own_currency[row]
        amount = money.from_minor(amount, currency)
        plan_months = months_of.get(plans[row] or "")
        whole = None if prorated[row] else plan_months
        months = whole or _months(start, end, prorated[row])
        mrr = lines.per_month(amount, months)
        found[keys[row]].append(
            Line(row, invoice["customer"], start, end, mrr, keys[row], plans[row], currency)
        )
    cancelled = _cancellations(parts.get("events"), order)
    last = max((i["day"] for i in invoices.values() if i["day"]), default=date.max)
    made: list[Line] = []
    for key, items in found.items():
        for day, plan in sorted(credits.get(key, []), key=lambda item: item[0]):
            items = _credited(items, day, plan)
        items = lines.join(items)
        lines.open_after(items, last)
        if key in cancelled:
            items = lines.end_at(items, cancelled[key])
        made += items
    job.write_records(TABLE, [line.record() for line in made])


def _months(start: date, end: date, prorated: bool) -> Fraction:
    """Months of a service period; a prorated one counts by the day of its month."""
    if not prorated:
        found = lines.months_between(start, end)
        assert found is not None  # the caller has seen that end is after start
        return found
    return Fraction((end - start).days, (lines.add_months(start, 1) - start).days)


def _credited(items: list[Line], day: date, plan: str | None) -> list[Line]:
    """What ran before a credit's first day ends on it; what starts there or later stays."""
    kept = []
    for line in items:
        same = plan is None or line.plan == plan
        if same and line.start < day and line.end is not None and line.end > day:
            line.end = day
        kept.append(line)
    return kept


def _amounts(job: Job) -> list[Decimal]:
    """Minor units before tax."""
    header = find(job.raw.headers, "Amount in cents") or ""
    amounts = job.typed(header, TABLE, "amount").values.to_pylist()
    tax = find(job.raw.headers, "Tax amount in cents", "Tax amount")
    taxes = job.typed(tax, TABLE, "amount").values.to_pylist() if tax else [None] * len(amounts)
    return [(a or Decimal(0)) - (t or Decimal(0)) for a, t in zip(amounts, taxes, strict=True)]


def _invoices(raw: Raw | None, order: str | None) -> dict[str, dict[str, Any]]:
    if raw is None:
        return {}
    customers, currencies = texts(raw, "Customer external ID"), texts(raw, "Currency")
    days = texts(raw, "Invoiced date")
    return {
        key: {
            "customer": customers[row],
            "currency": words.currency(currencies[row] or "") or None,
            "day": _day(days[row], order),
        }
        for row, key in enumerate(texts(raw, "Invoice external ID"))
    }


def _cancellations(raw: Raw | None, order: str | None) -> dict[str, date]:
    """The last cancellation of each subscription that was not taken back."""
    found: dict[str, date] = {}
    if raw is None:
        return found
    for event in _sorted_events(raw, order):
        if event["type"] in ("subscription_cancelled", "subscription_canceled") and event["day"]:
            found[event["key"]] = event["day"]
        elif event["type"] in ("subscription_start", "cancellation_retracted"):
            found.pop(event["key"], None)
    return found


def _sorted_events(raw: Raw, order: str | None) -> list[dict[str, Any]]:
    effective = texts(raw, "Effective Date", "Date")
    keys, kinds = texts(raw, "Subscription external ID"), texts(raw, "Event Type")
    events = [
        {
            "row": row,
            "key": keys[row],
            "type": (kind or "").strip().lower().replace(" ", "_"),
            "day": _day(effective[row], order),
        }
        for row, kind in enumerate(kinds)
    ]
    return sorted(events, key=lambda event: (event["day"] or date.max, event["row"]))


_STARTS = ("subscription_start", "subscription_updated", "subscription_reactivated")
_ENDS = ("subscription_cancelled", "subscription_canceled")


def _events(job: Job, parts: dict[str, Raw]) -> None:
    """Lines from events alone: a start or update opens one, the next event closes it. Events
    that only schedule or retract leave the lines as they are."""
    raw = job.raw
    order = job.options.date_order
    job.typed(find(raw.headers, "Effective Date") or "", TABLE, "start_date")
    months_of = _plan_months(parts.get("plans"))
    amounts = _amounts(job)
    customers = texts(raw, "Customer external ID")
    plans = texts(raw, "Plan external ID", "Plan")
    currencies = texts(raw, "Currency")
    header = find(raw.headers, "Plan external ID", "Plan")
    running: dict[str, Line] = {}
    made: list[Line] = []
    for event in _sorted_events(raw, order):
        row, key, day = event["row"], event["key"], event["day"]
        if row in job.bad or day is None:
            continue
        job.informing.add(row)
        if event["type"] in (*_STARTS, *_ENDS) and key in running:
            running.pop(key).end = day
        if event["type"] in _STARTS:
            months = months_of.get(plans[row] or "")
            if months is None:
                job.bad.setdefault(row, (header, "unknown_plan"))
                continue
            currency = words.currency(currencies[row] or "") or None
            mrr = lines.per_month(money.from_minor(amounts[row], currency), months)
            running[key] = Line(row, customers[row], day, None, mrr, key, plans[row], currency)
            made.append(running[key])
    job.write_records(TABLE, [line.record() for line in made])
