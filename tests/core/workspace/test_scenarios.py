"""Scenarios outlive the session and their dataset's new versions, and go with the dataset."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cs_core.errors import UsageError
from cs_core.workspace import Workspace
from cs_core.workspace.backup import back_up, restore
from cs_core.workspace.names import LONGEST_LABEL
from cs_core.workspace.scenarios import (
    MOST,
    delete_scenario,
    save_scenario,
    saved_scenarios,
)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    made = Workspace(tmp_path / "home")
    import_version(made)
    return made


def import_version(workspace: Workspace) -> None:
    with workspace.new_version("company") as version:
        (version.path / "data").write_text("1", "utf-8")


def key(workspace: Workspace) -> str:
    return workspace.dataset("company").id


def test_kept_in_order_and_replaced_by_name(workspace) -> None:
    for name, text in (("値上げ", "a = 1"), ("B", "b = 1"), ("値上げ", "a = 2")):
        save_scenario(workspace, key(workspace), f" {name} ", text)
    again = Workspace(workspace.home)
    assert list(saved_scenarios(again, key(again)).items()) == [("値上げ", "a = 2"), ("B", "b = 1")]
    delete_scenario(again, key(again), "値上げ")
    assert list(saved_scenarios(again, key(again))) == ["B"]


def test_stay_with_a_new_version_and_through_a_backup(workspace, tmp_path) -> None:
    save_scenario(workspace, key(workspace), "Kept", "churn = 0.02")
    import_version(workspace)
    assert saved_scenarios(workspace, key(workspace)) == {"Kept": "churn = 0.02"}
    back_up(workspace, tmp_path / "all.zip")
    other = Workspace(tmp_path / "other")
    restore(other, tmp_path / "all.zip")
    assert saved_scenarios(other, key(other)) == {"Kept": "churn = 0.02"}


def test_go_with_the_dataset(workspace) -> None:
    save_scenario(workspace, key(workspace), "Gone", "")
    with closing(sqlite3.connect(workspace.state, isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM datasets")
        assert db.execute("SELECT COUNT(*) FROM scenarios").fetchone() == (0,)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\u202eb", "x" * (LONGEST_LABEL + 1)])
def test_names_that_cannot_be_shown(workspace, name) -> None:
    with pytest.raises(UsageError):
        save_scenario(workspace, key(workspace), name, "")


def test_not_without_end(workspace) -> None:
    for n in range(MOST):
        save_scenario(workspace, key(workspace), str(n), "")
    with pytest.raises(UsageError, check=lambda error: error.code == "too_many_scenarios"):
        save_scenario(workspace, key(workspace), "one more", "")
    save_scenario(workspace, key(workspace), "0", "again")
