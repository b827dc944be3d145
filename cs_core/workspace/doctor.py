"""What is wrong with a workspace, and what can be mended without losing anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from cs_core.errors import WorkspaceError
from cs_core.workspace import manifest
from cs_core.workspace.locks import Busy, Lock
from cs_core.workspace.quarantine import place_in_quarantine, quarantined
from cs_core.workspace.state import connect, latest_schema, migrate, schema_of, translated
from cs_core.workspace.store import Workspace

# The order in which rows can be put back: what others refer to first.
_TABLES = (
    "settings",
    "mappings",
    "scenarios",
    "score_days",
    "scores",
    "plays",
    "tasks",
    "contacts",
)


@dataclass(frozen=True)
class Finding:
    """`code` names the sentence `doctor.<code>`; `dataset` and `place` (inside the workspace) say
    of what, or are empty; `mended` whether it has been put right."""

    code: str
    dataset: str = ""
    place: str = ""
    mended: bool = False


def check_state(home: Path) -> Finding | None:
    """Whether the list of datasets can be read at all; None where it can, or there is none."""
    state = home / "state.sqlite"
    if not state.exists():
        return None
    try:
        with translated(), closing(connect(state)) as db:
            if schema_of(db) > latest_schema():
                return Finding("state_newer", place=state.name)
            if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                return Finding("state_damaged", place=state.name)
    except WorkspaceError as error:
        code = "state_damaged" if error.code == "workspace_damaged" else "state_unreadable"
        return Finding(code, place=state.name)
    return None


def mend_state(home: Path) -> Finding:
    """Sets a damaged list aside, whole as it is, and makes a new one: datasets are found again in
    their folders, and what can still be read of the rest is taken over."""
    (home / "locks").mkdir(mode=0o700, exist_ok=True)
    try:
        lock = Lock(home / "locks" / "workspace.lock")
    except Busy as busy:
        raise WorkspaceError("workspace_busy") from busy
    with translated(), lock:
        if check_state(home) is None:  # another doctor was here first
            return Finding("state_damaged", mended=True)
        aside = place_in_quarantine(home, "state")
        aside.mkdir(mode=0o700)
        # The log goes first: beside a new state it would be taken for that one's.
        for name in ("state.sqlite-wal", "state.sqlite-shm", "state.sqlite"):
            with suppress(FileNotFoundError):
                (home / name).rename(aside / name)
        migrate(home / "state.sqlite")
    workspace = Workspace(home)
    with workspace.lock("workspace", shared=True):
        _take_over(aside / "state.sqlite", workspace.state)
    return Finding("state_damaged", place=f"quarantine/{aside.name}", mended=True)


def _take_over(damaged: Path, state: Path) -> None:
    """Every row that can be read and belongs to a dataset that is there. What is there stays."""
    with translated(), closing(connect(state)) as db:
        with suppress(sqlite3.Error):
            db.execute("ATTACH ? AS damaged", (f"{damaged.as_uri()}?mode=ro",))
        for table in _TABLES:
            with suppress(sqlite3.Error):
                columns = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})"))
                for row in db.execute(f"SELECT {columns} FROM damaged.{table}"):
                    with suppress(sqlite3.IntegrityError):
                        marks = ", ".join("?" * len(row))
                        db.execute(f"INSERT OR IGNORE INTO main.{table} VALUES ({marks})", row)


def examine(workspace: Workspace) -> list[Finding]:
    """What is wrong with a workspace whose list can be read; what opening it has put right by
    itself is among it, mended."""
    found = []
    for notice in workspace.notices():
        fields = {name: str(value) for name, value in notice.fields.items()}
        found.append(
            Finding(notice.code, fields.get("name", ""), fields.get("place", ""), mended=True)
        )
    for stored in workspace.datasets():
        place = stored.path.relative_to(workspace.home).as_posix()
        said = manifest.read(stored.path)
        if not stored.path.is_dir():
            found.append(Finding("data_missing", stored.name, place))
        elif said is not None and not manifest.is_whole(stored.path, said):
            found.append(Finding("data_damaged", stored.name, place))
    told = {finding.place for finding in found}
    with translated():
        for kept in quarantined(workspace.home):
            if kept.place not in told:
                found.append(Finding("in_quarantine", kept.dataset, kept.place))
    return found
