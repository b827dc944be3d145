"""A failure at every single step of an operation: the whole old or the whole new, nothing else
touched, and what the person is told is true."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cs_core.datasets import import_files
from cs_core.errors import KeizokuError, WorkspaceError, disk_error
from cs_core.workspace import Workspace
from cs_core.workspace.backup import back_up, restore
from cs_core.workspace.doctor import examine
from cs_core.workspace.plays import kept_plays, save_play
from cs_core.workspace.scores import Score, keep_scores, scores_on
from cs_core.workspace.tasks import Task, keep_tasks, kept_tasks
from tests.core.workspace.faults import Faults
from tests.core.workspace.test_datasets import content, keep

SUBSCRIPTIONS = "account_id,start_date,end_date,mrr\n" + "".join(
    f"A{n},2024-0{1 + n % 9}-01,{'2025-03-01' if n % 3 else ''},{10 + n}\n" for n in range(20)
)
DAY = date(2026, 4, 30)
SCORE = Score("a", "JPY", Decimal(10), 40.0, "red", 0.2, 0.1, 0.3)
TASK = Task("p", "Play", "call", "a", "JPY", None, Decimal(10), [], "", DAY, DAY)


def everything(workspace: Workspace) -> dict[str, Any]:
    """What a person has in the workspace."""
    found: dict[str, Any] = {
        stored.name: content(workspace, stored.name) for stored in workspace.datasets()
    }
    for stored in workspace.datasets():
        found[f"{stored.name} scores"] = len(scores_on(workspace, stored.id, DAY, 90))
        found[f"{stored.name} plays"] = [(p.name, p.ran) for p in kept_plays(workspace, stored.id)]
        found[f"{stored.name} tasks"] = len(kept_tasks(workspace, stored.id))
    return found


def import_(workspace: Workspace) -> None:
    keep(workspace, "acme", "new")


def first_import(workspace: Workspace) -> None:
    keep(workspace, "third", "new")


def delete(workspace: Workspace) -> None:
    workspace.delete("acme")


def undo(workspace: Workspace) -> None:
    workspace.undo("acme")


def rename(workspace: Workspace) -> None:
    workspace.rename("acme", "other")


def back_up_(workspace: Workspace) -> None:
    back_up(workspace, workspace.home.parent / "new.zip")


def restore_(workspace: Workspace) -> None:
    restore(workspace, workspace.home.parent / "all.zip", replace=True)


def scores(workspace: Workspace) -> None:
    keep_scores(workspace, workspace.dataset("acme").id, DAY, 90, {}, [SCORE])


def plays(workspace: Workspace) -> None:
    save_play(workspace, workspace.dataset("acme").id, "Play", {"a": 1})


def tasks(workspace: Workspace) -> None:
    """Of a play that ran: with them goes that it did."""
    key = workspace.dataset("acme").id
    (play,) = kept_plays(workspace, key)
    keep_tasks(workspace, key, [TASK], [(play.id, DAY, DAY)])


def start(workspace: Workspace) -> None:
    Workspace(workspace.home)


OPERATIONS: tuple[Callable[[Workspace], None], ...] = (
    import_,
    first_import,
    delete,
    undo,
    rename,
    back_up_,
    restore_,
    scores,
    plays,
    tasks,
    start,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    workspace = Workspace(folder / "home")
    keep(workspace, "acme", "before")
    keep(workspace, "beta", "b")
    back_up(workspace, folder / "all.zip")
    keep(workspace, "acme", "now")
    save_play(workspace, workspace.dataset("acme").id, "On", {"a": 1}, is_on=True)
    return folder


def fresh(template: Path, folder: Path) -> Workspace:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    return Workspace(folder / "home")


CASES = [(operation, False) for operation in OPERATIONS] + [(import_, True), (restore_, True)]


@pytest.mark.parametrize(
    ("operation", "for_good"), CASES, ids=lambda given: getattr(given, "__name__", str(given))
)
def test_a_failure_at_each_step(
    template: Path, tmp_path: Path, operation: Callable[[Workspace], None], for_good: bool
) -> None:
    workspace = fresh(template, tmp_path / "run")
    old = everything(workspace)
    with Faults(workspace.home) as counted:
        operation(workspace)
    new = everything(workspace)
    assert counted.steps > 0 or operation is start
    for at in range(1, counted.steps + 1):
        workspace = fresh(template, tmp_path / "run")
        told: Exception | None = None
        with Faults(workspace.home, at, for_good=for_good):
            try:
                operation(workspace)
            except (KeizokuError, OSError) as error:
                told = error
        again = Workspace(workspace.home)
        found = everything(again)
        where = f"step {at} of {counted.steps}"
        assert found == (old if told else new), f"{where}: {told}"
        if told is not None:
            said = told if isinstance(told, KeizokuError) else disk_error(told)
            assert said is not None, where
            assert said.code == "disk_full", where
        # What cannot be told from a person's data is kept; nobody's dataset is set aside.
        assert all(finding.code in ("set_aside", "in_quarantine") for finding in examine(again))
        partial = [path.name for path in workspace.home.parent.glob("*.partial")]
        assert for_good or partial == [], where
        if operation is back_up_ and told is None:
            assert zipfile.ZipFile(workspace.home.parent / "new.zip").testzip() is None


def test_a_failure_at_steps_of_the_whole_import_of_a_file(tmp_path: Path) -> None:
    """Of its many steps every so many: `tests/bench/faults.py` takes each, and those of SQLite,
    DuckDB and Arrow too."""
    file = tmp_path / "new.csv"
    file.write_text(SUBSCRIPTIONS, "utf-8")
    workspace = Workspace(tmp_path / "home")
    keep(workspace, "acme", "before")
    with Faults(workspace.home) as counted:
        import_files([file], "acme", workspace)
    workspace.undo("acme")
    for at in range(1, counted.steps + 1, 7):
        told: Exception | None = None
        with Faults(workspace.home, at):
            try:
                import_files([file], "acme", workspace)
            except (KeizokuError, OSError) as error:
                told = error
        again = Workspace(workspace.home)
        where = f"step {at} of {counted.steps}"
        if told is None:
            assert again.dataset("acme").report["files"][0]["rows_accepted"] == 20, where
            again.undo("acme")
        else:
            assert (disk_error(told) or told).code == "disk_full", where  # type: ignore[attr-defined]
        assert content(again, "acme") == "before", where


def test_a_state_that_cannot_be_opened_is_the_disks_fault_where_it_may_be_written(
    tmp_path: Path,
) -> None:
    workspace = Workspace(tmp_path / "home")
    (workspace.home / "state.sqlite-wal").mkdir()  # SQLite says of it what it says of a full disk
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "disk_failed"):
        workspace.datasets()
