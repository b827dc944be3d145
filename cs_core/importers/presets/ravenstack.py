"""RavenStack's five tables: accounts, subscriptions, churn events, feature usage and tickets.

The five disagree with one another. The subscriptions' dates are taken as the truth; what the
churn flags and churn events say otherwise is reported, and events lend their reasons to the
subscriptions that ended nearest to them. Usage is joined to accounts through subscriptions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from cs_core.importers import dates, generic, words
from cs_core.importers.job import Job
from cs_core.importers.presets import Group, find, share
from cs_core.importers.propose import Proposal
from cs_core.importers.raw import Raw
from cs_core.importers.reading import FileReading, Note

NAME = "ravenstack"
TABLE = "subscriptions"

# An event this many days from the end of a subscription is taken to be about it.
NEAR_DAYS = 31

_PARTS = {
    "accounts": ("account_id", "account_name", "signup_date", "referral_source", "churn_flag"),
    "subscriptions": ("subscription_id", "account_id", "mrr_amount", "arr_amount", "churn_flag"),
    "churn_events": ("churn_event_id", "account_id", "churn_date", "reason_code"),
    "feature_usage": ("usage_id", "subscription_id", "usage_date", "feature_name", "usage_count"),
    "support_tickets": ("ticket_id", "account_id", "submitted_at", "satisfaction_score"),
}
_COLUMNS = {
    "accounts": {"account_id": "account_id"},
    "subscriptions": {
        "subscription_id": "subscription_id",
        "account_id": "account_id",
        "start_date": "start_date",
        "end_date": "end_date",
        "plan_tier": "plan",
        "seats": "quantity",
        "mrr_amount": "mrr",
        "billing_frequency": "interval",
        "auto_renew_flag": "auto_renew",
    },
    "feature_usage": {"usage_date": "date", "feature_name": "metric", "usage_count": "value"},
    "support_tickets": {
        "account_id": "account_id",
        "submitted_at": "opened_at",
        "closed_at": "closed_at",
        "priority": "priority",
        "satisfaction_score": "satisfaction",
    },
}
_SEGMENTS = {
    "accounts": ("industry", "country", "referral_source", "plan_tier", "is_trial"),
    "subscriptions": ("is_trial",),
}
_TABLES = {
    "accounts": "accounts",
    "subscriptions": "subscriptions",
    "feature_usage": "usage",
    "support_tickets": "tickets",
}


def recognise(headers: Sequence[str]) -> float:
    return float(max(share(headers, wanted) for wanted in _PARTS.values()) == 1)


def _part(raw: Raw) -> str:
    return max(_PARTS, key=lambda part: share(raw.headers, _PARTS[part]))


def convert(job: Job, group: Group) -> FileReading:
    parts = {_part(raw): raw for raw in group.of(NAME)}
    part = _part(job.raw)
    if part == "churn_events":
        return _churn_events(job)
    proposal = Proposal(_TABLES[part], {})
    for wanted, column in _COLUMNS[part].items():
        if header := find(job.raw.headers, wanted):
            proposal.columns[column] = (header, 1.0)
    if part == "accounts":
        name = find(job.raw.headers, "account_name")
        proposal.columns["name"] = (name or "account_name", 1.0)
    proposal.segments = {
        header: header
        for wanted in _SEGMENTS.get(part, ())
        if (header := find(job.raw.headers, wanted))
    }
    used = {h for h, _ in proposal.columns.values()} | set(proposal.segments)
    made = generic.draft(job, proposal, [h for h in job.raw.headers if h not in used])
    if part == "subscriptions":
        _reasons(job, made, parts.get("churn_events"))
        _flags_against_ends(job, made, parts.get("accounts"))
    if part == "feature_usage":
        _accounts_of_usage(job, made, parts.get("subscriptions"))
        _repeated_ids(job, "usage_id")
    return generic.finish(job, made, NAME)


def _churn_events(job: Job) -> FileReading:
    """No table of its own: its rows inform the subscriptions."""
    for header in job.raw.headers:
        target = "cancel_reason" if header == find(job.raw.headers, "reason_code") else None
        job.note_column(header, target, 1.0)
    _repeated_ids(job, "churn_event_id")
    return job.reading("subscriptions", NAME)


def _texts(raw: Raw, wanted: str) -> list[Any]:
    header = find(raw.headers, wanted)
    return raw.column(header).to_pylist() if header else [None] * raw.rows


def _reasons(job: Job, made: generic.Draft, events: Raw | None) -> None:
    """Each event's reason to the account's nearest end of a subscription; what is left over on
    either side is reported."""
    import pyarrow as pa

    if events is None:
        return
    by_account: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for row, (account, text) in enumerate(
        zip(_texts(events, "account_id"), _texts(events, "churn_date"), strict=True)
    ):
        day = dates.choose(dates.readings(text or ""), job.options.date_order)
        if account and day:
            by_account[account].append((day, row))
    reasons = _texts(events, "reason_code")
    accounts = made.columns["account_id"].to_pylist()
    found: list[str | None] = [None] * job.raw.rows
    used: set[int] = set()
    for row, end in enumerate(made.columns["end_date"].to_pylist()):
        near = [
            (abs((day - end).days), event)
            for day, event in by_account.get(accounts[row], ())
            if end is not None and abs((day - end).days) <= NEAR_DAYS
        ]
        if near:
            _, event = min(near)
            found[row] = reasons[event]
            used.add(event)
    made.columns["cancel_reason"] = pa.array(found, pa.string())
    left = [row for row in range(events.rows) if row not in used]
    if left:
        shown = [(events.lines[row].as_py(), _texts(events, "account_id")[row]) for row in left[:3]]
        job.notes.append(Note("churn_event_without_end", "warning", None, len(left), shown))


def _flags_against_ends(job: Job, made: generic.Draft, accounts: Raw | None) -> None:
    """Churn flags that the dates contradict, of the subscriptions and of the accounts."""
    ends = made.columns["end_date"].to_pylist()
    ids = made.columns["account_id"].to_pylist()
    flags = [words.flag(text or "") for text in _texts(job.raw, "churn_flag")]
    wrong = [r for r, flag in enumerate(flags) if flag is not None and flag != bool(ends[r])]
    header = find(job.raw.headers, "churn_flag")
    if wrong:
        shown = [(job.raw.lines[row].as_py(), ids[row]) for row in wrong[:3]]
        job.notes.append(Note("churn_flag_contradicts", "warning", header, len(wrong), shown))
    if accounts is None:
        return
    active = {account for account, end in zip(ids, ends, strict=True) if end is None}
    named = _texts(accounts, "account_id")
    flagged = [words.flag(text or "") for text in _texts(accounts, "churn_flag")]
    wrong = [
        row
        for row, flag in enumerate(flagged)
        if flag is not None and flag == (named[row] in active)
    ]
    if wrong:
        shown = [(accounts.lines[row].as_py(), named[row]) for row in wrong[:3]]
        job.notes.append(
            Note("account_flag_contradicts", "warning", "churn_flag", len(wrong), shown)
        )


def _accounts_of_usage(job: Job, made: generic.Draft, subscriptions: Raw | None) -> None:
    """The account of each row through its subscription; rows without one are set aside."""
    import pyarrow as pa

    account_of: dict[str, str] = {}
    if subscriptions is not None:
        keys = _texts(subscriptions, "subscription_id")
        account_of = dict(zip(keys, _texts(subscriptions, "account_id"), strict=True))
    header = find(job.raw.headers, "subscription_id")
    accounts = [account_of.get(key) for key in _texts(job.raw, "subscription_id")]
    for row, account in enumerate(accounts):
        if account is None:
            job.bad.setdefault(row, (header, "unknown_subscription"))
    made.columns["account_id"] = pa.array(accounts, pa.string())


def _repeated_ids(job: Job, wanted: str) -> None:
    """Event ids that occur more than once; the rows are kept."""
    header = find(job.raw.headers, wanted)
    seen: set[str] = set()
    again = []
    for row, key in enumerate(_texts(job.raw, wanted)):
        if key in seen:
            again.append((job.raw.lines[row].as_py(), key))
        seen.add(key)
    if again:
        job.notes.append(Note("duplicate_event_id", "warning", header, len(again), again[:3]))
