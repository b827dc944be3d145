"""Whatever becomes of the state file, no dataset is lost, and what happened is said."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cs_core.errors import UsageError, WorkspaceError
from cs_core.text import LANGUAGES, t
from cs_core.workspace import Workspace
from cs_core.workspace.backup import back_up, restore
from cs_core.workspace.doctor import check_state, examine, mend_state
from cs_core.workspace.quarantine import discard, quarantined
from cs_core.workspace.scenarios import save_scenario, saved_scenarios
from cs_core.workspace.state import latest_schema
from tests.core.workspace.test_datasets import content, keep

GARBAGE = b"this is not a database, but it is long enough to be looked at. " * 64
HARMS = ("emptied", "removed", "damaged", "rolled back", "newer")


def harm_state(home: Path, how: str, yesterday: Path) -> None:
    state = home / "state.sqlite"
    for name in ("state.sqlite-wal", "state.sqlite-shm"):
        (home / name).unlink(missing_ok=True)
    if how == "emptied":
        state.write_bytes(b"")
    elif how == "removed":
        state.unlink(missing_ok=True)
    elif how == "damaged":
        state.write_bytes(GARBAGE)
    elif how == "rolled back":
        shutil.copyfile(yesterday, state)
    else:
        with closing(sqlite3.connect(state)) as db:
            db.execute("PRAGMA user_version = 99")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    workspace = Workspace(tmp_path / "home")
    keep(workspace, "acme", "one")
    with (
        closing(sqlite3.connect(tmp_path / "yesterday")) as copy,
        closing(sqlite3.connect(workspace.state)) as db,
    ):
        db.backup(copy)
    keep(workspace, "acme", "two")
    keep(workspace, "acme", "three")
    keep(workspace, "beta", "b")
    workspace.rename("beta", "gamma")
    return workspace.home


@pytest.mark.parametrize("how", HARMS)
def test_every_dataset_is_found_again_with_all_that_is_known_of_it(home: Path, how: str) -> None:
    before = Workspace(home).datasets()
    harm_state(home, how, home.parent / "yesterday")
    if how == "newer":
        with pytest.raises(WorkspaceError, check=lambda error: error.code == "workspace_newer"):
            Workspace(home)
        found = check_state(home)
        assert found is not None
        assert found.code == "state_newer"
        with closing(sqlite3.connect(home / "state.sqlite")) as db:
            db.execute(f"PRAGMA user_version = {latest_schema()}")
    if how == "damaged":
        with pytest.raises(WorkspaceError, check=lambda error: error.code == "workspace_damaged"):
            Workspace(home)
        assert mend_state(home).mended
    again = Workspace(home)
    assert [(d.name, d.created, d.sources, d.report) for d in again.datasets()] == [
        (d.name, d.created, d.sources, d.report) for d in before
    ]
    assert content(again, "acme") == "three"
    assert content(again, "gamma") == "b"
    assert again.undo("acme").report == {"content": "two"}
    if how in ("emptied", "removed", "damaged"):
        assert {notice.fields["name"] for notice in again.notices()} == {"acme", "gamma"}
    codes = {finding.code for finding in examine(again)}
    for code in codes:
        for language in LANGUAGES:
            assert t(f"doctor.{code}", language)


def test_what_a_person_undid_or_deleted_is_so_in_the_folders_too(home: Path) -> None:
    workspace = Workspace(home)
    workspace.undo("acme")
    workspace.delete("gamma")
    harm_state(home, "removed", home)
    again = Workspace(home)
    assert content(again, "acme") == "two"
    assert [found.name for found in again.datasets()] == ["acme"]
    again.undo("gamma")
    assert content(again, "gamma") == "b"


def test_a_state_emptied_while_running_is_made_again_and_says_so(home: Path) -> None:
    running = Workspace(home)
    harm_state(home, "emptied", home)
    assert [found.name for found in running.datasets()] == ["acme", "gamma"]
    assert "emptied" in {notice.code for notice in running.notices()}
    shutil.rmtree(home)
    assert running.datasets() == []
    keep(running, "acme", "after")
    assert content(Workspace(home), "acme") == "after"


def test_what_is_not_whole_is_set_aside_and_kept(home: Path) -> None:
    path = Workspace(home).dataset("gamma").path
    (path / "data.txt").write_text("bbb")
    harm_state(home, "emptied", home)
    again = Workspace(home)
    assert [found.name for found in again.datasets()] == ["acme"]
    (place,) = [found.place for found in examine(again) if found.code == "set_aside"]
    assert (home / place / "data.txt").read_text() == "bbb"
    again.notices_seen()
    assert [found.place for found in examine(again) if found.code == "in_quarantine"] == [place]
    (kept,) = quarantined(home)
    assert (kept.place, kept.dataset, kept.bytes >= 3) == (place, "gamma", True)
    for other in (
        "quarantine/..",
        "datasets",
        f"{place}/..",
        "",
        place.removeprefix("quarantine/"),
    ):
        with pytest.raises(UsageError, check=lambda error: error.code == "not_in_quarantine"):
            discard(home, other)
    discard(home, place)
    assert quarantined(home) == []
    assert examine(again) == []
    assert content(again, "acme") == "three"


def test_a_folder_cut_short_is_said_when_it_is_opened(home: Path) -> None:
    workspace = Workspace(home)
    (workspace.dataset("acme").path / "data.txt").write_text("th")
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "data_damaged"):
        workspace.hold("acme")
    assert [(f.code, f.dataset) for f in examine(workspace)] == [("data_damaged", "acme")]
    shutil.rmtree(workspace.dataset("gamma").path)
    again = Workspace(home)
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "data_missing"):
        again.hold("gamma")
    assert {f.code for f in examine(again)} == {"data_damaged", "data_missing"}
    again.undo("acme")
    assert content(again, "acme") == "two"


def test_mending_takes_over_what_can_still_be_read(home: Path) -> None:
    workspace = Workspace(home)
    save_scenario(workspace, workspace.dataset("acme").id, "Kept", "churn = 0.02")
    workspace.set_setting("language", "ja")
    with closing(sqlite3.connect(workspace.state)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'datasets'"
        ).fetchone()
    content_ = bytearray(workspace.state.read_bytes())
    content_[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    workspace.state.write_bytes(content_)
    found = check_state(home)
    assert found is not None
    assert found.code == "state_damaged"
    mended = mend_state(home)
    again = Workspace(home)
    assert content(again, "acme") == "three"
    assert again.setting("language") == "ja"
    assert saved_scenarios(again, again.dataset("acme").id) == {"Kept": "churn = 0.02"}
    assert (home / mended.place / "state.sqlite").read_bytes() == content_


def test_folders_of_an_older_version_learn_to_speak_for_themselves(home: Path) -> None:
    for path in home.glob("datasets/*/*/version.json"):
        path.unlink()
    Workspace(home)
    harm_state(home, "emptied", home)
    assert content(Workspace(home), "acme") == "three"


def test_two_starts_at_once_after_a_loss_find_each_dataset_once(home: Path) -> None:
    harm_state(home, "emptied", home)
    threads = [threading.Thread(target=lambda: Workspace(home)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found.name for found in Workspace(home).datasets()] == ["acme", "gamma"]
    assert content(Workspace(home), "acme") == "three"


def test_a_restore_beside_starts_brings_back_every_dataset(home: Path, tmp_path: Path) -> None:
    back_up(Workspace(home), tmp_path / "all.zip")
    stop = threading.Event()

    def start() -> None:
        while not stop.is_set():
            with suppress(WorkspaceError):
                Workspace(home)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    done = 0
    for _ in range(8):
        with suppress(WorkspaceError):
            assert restore(Workspace(home), tmp_path / "all.zip", replace=True).datasets == 2
            done += 1
            assert {d.name for d in Workspace(home).datasets()} == {"acme", "gamma"}
            assert content(Workspace(home), "acme") == "three"
    stop.set()
    for thread in threads:
        thread.join()
    assert done > 0
    assert content(Workspace(home), "gamma") == "b"


NAMES = st.sampled_from(("acme", "beta", "gamma"))


class Lives(RuleBasedStateMachine):
    """Two processes' doors to one workspace whose state is harmed between: what a person last kept
    and did not delete is there, or in quarantine under its name, whole."""

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp())
        self.home = self.folder / "home"
        self.doors = [Workspace(self.home), Workspace(self.home)]
        self.last: dict[str, str] = {}
        self.kept_in_backup: dict[str, str] | None = None
        self.saved: Path | None = None
        self.number = 0
        self.open = True

    @rule(door=st.integers(0, 1), name=NAMES)
    @precondition(lambda self: self.open)
    def keep(self, door: int, name: str) -> None:
        self.number += 1
        keep(self.doors[door], name, str(self.number))
        self.last[name] = str(self.number)

    @rule(door=st.integers(0, 1), name=NAMES)
    @precondition(lambda self: self.open)
    def delete(self, door: int, name: str) -> None:
        with suppress(UsageError):
            self.doors[door].delete(name)
            self.last.pop(name, None)

    @rule()
    @precondition(lambda self: self.open)
    def remember(self) -> None:
        with closing(sqlite3.connect(self.home / "state.sqlite")) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.saved = self.folder / "yesterday"
        shutil.copyfile(self.home / "state.sqlite", self.saved)

    @rule(how=st.sampled_from(HARMS[:4]))
    def harm(self, how: str) -> None:
        if how == "rolled back" and self.saved is None:
            return
        harm_state(self.home, how, self.saved or self.folder)
        self.open = how != "damaged"

    @rule(door=st.integers(0, 1))
    def start(self, door: int) -> None:
        if check_state(self.home) is not None:
            mend_state(self.home)
            self.open = True
        self.doors[door] = Workspace(self.home)

    @rule()
    @precondition(lambda self: self.open)
    def back_up(self) -> None:
        back_up(Workspace(self.home), self.folder / "all.zip")
        self.kept_in_backup = dict(self.last)

    @rule(door=st.integers(0, 1))
    @precondition(lambda self: self.open and self.kept_in_backup is not None)
    def restore(self, door: int) -> None:
        assert self.kept_in_backup is not None
        restore(self.doors[door], self.folder / "all.zip", replace=True)
        self.last = dict(self.kept_in_backup)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not getattr(self, "open", False):
            return
        texts = {
            path.read_text()
            for part in ("datasets", "quarantine")
            for path in (self.home / part).rglob("data.txt")
        }
        assert set(self.last.values()) <= texts

    def teardown(self) -> None:
        if not hasattr(self, "home"):
            return
        self.start(0)
        found = {d.name: d.report["content"] for d in self.doors[0].datasets()}
        for name, text in self.last.items():
            aside = {path.read_text() for path in self.home.glob("quarantine/*/data.txt")}
            assert found.get(name) == text or text in aside
        for name, text in found.items():
            assert content(self.doors[0], name) == text
        shutil.rmtree(self.folder)


Lives.TestCase.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, phases=(Phase.explicit, Phase.generate)
)
TestLives = Lives.TestCase
