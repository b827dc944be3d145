"""One row per customer with how many months it stayed and whether it left: no dates."""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.importers.columns import generic, tenures
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.proposal import Proposal
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, find, share

NAME = "tenure"
TABLE = "tenures"

_WANTED = ("customerID|customer_id|account_id", "tenure|tenure_months", "Churn|churned")
_COLUMNS = {
    "account_id": ("customerID", "account_id"),
    "tenure_months": ("tenure", "tenure_months", "tenure in months"),
    "churned": ("Churn", "churned"),
    "mrr": ("MonthlyCharges", "mrr", "monthly fee"),
}
# What a customer paid in all tells how long it stayed; it splits nothing.
_IGNORED = ("TotalCharges",)


def recognise(headers: Sequence[str]) -> float:
    return share(headers, _WANTED) if find(headers, "tenure", "tenure_months") else 0.0


def convert(job: Job, group: Group) -> FileReading:
    headers = job.raw.headers
    columns = {
        column: (header, 1.0)
        for column, wanted in _COLUMNS.items()
        if (header := find(headers, *wanted)) is not None
    }
    used = {header for header, _ in columns.values()}
    proposal = Proposal("tenures", columns)
    proposal.segments = {header: header for header in headers if header not in used}
    ignored = {h for h in (find(headers, wanted) for wanted in _IGNORED) if h}
    made = generic.draft(job, proposal, ignored)
    usual = "month" if find(headers, "MonthlyCharges") else None
    tenures.settle(job, made, columns["tenure_months"][0], usual)
    return generic.finish(job, made, NAME)
