"""The contact log: who spoke with an account, when, and what came of it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

from cs_core.errors import UsageError
from cs_core.workspace.state import transaction
from cs_core.workspace.store import Workspace

OUTCOMES = ("reached", "no_answer", "promised", "follow_up", "lost")
LONGEST_NOTE, LONGEST_WHO = 2000, 100
_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True)
class Contact:
    """`outcome` is one of OUTCOMES; `who` the colleague who spoke with them."""

    id: str
    account_id: str
    day: date
    who: str
    outcome: str
    note: str


def log_contact(
    workspace: Workspace,
    dataset_id: str,
    account_id: str,
    day: date,
    who: str,
    outcome: str,
    note: str,
) -> Contact:
    """Raises UsageError `contact_empty`, `contact_too_long` or `unknown_option_value`."""
    who, note = _clean(who), _clean(note)
    if outcome not in OUTCOMES:
        known = ", ".join(OUTCOMES)
        raise UsageError("unknown_option_value", option="outcome", value=outcome, known=known)
    if not who and not note:
        raise UsageError("contact_empty")
    for text, limit in ((who, LONGEST_WHO), (note, LONGEST_NOTE)):
        if len(text) > limit:
            raise UsageError("contact_too_long", length=len(text), limit=limit)
    contact = Contact(uuid4().hex, account_id, day, who, outcome, note)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with transaction(workspace.state, write=True) as db:
        db.execute(
            "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (contact.id, dataset_id, account_id, day.isoformat(), who, outcome, note, now),
        )
    return contact


def contacts(workspace: Workspace, dataset_id: str, account_id: str | None = None) -> list[Contact]:
    """Of one account or of all, the latest first."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT id, account_id, day, who, outcome, note FROM contacts"
            " WHERE dataset_id = ?1 AND deleted_at IS NULL AND (?2 IS NULL OR account_id = ?2)"
            " ORDER BY day DESC, made DESC, rowid DESC",
            (dataset_id, account_id),
        ).fetchall()
    return [
        Contact(key, account, date.fromisoformat(day), who, outcome, note)
        for key, account, day, who, outcome, note in rows
    ]


def delete_contact(workspace: Workspace, dataset_id: str, contact_id: str) -> None:
    """Takes an entry out of sight; `undelete_contact` brings it back."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _mark(workspace, dataset_id, contact_id, now)


def undelete_contact(workspace: Workspace, dataset_id: str, contact_id: str) -> None:
    _mark(workspace, dataset_id, contact_id, None)


def _mark(workspace: Workspace, dataset_id: str, contact_id: str, when: str | None) -> None:
    with transaction(workspace.state, write=True) as db:
        db.execute(
            "UPDATE contacts SET deleted_at = ? WHERE dataset_id = ? AND id = ?",
            (when, dataset_id, contact_id),
        )


def _clean(text: str) -> str:
    """Composed, without control characters but line breaks, without spaces around it."""
    kept = (
        character
        for character in unicodedata.normalize("NFC", text).replace("\r\n", "\n")
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in ("Cc", "Cs")
    )
    return "".join(kept).strip()
