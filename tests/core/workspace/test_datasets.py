"""Datasets on disk: versions, undo, locks, names, and what happens when the disk says no."""

import errno
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cs_core.errors import UsageError, WorkspaceError
from cs_core.text import LANGUAGES, sentence
from cs_core.workspace import Workspace, check_name, header_signature, source_files
from cs_core.workspace import store as store_module


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


def keep(workspace: Workspace, name: str, content: str) -> None:
    with workspace.new_version(name) as version:
        (version.path / "data.txt").write_text(content)
        version.report = {"content": content}


def content(workspace: Workspace, name: str) -> str:
    stored = workspace.dataset(name)
    text = (stored.path / "data.txt").read_text()
    assert stored.report == {"content": text}
    return text


def folders(workspace: Workspace) -> int:
    return sum(1 for _ in (workspace.home / "datasets").glob("*/*"))


def test_a_version_counts_once_its_block_ends_and_survives_a_restart(workspace):
    keep(workspace, "acme", "one")
    again = Workspace(workspace.home)
    assert content(again, "acme") == "one"
    assert [(d.name, d.version) for d in again.datasets()] == [("acme", 1)]
    assert again.dataset("acme").created.tzinfo is UTC


def test_an_error_in_the_block_leaves_the_old_version_and_nothing_else(workspace):
    keep(workspace, "acme", "one")

    def failing() -> None:
        with workspace.new_version("acme") as version:
            (version.path / "data.txt").write_text("two")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert content(workspace, "acme") == "one"
    assert folders(workspace) == 1


def test_an_interrupt_right_after_the_switch_keeps_the_new_version(workspace, monkeypatch):
    keep(workspace, "acme", "one")
    real = store_module.transaction

    def interrupted(path, *, write, **others):
        class Context:
            def __enter__(self):
                self.inner = real(path, write=write, **others)
                return self.inner.__enter__()

            def __exit__(self, *error):
                self.inner.__exit__(*error)
                if write:
                    raise KeyboardInterrupt

        return Context()

    def import_interrupted_after_its_commit() -> None:
        with workspace.new_version("acme") as version:
            (version.path / "data.txt").write_text("two")
            version.report = {"content": "two"}
            monkeypatch.setattr(store_module, "transaction", interrupted)

    with pytest.raises(KeyboardInterrupt):
        import_interrupted_after_its_commit()
    monkeypatch.undo()
    assert content(workspace, "acme") == "two"


def test_the_version_before_is_kept_for_undo_and_older_ones_go(workspace):
    for text in ("one", "two", "three"):
        keep(workspace, "acme", text)
    assert folders(workspace) == 2
    assert workspace.undo("acme").version == 2
    assert content(workspace, "acme") == "two"
    assert workspace.undo("acme").version == 3
    assert content(workspace, "acme") == "three"


def test_a_new_version_knows_the_one_it_replaces(workspace):
    with workspace.new_version("acme") as version:
        assert version.previous is None
    with workspace.new_version("acme") as version:
        assert version.previous is not None
        assert version.previous.version == 1
    assert version.stored is not None
    assert version.stored.version == 2


def test_what_somebody_reads_stays_until_it_is_closed(workspace):
    keep(workspace, "acme", "one")
    held = workspace.hold("acme")
    for text in ("two", "three", "four"):
        keep(workspace, "acme", text)
    assert (held.stored.path / "data.txt").read_text() == "one"
    held.close()
    keep(workspace, "acme", "five")
    assert not held.stored.path.exists()


def test_readers_always_see_a_whole_version_while_imports_follow_one_another(workspace):
    keep(workspace, "acme", "0")
    stop = threading.Event()

    def read() -> set[int]:
        own = Workspace(workspace.home)
        seen = set()
        while not stop.is_set():
            held = own.hold("acme")
            text = (held.stored.path / "data.txt").read_text()
            assert held.stored.report == {"content": text}
            seen.add(held.stored.version)
            held.close()
        return seen

    with ThreadPoolExecutor(4) as readers:
        found = [readers.submit(read) for _ in range(4)]
        for number in range(1, 40):
            keep(workspace, "acme", str(number))
        stop.set()
        seen = set().union(*(future.result() for future in found))
    assert len(seen) > 5
    assert content(workspace, "acme") == "39"


