"""The contact log is kept, exported, and deleting can be undone."""

from __future__ import annotations

import json
from datetime import date

import pytest

from cs_core.cli import main
from cs_core.errors import UsageError
from cs_core.workspace import Workspace
from cs_core.workspace.backup import back_up, restore
from cs_core.workspace.contacts import contacts, delete_contact, log_contact, undelete_contact

DAY = date(2025, 9, 1)


def test_kept_newest_first_and_by_account(workspace, stored, tmp_path) -> None:
    def log(account: str, day: date, note: str):
        return log_contact(workspace, stored.id, account, day, " Mori ", "reached", note)

    old, new, other = (
        log("A", DAY, "一度目\r\n続き"),
        log("A", date(2025, 9, 9), "2"),
        log("B", DAY, "3"),
    )
    assert contacts(workspace, stored.id, "A") == [new, old]
    assert contacts(workspace, stored.id) == [new, other, old]
    assert (old.who, old.note) == ("Mori", "一度目\n続き")
    back_up(workspace, tmp_path / "all.zip")
    again = Workspace(tmp_path / "again")
    restore(again, tmp_path / "all.zip")
    assert contacts(again, stored.id) == [new, other, old]


def test_deleting_can_be_undone(workspace, stored) -> None:
    entry = log_contact(workspace, stored.id, "A", DAY, "Mori", "lost", "left")
    delete_contact(workspace, stored.id, entry.id)
    assert contacts(workspace, stored.id) == []
    undelete_contact(workspace, stored.id, entry.id)
    assert contacts(workspace, stored.id) == [entry]


@pytest.mark.parametrize(
    ("who", "outcome", "note", "code"),
    [
        (" ", "reached", "\n", "contact_empty"),
        ("Mori", "danced", "x", "unknown_option_value"),
        ("Mori", "reached", "x" * 2001, "contact_too_long"),
        ("x" * 101, "reached", "", "contact_too_long"),
    ],
)
def test_refused(workspace, stored, who, outcome, note, code) -> None:
    with pytest.raises(UsageError, check=lambda error: error.code == code):
        log_contact(workspace, stored.id, "A", DAY, who, outcome, note)
    assert contacts(workspace, stored.id) == []


def test_exported(workspace, stored, capsys) -> None:
    log_contact(workspace, stored.id, "A", DAY, "Mori", "reached", "=1+1")
    assert main(["contacts", "--dataset", "ours", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "account_id": "A",
            "date": "2025-09-01",
            "who": "Mori",
            "outcome": "reached",
            "note": "=1+1",
        }
    ]
    assert main(["contacts", "--dataset", "ours", "--format", "csv"]) == 0
    assert "'=1+1" in capsys.readouterr().out
