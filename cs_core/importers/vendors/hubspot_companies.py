"""HubSpot's export of companies: attributes of the accounts."""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.importers.columns import generic
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading
from cs_core.importers.vendors import Group, Layout, share

NAME = "hubspot_companies"
TABLE = "accounts"

_WANTED = ("Record ID", "Company name", "Company owner", "Create Date")
_LAYOUT = Layout(
    "accounts",
    {"account_id": ("Customer ID", "External ID", "Record ID"), "name": ("Company name",)},
    ignored=(
        "Create Date", "Phone Number", "Last Activity Date", "Company Domain Name", "Website URL",
        "Street Address", "Postal Code", "Record ID", "Description", "About us",
    ),
)  # fmt: skip


def recognise(headers: Sequence[str]) -> float:
    return share(headers, _WANTED)


def convert(job: Job, group: Group) -> FileReading:
    return generic.finish(job, _LAYOUT.draft(job), NAME)
