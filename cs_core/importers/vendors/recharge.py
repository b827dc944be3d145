"""Recharge as Fivetran lands it: subscriptions, their history, and customers.

Price times quantity is charged every `charge_interval_frequency` units. Where the history of a
subscription is in the same import, its row in the plain table adds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from cs_core.importers.columns import generic
from cs_core.importers.columns.job import Job
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, Layout, find, share, texts

NAME = "recharge"
TABLE = "subscriptions"

_SUBSCRIPTION = (
    "customer_id", "created_at", "cancelled_at", "price", "quantity", "status",
    "order_interval_unit", "charge_interval_frequency",
)  # fmt: skip
_CUSTOMER = ("id", "hash", "first_name", "last_name", "first_charge_processed_at")
_LAYOUT = Layout(
    "subscriptions",
    {
        "subscription_id": ("subscription_id", "id"),
        "account_id": ("customer_id",),
        "plan": ("product_title",),
        "amount": ("price",),
        "quantity": ("quantity",),
        "interval": ("order_interval_unit",),
        "interval_count": ("charge_interval_frequency",),
        "status": ("status",),
        "start_date": ("created_at",),
        "end_date": ("cancelled_at",),
        "cancel_reason": ("cancellation_reason",),
    },
    ignored=(
        "address_id", "next_charge_scheduled_at", "cancellation_reason_comments", "updated_at",
        "external_product_id_ecommerce", "external_variant_id_ecommerce", "order_day_of_week",
        "order_day_of_month", "expire_after_specific_number_of_charges", "_fivetran_deleted",
        "_fivetran_synced", "order_interval_frequency",
    ),
)  # fmt: skip
_CUSTOMERS = Layout(
    "accounts",
    {"account_id": ("id",)},
    ignored=(
        "hash", "external_customer_id_ecommerce", "email", "created_at", "updated_at",
        "first_charge_processed_at", "first_name", "last_name", "_fivetran_deleted",
        "_fivetran_synced", "subscriptions_active_count", "subscriptions_total_count",
    ),
)  # fmt: skip

_ADDRESS = ("customer_id", "address_1", "city", "province", "country_code", "zip", "company")
_ADDRESSES = Layout(
    "accounts",
    {"account_id": ("customer_id",), "name": ("company",)},
    ignored=(
        "id", "first_name", "last_name", "address_1", "address_2", "zip", "phone", "created_at",
        "updated_at", "_fivetran_deleted", "_fivetran_synced",
    ),
)  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    parts = (_SUBSCRIPTION, _CUSTOMER, _ADDRESS)
    return float(any(share(headers, part) == 1 for part in parts))


def convert(job: Job, group: Group) -> FileReading:
    if share(job.raw.headers, _ADDRESS) == 1:
        return generic.finish(job, _ADDRESSES.draft(job), NAME)
    if share(job.raw.headers, _CUSTOMER) == 1:
        return _customers(job)
    made = _LAYOUT.draft(job)
    histories = [raw for raw in group.of(NAME) if find(raw.headers, "subscription_id")]
    if job.raw in histories:
        _history(job, made)
    else:
        told = {key for raw in histories for key in texts(raw, "subscription_id")}
        job.informing |= {row for row, key in enumerate(texts(job.raw, "id")) if key in told}
    return generic.finish(job, made, NAME)


def _customers(job: Job) -> FileReading:
    import pyarrow as pa

    made = _CUSTOMERS.draft(job)
    first, last = texts(job.raw, "first_name"), texts(job.raw, "last_name")
    names = [" ".join(filter(None, pair)) or None for pair in zip(first, last, strict=True)]
    made.columns["name"] = pa.array(names, pa.string())
    return generic.finish(job, made, NAME)


def _history(job: Job, made: generic.Draft) -> None:
    """A state lasts until the subscription's next row; the first began with the subscription."""
    header = find(job.raw.headers, "updated_at") or ""
    updated = job.typed(header, TABLE, "term_start").values.to_pylist()
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, key in enumerate(texts(job.raw, "subscription_id")):
        if row not in job.bad:
            rows_of[key].append(row)
    starts, ends = {}, {}
    for rows in rows_of.values():
        rows.sort(key=lambda row: (_instant(job.raw, row), row))
        for row, following in pairwise(rows):
            ends[row] = starts[following] = updated[following]
    made.put("start_date", starts)
    made.put("end_date", ends)
    # A state that did not last a day is no line.
    begun, over = (made.columns[name].to_pylist() for name in ("start_date", "end_date"))
    job.informing |= {row for row in ends if over[row] is not None and begun[row] == over[row]}


def _instant(raw: Raw, row: int) -> str:
    header = find(raw.headers, "updated_at")
    return (raw.column(header)[row].as_py() or "") if header else ""
