"""Salesforce's accounts, from a report or the data loader: attributes of the accounts."""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.importers.columns import generic
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, Layout, share

NAME = "salesforce_accounts"
TABLE = "accounts"

_REPORT = ("Account ID", "Account Name", "Account Owner", "Type|Industry|Billing Country")
_LOADER = ("Id", "Name", "OwnerId", "BillingCountry|Industry|Type", "IsDeleted|CreatedDate")
_LAYOUT = Layout(
    "accounts",
    {
        "account_id": ("Customer ID", "External ID", "Account Number", "Account ID", "Id"),
        "name": ("Account Name", "Name"),
    },
    ignored=(
        "Account ID", "Id", "Phone", "Fax", "Website", "Description", "CreatedDate", "Created Date",
        "LastModifiedDate", "Last Modified Date", "Last Activity", "SystemModstamp", "IsDeleted",
        "BillingStreet", "Billing Street", "BillingPostalCode", "Billing Zip/Postal Code",
        "PhotoUrl", "MasterRecordId",
    ),
)  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return max(share(headers, _REPORT), share(headers, _LOADER))


def convert(job: Job, group: Group) -> FileReading:
    return generic.finish(job, _LAYOUT.draft(job), NAME)
