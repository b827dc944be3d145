"""A backup brings back exactly what was there, and nothing else is taken for one."""

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from cs_core.errors import UsageError, WorkspaceError
from cs_core.workspace import Workspace, header_signature
from cs_core.workspace.backup import back_up, restore


def keep(workspace: Workspace, name: str, text: str) -> None:
    with workspace.new_version(name, options={"encoding": "cp932"}) as version:
        (version.path / "deep").mkdir()
        (version.path / "deep" / "data.txt").write_text(text)
        version.report = {"text": text}


def texts(workspace: Workspace) -> dict[str, str]:
    return {d.name: (d.path / "deep" / "data.txt").read_text() for d in workspace.datasets()}


@pytest.fixture
def full(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "home")
    keep(workspace, "acme", "old")
    keep(workspace, "acme", "new")
    keep(workspace, "継続", "日本語")
    keep(workspace, "gone", "deleted")
    workspace.delete("gone")
    workspace.set_setting("language", "ja")
    workspace.save_mapping(header_signature(["月額"]), {"月額": "mrr"})
    return workspace


def test_backup_and_restore_round_trip(full, tmp_path):
    assert back_up(full, tmp_path / "all.zip") == 2
    other = Workspace(tmp_path / "other")
    assert restore(other, tmp_path / "all.zip").datasets == 2
    again = Workspace(tmp_path / "other")
    assert texts(again) == texts(full) == {"acme": "new", "継続": "日本語"}
    for before, after in zip(full.datasets(), again.datasets(), strict=True):
        assert (before.version, before.created, before.options, before.report) == (
            after.version,
            after.created,
            after.options,
            after.report,
        )
    assert again.setting("language") == "ja"
    assert again.mapping(header_signature(["月額"])) == {"月額": "mrr"}
    with pytest.raises(UsageError, check=lambda error: error.code == "unknown_dataset"):
        again.undo("gone")
    assert [p.name for p in tmp_path.glob("*.partial")] == []


def test_a_restore_into_a_full_workspace_asks_first_and_then_replaces(full, tmp_path):
    back_up(full, tmp_path / "all.zip")
    keep(full, "acme", "newest")
    keep(full, "later", "x")
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "restore_not_empty"):
        restore(full, tmp_path / "all.zip")
    assert texts(full)["acme"] == "newest"
    restore(full, tmp_path / "all.zip", replace=True)
    assert texts(full) == {"acme": "new", "継続": "日本語"}
    assert len(list((full.home / "datasets").glob("*/*"))) == 2
    keep(full, "acme", "after")
    assert texts(full)["acme"] == "after"


def rewritten(source: Path, target: Path, change) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name, content in change({n: old.read(n) for n in old.namelist()}).items():
            new.writestr(name, content)
    return target


def without_a_file(files):
    return {n: c for n, c in files.items() if not n.endswith("data.txt")}


def with_other_bytes(files):
    return {n: c + b"!" if n.endswith("data.txt") else c for n, c in files.items()}


def leading_out(files):
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["datasets/../../../evil"] = next(iter(manifest["files"].values()))
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def without_a_manifest(files):
    return {n: c for n, c in files.items() if n != "manifest.json"}


@pytest.mark.parametrize(
    "change", [without_a_file, with_other_bytes, leading_out, without_a_manifest]
)
def test_a_tampered_backup_is_refused_and_nothing_changes(full, tmp_path, change):
    back_up(full, tmp_path / "all.zip")
    before = texts(full)
    bad = rewritten(tmp_path / "all.zip", tmp_path / "bad.zip", change)
    with pytest.raises(WorkspaceError) as caught:
        restore(full, bad, replace=True)
    assert caught.value.code == "backup_unusable"
    assert texts(full) == before
    assert not (tmp_path.parent / "evil").exists()


def test_a_state_naming_a_folder_outside_is_refused(full, tmp_path):
    back_up(full, tmp_path / "all.zip")
    state = tmp_path / "state.sqlite"

    def pointing_out(files):
        import hashlib

        state.write_bytes(files["state.sqlite"])
        with sqlite3.connect(state) as db:
            db.execute("UPDATE versions SET directory = '../../home' WHERE version = 2")
        db.close()
        manifest = json.loads(files["manifest.json"])
        manifest["files"]["state.sqlite"] = hashlib.sha256(state.read_bytes()).hexdigest()
        return {
            **files,
            "state.sqlite": state.read_bytes(),
            "manifest.json": json.dumps(manifest).encode(),
        }

    bad = rewritten(tmp_path / "all.zip", tmp_path / "bad.zip", pointing_out)
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "backup_unusable"):
        restore(full, bad, replace=True)
    assert texts(full)["acme"] == "new"


def test_files_that_are_no_backup(full, tmp_path):
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "backup_unusable"):
        restore(full, tmp_path / "text.zip", replace=True)
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "backup_missing"):
        restore(full, tmp_path / "none.zip", replace=True)
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "backup_unwritable"):
        back_up(full, tmp_path / "none" / "x.zip")
    assert texts(full)["acme"] == "new"


def test_a_backup_of_a_newer_version_says_so(full, tmp_path):
    back_up(full, tmp_path / "all.zip")

    def newer(files):
        return {**files, "manifest.json": files["manifest.json"].replace(b'": 1,', b'": 9,', 1)}

    bad = rewritten(tmp_path / "all.zip", tmp_path / "bad.zip", newer)
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "backup_newer"):
        restore(full, bad, replace=True)


def test_a_restore_waits_for_no_import_and_takes_no_part_of_one(full, tmp_path):
    back_up(full, tmp_path / "all.zip")
    with full.new_version("acme") as version:
        (version.path / "deep").mkdir()
        (version.path / "deep" / "data.txt").write_text("meanwhile")
        version.report = {"text": "meanwhile"}
        with pytest.raises(WorkspaceError, check=lambda error: error.code == "workspace_busy"):
            restore(full, tmp_path / "all.zip", replace=True)
        back_up(full, tmp_path / "during.zip")
    assert texts(full)["acme"] == "meanwhile"
    restore(full, tmp_path / "during.zip", replace=True)
    assert texts(full)["acme"] == "new"


def test_what_an_ended_process_left_goes_at_the_next_start(full):
    left = full.home / "temporary" / "1-abc"
    left.mkdir(parents=True)
    own = full.temporary()
    Workspace(full.home)
    assert not left.exists()
    assert own.exists()
