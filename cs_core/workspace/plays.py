"""Plays of a dataset as they are kept: a name, a rule as JSON, and since when they run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from cs_core.errors import UsageError
from cs_core.workspace.names import check_label
from cs_core.workspace.state import Connection, transaction
from cs_core.workspace.store import Workspace

MOST = 50  # plays of one dataset


@dataclass(frozen=True)
class KeptPlay:
    """`since` is the first day it runs for, `ran` the last day it ran for; None before it ran."""

    id: str
    name: str
    rule: Mapping[str, Any]
    is_on: bool
    since: date | None
    ran: date | None


def kept_plays(workspace: Workspace, dataset_id: str) -> list[KeptPlay]:
    """In the order they were first saved."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT id, name, rule, is_on, since, ran FROM plays WHERE dataset_id = ?"
            " ORDER BY rowid",
            (dataset_id,),
        ).fetchall()
    return [
        KeptPlay(key, name, json.loads(rule), bool(is_on), _day(since), _day(ran))
        for key, name, rule, is_on, since, ran in rows
    ]


def save_play(
    workspace: Workspace,
    dataset_id: str,
    name: str,
    rule: Mapping[str, Any],
    *,
    is_on: bool = False,
    play_id: str | None = None,
) -> KeptPlay:
    """Keeps a new play, or puts another rule in the place of the one with that id. A changed rule
    or a play that is switched on begins anew: it runs from the next day it is asked for.

    Raises UsageError `play_name_taken`, `too_many_plays`, or what `check_label` says of the name.
    """
    name = check_label(name, "play")
    key = play_id or uuid4().hex
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps(rule, ensure_ascii=False)
    with transaction(workspace.state, write=True) as db:
        others = db.execute(
            "SELECT name FROM plays WHERE dataset_id = ? AND id <> ?", (dataset_id, key)
        ).fetchall()
        if (name,) in others:
            raise UsageError("play_name_taken", name=name)
        if len(others) >= MOST:
            raise UsageError("too_many_plays", limit=MOST)
        db.execute(
            "INSERT INTO plays VALUES (?1, ?2, ?3, ?4, ?5, NULL, NULL, ?6) ON CONFLICT (id)"
            " DO UPDATE SET name = ?3, rule = ?4, is_on = ?5, saved = ?6,"
            " since = CASE WHEN rule = ?4 AND is_on = ?5 THEN since END,"
            " ran = CASE WHEN rule = ?4 AND is_on = ?5 THEN ran END",
            (key, dataset_id, name, text, int(is_on), now),
        )
    return next(kept for kept in kept_plays(workspace, dataset_id) if kept.id == key)


def delete_play(workspace: Workspace, dataset_id: str, play_id: str) -> None:
    """Its tasks stay."""
    with transaction(workspace.state, write=True) as db:
        db.execute("DELETE FROM plays WHERE dataset_id = ? AND id = ?", (dataset_id, play_id))


def restore_play(workspace: Workspace, dataset_id: str, gone: KeptPlay) -> None:
    """Brings a deleted play back as it was, with the days it ran for, so that it makes no task
    twice. Raises UsageError as `save_play` does."""
    save_play(workspace, dataset_id, gone.name, gone.rule, is_on=gone.is_on, play_id=gone.id)
    if gone.since is not None and gone.ran is not None:
        play_ran(workspace, gone.id, gone.since, gone.ran)


def play_ran(workspace: Workspace, play_id: str, since: date, day: date) -> None:
    """Remembers that a play ran for a day; the first time also from which day it runs."""
    with transaction(workspace.state, write=True) as db:
        mark_ran(db, play_id, since, day)


def mark_ran(db: Connection, play_id: str, since: date, day: date) -> None:
    """As `play_ran`, inside a transaction."""
    db.execute(
        "UPDATE plays SET since = COALESCE(since, ?), ran = ? WHERE id = ?",
        (since.isoformat(), day.isoformat(), play_id),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