def test_delete_hides_and_undo_brings_back(workspace):
    keep(workspace, "acme", "one")
    workspace.delete("acme")
    assert workspace.datasets() == []
    with pytest.raises(UsageError, check=lambda error: error.code == "unknown_dataset"):
        workspace.dataset("acme")
    workspace.undo("acme")
    assert content(workspace, "acme") == "one"
    with pytest.raises(UsageError, check=lambda error: error.code == "nothing_to_undo"):
        workspace.undo("acme")


def test_an_import_over_a_deleted_dataset_starts_afresh(workspace):
    keep(workspace, "acme", "one")
    workspace.delete("acme")
    with workspace.new_version("acme") as version:
        assert version.previous is None
        (version.path / "data.txt").write_text("two")
        version.report = {"content": "two"}
    assert content(workspace, "acme") == "two"


def test_a_deleted_dataset_is_gone_after_seven_days(workspace):
    keep(workspace, "acme", "one")
    keep(workspace, "other", "kept")
    workspace.delete("acme")
    for days, left in ((6, 2), (8, 1)):
        when = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        with sqlite3.connect(workspace.home / "state.sqlite") as db:
            db.execute("UPDATE datasets SET deleted_at = ? WHERE name = 'acme'", (when,))
        db.close()
        assert folders(Workspace(workspace.home)) == left
    assert content(workspace, "other") == "kept"


def test_two_imports_into_one_dataset_at_once(workspace):
    with workspace.new_version("acme") as version:
        (version.path / "data.txt").write_text("first")
        version.report = {"content": "first"}
        with pytest.raises(WorkspaceError) as caught, workspace.new_version("acme"):
            pytest.fail("the second import must not start")
        keep(workspace, "other", "free")
    assert caught.value.code == "import_running"
    assert caught.value.fields == {"name": "acme", "process": os.getpid()}
    assert content(workspace, "acme") == "first"
    assert content(workspace, "other") == "free"


def test_a_lock_file_with_the_id_of_a_dead_or_foreign_process_does_not_block(workspace):
    keep(workspace, "acme", "one")
    locks = [p for p in (workspace.home / "locks").glob("*.lock") if p.stem != "workspace"]
    assert len(locks) == 1
    locks[0].write_text("1")  # alive, and not ours
    keep(workspace, "acme", "two")
    assert content(workspace, "acme") == "two"


def test_the_same_bytes_with_the_same_options_are_recognised(workspace, tmp_path):
    file = tmp_path / "s.csv"
    file.write_text("a,b\n1,2\n")
    sources = source_files([file])
    # sha256 of those eight bytes, by `printf 'a,b\n1,2\n' | sha256sum`
    assert sources[0].sha256 == "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470"
    options = {"encoding": None, "mapping": {"A": "account_id"}}
    assert workspace.unchanged("acme", sources, options) is None
    with workspace.new_version("acme", sources, options):
        pass
    found = workspace.unchanged("acme", sources, options)
    assert found is not None
    assert found.version == 1
    assert workspace.unchanged("acme", sources, {**options, "encoding": "cp932"}) is None
    file.write_text("a,b\n1,3\n")
    assert workspace.unchanged("acme", source_files([file]), options) is None


