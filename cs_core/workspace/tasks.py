"""Tasks: what a play, or a person by hand, gave somebody to do about an account."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from cs_core.errors import UsageError
from cs_core.workspace.plays import mark_ran
from cs_core.workspace.state import transaction
from cs_core.workspace.store import Workspace

STATUSES = ("open", "done", "dismissed")
BY_HAND = ""  # the play of a task that a person made


@dataclass(frozen=True)
class Task:
    """`fired` is the day the play fired for, `due` when it is to be done; `reason` what held, as
    the play said it. `id` is empty until it is kept."""

    play_id: str
    play: str
    action: str
    account_id: str
    currency: str
    name: str | None
    mrr: Decimal
    reason: Sequence[Any]
    owner: str
    fired: date
    due: date
    status: str = "open"
    id: str = ""
    made: datetime | None = None


def keep_tasks(
    workspace: Workspace,
    dataset_id: str,
    tasks: Sequence[Task],
    ran: Sequence[tuple[str, date, date]] = (),
) -> list[Task]:
    """Keeps those that are new, and returns them: one for a play, a customer and a day. `ran` are
    the plays that made them, as `play_ran` takes them: both are kept, or neither."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with transaction(workspace.state, write=True) as db:
        keys = []
        for task in tasks:
            key = uuid4().hex
            made = db.execute(
                "INSERT OR IGNORE INTO tasks"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    dataset_id,
                    task.play_id,
                    task.play,
                    task.action,
                    task.account_id,
                    task.currency,
                    task.name,
                    str(task.mrr),
                    json.dumps(list(task.reason), ensure_ascii=False),
                    task.owner,
                    task.fired.isoformat(),
                    task.due.isoformat(),
                    task.status,
                    now,
                    now,
                ),
            )
            if made.rowcount:
                keys.append(key)
        for play_id, since, day in ran:
            mark_ran(db, play_id, since, day)
    new = set(keys)
    return [task for task in kept_tasks(workspace, dataset_id) if task.id in new]


def kept_tasks(workspace: Workspace, dataset_id: str) -> list[Task]:
    """All of them: what is due first comes first."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT id, play_id, play, action, account_id, currency, name, mrr, reason, owner,"
            " fired, due, status, made FROM tasks WHERE dataset_id = ?"
            " ORDER BY due, fired, account_id, currency, play",
            (dataset_id,),
        ).fetchall()
    return [
        Task(
            play_id,
            play,
            action,
            account_id,
            currency,
            name,
            Decimal(mrr),
            json.loads(reason),
            owner,
            date.fromisoformat(fired),
            date.fromisoformat(due),
            status,
            key,
            datetime.fromisoformat(made),
        )
        for key, play_id, play, action, account_id, currency, name, mrr, reason, owner, fired, due,
        status, made in rows
    ]  # fmt: skip


def set_status(
    workspace: Workspace, dataset_id: str, task_ids: Sequence[str], status: str
) -> list[Task]:
    """Marks tasks open, done or dismissed, and returns them. An id may be cut to the part that
    tells it apart. Raises UsageError `unknown_task` before anything is changed."""
    if status not in STATUSES:
        known = ", ".join(STATUSES)
        raise UsageError("unknown_option_value", option="status", value=status, known=known)
    known_ids = [task.id for task in kept_tasks(workspace, dataset_id)]
    chosen = []
    for asked in task_ids:
        found = [key for key in known_ids if asked and key.startswith(asked)]
        if len(found) != 1:
            raise UsageError("unknown_task", task=asked)
        chosen += found
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with transaction(workspace.state, write=True) as db:
        for key in chosen:
            db.execute("UPDATE tasks SET status = ?, changed = ? WHERE id = ?", (status, now, key))
    return [task for task in kept_tasks(workspace, dataset_id) if task.id in set(chosen)]
