"""Lifetime-value scenarios saved with a dataset, under names of the person's own."""

from __future__ import annotations

from datetime import UTC, datetime

from cs_core.errors import UsageError
from cs_core.workspace.names import check_label
from cs_core.workspace.state import transaction
from cs_core.workspace.store import Workspace

MOST = 50  # scenarios of one dataset


def check_scenario_name(name: str) -> str:
    return check_label(name, "scenario")


def saved_scenarios(workspace: Workspace, dataset_id: str) -> dict[str, str]:
    """TOML by name, in the order they were first saved."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT name, scenario FROM scenarios WHERE dataset_id = ? ORDER BY rowid",
            (dataset_id,),
        ).fetchall()
    return dict(rows)


def save_scenario(workspace: Workspace, dataset_id: str, name: str, scenario: str) -> str:
    """Keeps a scenario, in place of one of the same name; the name as kept.

    Raises UsageError `too_many_scenarios` when a dataset has as many as it can.
    """
    name = check_scenario_name(name)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with transaction(workspace.state, write=True) as db:
        others = db.execute(
            "SELECT COUNT(*) FROM scenarios WHERE dataset_id = ? AND name <> ?",
            (dataset_id, name),
        ).fetchone()[0]
        if others >= MOST:
            raise UsageError("too_many_scenarios", limit=MOST)
        db.execute(
            "INSERT INTO scenarios VALUES (?1, ?2, ?3, ?4) ON CONFLICT (dataset_id, name)"
            " DO UPDATE SET scenario = ?3, saved = ?4",
            (dataset_id, name, scenario, now),
        )
    return name


def delete_scenario(workspace: Workspace, dataset_id: str, name: str) -> None:
    with transaction(workspace.state, write=True) as db:
        db.execute("DELETE FROM scenarios WHERE dataset_id = ? AND name = ?", (dataset_id, name))
