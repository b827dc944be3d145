"""Many reads over one connection: each sees what is kept, and nothing else of its neighbours."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from cs_core.errors import WorkspaceError
from cs_core.workspace import Workspace, state
from cs_core.workspace.state import transaction


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every connection that is opened, by its file."""
    found: list[Path] = []
    connect = state.connect

    def counted(path: Path, *patience: float) -> sqlite3.Connection:
        found.append(path)
        return connect(path, *patience)

    monkeypatch.setattr(state, "connect", counted)
    return found


def test_reads_share_a_connection_and_see_what_was_written_between(
    tmp_path: Path, opened: list[Path]
) -> None:
    workspace, other = Workspace(tmp_path / "a"), Workspace(tmp_path / "b")
    opened.clear()
    with workspace.reading():
        assert workspace.setting("colour") is None
        workspace.set_setting("colour", "green")
        with workspace.reading():
            assert workspace.setting("colour") == "green"
        assert workspace.setting("colour") == "green"
        assert other.setting("colour") is None
    assert opened == [workspace.state, workspace.state, other.state]

    workspace.setting("colour")
    workspace.setting("colour")
    assert len(opened) == 5


def test_a_read_within_a_read_and_one_of_another_thread_stand_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    found: list[object] = []
    with workspace.reading(), transaction(workspace.state, write=False):
        workspace.set_setting("colour", "green")
        assert workspace.setting("colour") == "green"
        thread = threading.Thread(target=lambda: found.append(workspace.setting("colour")))
        thread.start()
        thread.join()
    assert found == ["green"]


def test_a_read_that_fails_leaves_the_connection_usable(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.set_setting("colour", "green")
    with workspace.reading():
        with pytest.raises(ZeroDivisionError), transaction(workspace.state, write=False):
            raise ZeroDivisionError
        assert workspace.setting("colour") == "green"


def test_a_damaged_state_is_said_inside_too(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.state.write_bytes(b"not a database" * 1000)
    with workspace.reading(), pytest.raises(WorkspaceError) as error:
        workspace.setting("colour")
    assert error.value.code == "workspace_damaged"
