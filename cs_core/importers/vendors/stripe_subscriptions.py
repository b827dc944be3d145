"""Stripe's export of subscriptions: today's state of each, one row a subscription.

`Canceled At` is when the customer asked, `Ended At` when service ended. A subscription that is
past due becomes two lines, the second starting with the unpaid period. Subscriptions that were
never completed never started and are set aside. Where invoices of the same import tell a
subscription's history, its row only adds its end and its reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.importers.cells import money
from cs_core.importers.columns import departures, generic
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, Layout, find, share, texts

NAME = "stripe_subscriptions"
TABLE = "subscriptions"

_WANTED = (
    "id",
    "Customer ID|Customer",
    "Plan|Plan ID|Price ID",
    "Quantity",
    "Status",
    "Interval|Plan Interval",
    "Amount|Plan Amount",
    "Canceled At (UTC)|Canceled At",
    "Ended At (UTC)|Ended At",
    "Current Period End (UTC)|Current Period End",
)
_PERIOD_START = ("Current Period Start (UTC)", "Current Period Start")
_LAYOUT = Layout(
    "subscriptions",
    {
        "subscription_id": ("id",),
        "account_id": ("Customer ID", "Customer"),
        "plan": ("Plan", "Plan ID", "Plan Name", "Price ID"),
        "quantity": ("Quantity",),
        "interval": ("Interval", "Plan Interval"),
        "interval_count": ("Interval Count", "Plan Interval Count"),
        "amount": ("Amount", "Plan Amount"),
        "currency": ("Currency", "Plan Currency"),
        "status": ("Status",),
        "cancel_reason": ("Cancellation Reason",),
        "start_date": (
            "Start Date (UTC)", "Start Date", "Created (UTC)", "Created", "Start (UTC)", "Start",
        ),
        "trial_end": ("Trial End (UTC)", "Trial End"),
        "cancel_requested_at": ("Canceled At (UTC)", "Canceled At"),
        "end_date": ("Ended At (UTC)", "Ended At"),
        "auto_renew": ("Cancel At Period End",),
    },
    name=("Customer Name",),
    ignored=(
        "Customer Email", "Customer Description", "Description", "Created (UTC)", "Created",
        "Start (UTC)", "Start", *_PERIOD_START, "Current Period End (UTC)", "Current Period End",
        "Trial Start (UTC)", "Trial Start", "Application Fee %", "Tax %", "Coupon",
    ),
)  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return share(headers, _WANTED, ("Amount|Plan Amount", "Interval|Plan Interval", "Status"))


def convert(job: Job, group: Group) -> FileReading:
    made = _LAYOUT.draft(job, " (metadata)")
    headers = job.raw.headers
    money.to_major(job, made.columns, find(headers, "Amount", "Plan Amount") or "")
    if "auto_renew" in made.columns:  # The column says the opposite: it will be cancelled.
        import pyarrow.compute as pc

        made.columns["auto_renew"] = pc.invert(made.columns["auto_renew"])
    _past_due(job, made)
    for row, status in enumerate(made.columns["status"].to_pylist()):
        if status == "incomplete":
            job.bad.setdefault(row, (find(headers, "Status"), "never_started"))
    invoiced = {key for raw in group.of("stripe_invoices") for key in texts(raw, "Subscription")}
    job.informing |= {row for row, key in enumerate(texts(job.raw, "id")) if key in invoiced}
    return generic.finish(job, made, NAME)


def _past_due(job: Job, made: generic.Draft) -> None:
    """A past-due line starts when it became due: with the current, unpaid period."""
    header = find(job.raw.headers, *_PERIOD_START)
    if header is None:
        return
    departures.past_due(
        job, made, job.typed(header, "subscriptions", "term_start").values.to_pylist()
    )
