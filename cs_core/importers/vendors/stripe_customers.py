"""Stripe's export of customers: names and attributes of the accounts."""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.importers.columns import generic
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, Layout, share

NAME = "stripe_customers"
TABLE = "accounts"

_WANTED = ("id", "Description", "Email", "Name", "Created (UTC)|Created", "Delinquent")
_LAYOUT = Layout(
    "accounts",
    {"account_id": ("id",), "name": ("Name",)},
    ignored=(
        "Description", "Email", "Created (UTC)", "Created", "Card ID", "Card Last4", "Card Brand",
        "Card Funding", "Card Exp Month", "Card Exp Year", "Card Name", "Card Address Line1",
        "Card Address Line2", "Card Address City", "Card Address State", "Card Address Zip",
        "Card Fingerprint", "Card CVC Status", "Card AVS Zip Status", "Card AVS Line1 Status",
        "Card Tokenization Method", "Default Source", "Total Spend", "Payment Count",
        "Average Order", "Refunded Volume", "Dispute Losses", "Account Balance", "Phone",
    ),
)  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return share(headers, _WANTED)


def convert(job: Job, group: Group) -> FileReading:
    return generic.finish(job, _LAYOUT.draft(job, " (metadata)"), NAME)
