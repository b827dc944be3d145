"""RavenStack's five tables: accounts, subscriptions, churn events, feature usage and tickets.

The five disagree with one another. The subscriptions' dates are taken as the truth; what the
churn flags and churn events say otherwise is reported, and events lend their reasons to the
subscriptions that ended nearest to them. Usage is joined to accounts through subscriptions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from cs_core.importers.cells import dates, words
from cs_core.importers.columns import generic
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.proposal import Proposal
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import FileReading, Note
from cs_core.importers.vendors import Group, find, share, texts

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
    "accounts": {"account_id": "account_id", "account_name": "name"},
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
        return _churn_events(job, parts.get("subscriptions"))
    proposal = Proposal(_TABLES[part], {})
    for wanted, column in _COLUMNS[part].items():
        if header := find(job.raw.headers, wanted):
            proposal.columns[column] = (header, 1.0)
    proposal.segments = {
        header: header
        for wanted in _SEGMENTS.get(part, ())
        if (header := find(job.raw.headers, wanted))
    }
    used = {h for h, _ in proposal.columns.values()} | set(proposal.segments)
    made = generic.draft(job, proposal, [h for h in job.raw.headers if h not in used])
    if part == "accounts":
        _flags_against_subscriptions(job, parts.get("subscriptions"))
    if part == "subscriptions":
        _reasons(job, made, parts.get("churn_events"))
        _flags_against_ends(job)
    if part == "feature_usage":
        _accounts_of_usage(job, made, parts.get("subscriptions"))
        _repeated_ids(job, "usage_id")
    return generic.finish(job, made, NAME)


def _churn_events(job: Job, subscriptions: Raw | None) -> FileReading:
    """No table of its own: its rows inform the subscriptions."""
    for header in job.raw.headers:
        target = "cancel_reason" if header == find(job.raw.headers, "reason_code") else None
        job.note_column(header, target, 1.0)
    _repeated_ids(job, "churn_event_id")
    if subscriptions is not None:
        used = set(_events_of(subscriptions, job.raw, job.options.date_order).values())
        left = [row for row in range(job.raw.rows) if row not in used]
        _note(job, "churn_event_without_end", "churn_date", left)
    return job.reading("subscriptions", NAME)


def _note(job: Job, code: str, wanted: str, rows: list[int]) -> None:
    """A warning on rows of this file, showing their accounts."""
    if rows:
        accounts = texts(job.raw, "account_id")
        shown = [(job.raw.lines[row].as_py(), accounts[row] or "") for row in rows[:3]]
        header = find(job.raw.headers, wanted)
        job.notes.append(Note(code, "warning", header, len(rows), shown))


def _events_of(subscriptions: Raw, events: Raw, order: str | None) -> dict[int, int]:
    """Subscription row -> the row of its account's churn event nearest to its end."""

    def day(text: str | None) -> date | None:
        return dates.choose(dates.readings(text or ""), order)

    by_account: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for row, (account, text) in enumerate(
        zip(texts(events, "account_id"), texts(events, "churn_date"), strict=True)
    ):
        if account and (on := day(text)):
            by_account[account].append((on, row))
    found: dict[int, int] = {}
    accounts = texts(subscriptions, "account_id")
    for row, text in enumerate(texts(subscriptions, "end_date")):
        end = day(text)
        if end is None:
            continue
        near = [
            (abs((on - end).days), event)
            for on, event in by_account.get(accounts[row], ())
            if abs((on - end).days) <= NEAR_DAYS
        ]
        if near:
            found[row] = min(near)[1]
    return found


def _reasons(job: Job, made: generic.Draft, events: Raw | None) -> None:
    """Each ended subscription's reason, from the event nearest to its end."""
    import pyarrow as pa

    if events is None:
        return
    reasons = texts(events, "reason_code")
    event_of = _events_of(job.raw, events, job.options.date_order)
    found = [reasons[event_of[row]] if row in event_of else None for row in range(job.raw.rows)]
    made.columns["cancel_reason"] = pa.array(found, pa.string())


def _flags_against_ends(job: Job) -> None:
    """Subscriptions whose churn flag says other than their end date."""
    ends = texts(job.raw, "end_date")
    flags = [words.flag(text or "") for text in texts(job.raw, "churn_flag")]
    wrong = [r for r, flag in enumerate(flags) if flag is not None and flag != bool(ends[r])]
    _note(job, "churn_flag_contradicts", "churn_flag", wrong)


def _flags_against_subscriptions(job: Job, subscriptions: Raw | None) -> None:
    """Accounts flagged as churned that still have a subscription, or the other way round."""
    if subscriptions is None:
        return
    pairs = zip(texts(subscriptions, "account_id"), texts(subscriptions, "end_date"), strict=True)
    active = {account for account, end in pairs if not end}
    flags = [words.flag(text or "") for text in texts(job.raw, "churn_flag")]
    accounts = texts(job.raw, "account_id")
    wrong = [
        row
        for row, flag in enumerate(flags)
        if flag is not None and flag == (accounts[row] in active)
    ]
    _note(job, "account_flag_contradicts", "churn_flag", wrong)


def _accounts_of_usage(job: Job, made: generic.Draft, subscriptions: Raw | None) -> None:
    """The account of each row through its subscription; rows without one are set aside."""
    import pyarrow as pa

    account_of: dict[str, str] = {}
    if subscriptions is not None:
        keys = texts(subscriptions, "subscription_id")
        account_of = dict(zip(keys, texts(subscriptions, "account_id"), strict=True))
    header = find(job.raw.headers, "subscription_id")
    accounts = [account_of.get(key) for key in texts(job.raw, "subscription_id")]
    for row, account in enumerate(accounts):
        if account is None:
            job.bad.setdefault(row, (header, "unknown_subscription"))
    made.columns["account_id"] = pa.array(accounts, pa.string())


def _repeated_ids(job: Job, wanted: str) -> None:
    """Event ids that occur more than once; the rows are kept."""
    header = find(job.raw.headers, wanted)
    seen: set[str] = set()
    again = []
    for row, key in enumerate(texts(job.raw, wanted)):
        if key in seen:
            again.append((job.raw.lines[row].as_py(), key))
        seen.add(key)
    if again:
        job.notes.append(Note("duplicate_event_id", "warning", header, len(again), again[:3]))
