"""What was done about the accounts on a week's list, and the lists of earlier weeks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from cs_core.errors import UsageError
from cs_core.workspace.state import transaction
from cs_core.workspace.store import Workspace

MARKS = ("done", "snoozed", "assigned")
LONGEST_OWNER = 100


@dataclass(frozen=True)
class Mark:
    """`day` is when it was made, as the list's days go; `until` the day a snoozed account comes
    back; `owner` whom an assigned one belongs to; `tasks` what was closed with it."""

    account_id: str
    mark: str
    day: date
    until: date | None = None
    owner: str | None = None
    tasks: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True)
class Listed:
    """An account as it stood on the list of a week."""

    account_id: str
    name: str | None
    kinds: tuple[str, ...]
    owner: str
    mrr: Decimal
    probability: float | None


def keep_marks(workspace: Workspace, dataset_id: str, marks: Sequence[Mark]) -> list[str]:
    """Keeps them and returns their ids. Raises UsageError `unknown_option_value` or
    `owner_too_long` before anything is kept."""
    for one in marks:
        if one.mark not in MARKS:
            known = ", ".join(MARKS)
            raise UsageError("unknown_option_value", option="mark", value=one.mark, known=known)
        if one.owner is not None and len(one.owner) > LONGEST_OWNER:
            raise UsageError("owner_too_long", length=len(one.owner), limit=LONGEST_OWNER)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    keys = [uuid4().hex for _ in marks]
    with transaction(workspace.state, write=True) as db:
        db.executemany(
            "INSERT INTO week_marks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    key,
                    dataset_id,
                    one.account_id,
                    one.mark,
                    one.day.isoformat(),
                    one.until.isoformat() if one.until else None,
                    one.owner,
                    json.dumps(one.tasks),
                    now,
                )
                for key, one in zip(keys, marks, strict=True)
            ],
        )
    return keys


def take_back(workspace: Workspace, dataset_id: str, ids: Sequence[str]) -> None:
    with transaction(workspace.state, write=True) as db:
        db.executemany(
            "DELETE FROM week_marks WHERE dataset_id = ? AND id = ?",
            [(dataset_id, key) for key in ids],
        )


def kept_marks(workspace: Workspace, dataset_id: str) -> list[Mark]:
    """All of them, the earliest first."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT account_id, mark, day, until, owner, tasks, id FROM week_marks"
            " WHERE dataset_id = ? ORDER BY made, rowid",
            (dataset_id,),
        ).fetchall()
    return [
        Mark(
            account,
            mark,
            date.fromisoformat(day),
            date.fromisoformat(until) if until else None,
            owner,
            tuple(json.loads(tasks)),
            key,
        )
        for account, mark, day, until, owner, tasks, key in rows
    ]


def keep_list(workspace: Workspace, dataset_id: str, week: date, rows: Sequence[Listed]) -> None:
    """Keeps the list of a week, unless that week has one already."""
    with transaction(workspace.state, write=True) as db:
        known = db.execute(
            "SELECT 1 FROM week_lists WHERE dataset_id = ? AND week = ? LIMIT 1",
            (dataset_id, week.isoformat()),
        ).fetchone()
        if known:
            return
        db.executemany(
            "INSERT INTO week_lists VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    dataset_id,
                    week.isoformat(),
                    row.account_id,
                    row.name,
                    json.dumps(row.kinds),
                    row.owner,
                    str(row.mrr),
                    row.probability,
                )
                for row in rows
            ],
        )


def list_before(
    workspace: Workspace, dataset_id: str, week: date
) -> tuple[date, list[Listed]] | None:
    """The latest list of a week before this one, and its Monday."""
    with transaction(workspace.state, write=False) as db:
        [last] = db.execute(
            "SELECT MAX(week) FROM week_lists WHERE dataset_id = ? AND week < ?",
            (dataset_id, week.isoformat()),
        ).fetchone()
        rows = db.execute(
            "SELECT account_id, name, kinds, owner, mrr, probability FROM week_lists"
            " WHERE dataset_id = ? AND week = ?",
            (dataset_id, last),
        ).fetchall()
    if last is None:
        return None
    return date.fromisoformat(last), [
        Listed(account, name, tuple(json.loads(kinds)), owner, Decimal(mrr), probability)
        for account, name, kinds, owner, mrr, probability in rows
    ]