def test_leftovers_of_a_killed_import_go_at_the_next_start_and_running_ones_stay(workspace):
    keep(workspace, "acme", "one")
    key = workspace.dataset("acme").id
    (workspace.home / "datasets" / key / "2-abcdef").mkdir()
    (workspace.home / "datasets" / "0123456789abcdef" / "1-abcdef").mkdir(parents=True)
    with workspace.new_version("running") as version:
        Workspace(workspace.home)
        assert version.path.exists()
        assert folders(workspace) == 2
    assert content(workspace, "acme") == "one"
    assert not (workspace.home / "datasets" / "0123456789abcdef").exists()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "dataset_name_empty"),
        ("  ", "dataset_name_empty"),
        ("a/b", "dataset_name_slash"),
        ("..\\x", "dataset_name_slash"),
        ("..", "dataset_name_dots"),
        ("a\x00b", "dataset_name_control"),
        ("a\u202eb", "dataset_name_control"),
        ("a\nb", "dataset_name_control"),
        ("x" * 81, "dataset_name_too_long"),
    ],
)
def test_names_that_cannot_be_used(workspace, name, code):
    with pytest.raises(UsageError) as caught, workspace.new_version(name):
        pytest.fail("no version may be made")
    assert caught.value.code == code
    for language in LANGUAGES:
        assert "\n" not in sentence(caught.value, language)
    assert folders(workspace) == 0


def test_names_are_composed_and_trimmed():
    assert check_name(" \u304b\u3099 ") == "\u304c"
    assert check_name("令和6年 売上 (速報)") == "令和6年 売上 (速報)"
    assert check_name("x" * 80) == "x" * 80


def test_settings_and_mappings_are_remembered(workspace):
    assert workspace.setting("language", "en") == "en"
    workspace.set_setting("language", "ja")
    signature = header_signature(["顧客ID", "月額"])
    assert signature == header_signature(["月額", "顧客ID"])
    assert signature != header_signature(["顧客ID", "年額"])
    assert workspace.mapping(signature) is None
    workspace.save_mapping(signature, {"月額": "mrr"})
    workspace.save_mapping(signature, {"月額": "amount"})
    again = Workspace(workspace.home)
    assert again.setting("language") == "ja"
    assert again.mapping(signature) == {"月額": "amount"}


def test_a_workspace_of_a_newer_version_is_refused_and_untouched(workspace):
    keep(workspace, "acme", "one")
    with sqlite3.connect(workspace.home / "state.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(WorkspaceError) as caught:
        Workspace(workspace.home)
    assert caught.value.code == "workspace_newer"
    assert caught.value.fields["found"] == 99
    assert folders(workspace) == 1


def test_a_damaged_state_file_is_one_sentence(tmp_path):
    (tmp_path / "state.sqlite").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "workspace_damaged"):
        Workspace(tmp_path)


def test_a_full_disk_while_writing_leaves_the_old_version(workspace, monkeypatch):
    keep(workspace, "acme", "one")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "disk_full"):
        keep(workspace, "acme", "two")
    monkeypatch.undo()
    assert content(workspace, "acme") == "one"
    assert folders(workspace) == 1


def test_a_full_disk_while_switching_leaves_the_old_version(workspace, monkeypatch):
    keep(workspace, "acme", "one")
    real = sqlite3.connect

    def cramped(*args, **keywords):
        connection = real(*args, **keywords)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite's own way to be out of space
        return connection

    monkeypatch.setattr(sqlite3, "connect", cramped)
    with (
        pytest.raises(WorkspaceError, check=lambda error: error.code == "disk_full"),
        workspace.new_version("acme") as version,
    ):
        version.report = {"long": "x" * 200_000}
    monkeypatch.undo()
    assert content(workspace, "acme") == "one"
    assert folders(workspace) == 1


READ_ONLY = """
import os, sys
from pathlib import Path
from cs_core.errors import WorkspaceError
from cs_core.workspace import Workspace
if os.getuid() == 0:  # permissions do not bind root
    os.setgid(65534); os.setuid(65534)
workspace = Workspace(Path(sys.argv[1]))
held = workspace.hold("acme")
print((held.stored.path / "data.txt").read_text())
for attempt in (lambda: workspace.set_setting("a", 1), lambda: workspace.delete("acme"),
                lambda: workspace.new_version("acme").__enter__()):
    try:
        attempt()
    except WorkspaceError as error:
        print(error.code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions work differently there")
def test_a_read_only_workspace_can_be_read_and_says_so_when_written(workspace, tmp_path):
    keep(workspace, "acme", "one")
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    everything = [workspace.home, *workspace.home.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(workspace.home)],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[3],
        )
    finally:
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.stdout.split() == ["one", *["workspace_read_only"] * 3], done.stderr
