"""Zendesk's export of tickets. The account is the organization: by its own id where the export
has one, else by its name among the accounts of the same import."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cs_core.importers.cells import typed as typing_
from cs_core.importers.columns import generic, headers
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import FileReading, Note
from cs_core.importers.vendors import Group, Layout, find, share

NAME = "zendesk_tickets"
TABLE = "tickets"

_WANTED = ("Id", "Requester", "Organization|Requester external id", "Status", "Priority",
           "Created at", "Solved at")  # fmt: skip
_LAYOUT = Layout(
    "tickets",
    {
        "account_id": (
            "Organization external id", "Organization id", "Requester external id",
            "Organization", "Requester domain", "Requester email", "Requester",
        ),
        "opened_at": ("Created at",),
        "closed_at": ("Solved at",),
        "priority": ("Priority",),
    },
)  # fmt: skip
_SCORES = {"good": Decimal(1), "bad": Decimal(0)}


def recognise(found: Sequence[str]) -> float:
    return share(found, _WANTED)


def convert(job: Job, group: Group) -> FileReading:
    made = _LAYOUT.draft(job)
    score = find(job.raw.headers, "Satisfaction Score", "Satisfaction rating")
    if score:  # Words, not a scale: good is 1, bad is 0, offered and not given is empty.
        words = [(text or "").strip().casefold() for text in job.raw.column(score).to_pylist()]
        made.columns["satisfaction"] = typing_.amounts([_SCORES.get(word) for word in words])
    _by_name(job, made, group)
    return generic.finish(job, made, NAME)


def _by_name(job: Job, made: generic.Draft, group: Group) -> None:
    """Names of organizations become the ids they have in the files of accounts."""
    ids: dict[str, set[str]] = {}
    for raw, _ in group.members:
        best = {
            role: max(raw.headers, key=lambda h: headers.confidence(h, "accounts", role))
            for role in ("account_id", "name")
        }
        sure = all(headers.confidence(h, "accounts", role) >= 0.7 for role, h in best.items())
        if raw is job.raw or not sure:
            continue
        pairs = zip(
            raw.column(best["account_id"]).to_pylist(),
            raw.column(best["name"]).to_pylist(),
            strict=True,
        )
        for account, name in pairs:
            if account and name:
                ids.setdefault(name.strip().casefold(), set()).add(account)
    changes: dict[int, object] = {}
    for row, account in enumerate(made.columns["account_id"].to_pylist()):
        found = ids.get((account or "").strip().casefold(), set())
        if len(found) == 1:
            changes[row] = next(iter(found))
    if changes:
        made.put("account_id", changes)
        job.notes.append(Note("account_by_name", "note", None, len(changes)))
