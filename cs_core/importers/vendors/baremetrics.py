"""Baremetrics' import template: one row a subscription, amounts in minor units."""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.importers.cells import money
from cs_core.importers.columns import generic
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, Layout, find, share

NAME = "baremetrics"
TABLE = "subscriptions"

_WANTED = (
    "plan_oid", "plan_amount", "plan_interval", "customer_oid", "subscription_oid",
    "subscription_started_at", "subscription_canceled_at",
)  # fmt: skip
_LAYOUT = Layout(
    "subscriptions",
    {
        "subscription_id": ("subscription_oid",),
        "account_id": ("customer_oid",),
        "plan": ("plan_name", "plan_oid"),
        "currency": ("plan_currency",),
        "amount": ("plan_amount",),
        "interval": ("plan_interval",),
        "interval_count": ("plan_interval_count",),
        "quantity": ("subscription_quantity",),
        "start_date": ("subscription_started_at",),
        "end_date": ("subscription_canceled_at",),
    },
    name=("customer_name",),
    ignored=("plan_oid", "customer_email", "customer_notes", "customer_created_at"),
)


def recognise(headers: Sequence[str]) -> float:
    return share(
        headers,
        _WANTED,
        ("customer_oid", "plan_amount", "plan_interval", "subscription_started_at"),
    )


def convert(job: Job, group: Group) -> FileReading:
    made = _LAYOUT.draft(job)
    header = find(job.raw.headers, "plan_amount") or ""
    money.to_major(job, made.columns, header, always=True)
    return generic.finish(job, made, NAME)
