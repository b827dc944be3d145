"""What is kept for speed and what is unpacked is bounded; what is kept is its owner's alone."""

from __future__ import annotations

import os
import sys
import time
import zipfile
from pathlib import Path

import pytest

from cs_core.errors import WorkspaceError
from cs_core.workspace import Workspace, derived
from cs_core.workspace.backup import SECRETS, back_up, restore
from tests.core.workspace.test_datasets import keep


def test_the_longest_unused_of_what_is_derived_goes_first(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(derived.MOST_BYTES, "risk-*.npz", 250)
    for age in range(5):
        path = tmp_path / f"risk-{age}.npz"
        path.write_bytes(bytes(100))
        os.utime(path, (time.time() - age * 60,) * 2)
    for name, age in (("risk-a.1-2.draft", 3 * 3600), ("risk-b.1-2.draft", 60)):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    (tmp_path / "data.duckdb").write_bytes(bytes(1000))
    derived.prune(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "risk-0.npz",
        "risk-1.npz",
        "risk-b.1-2.draft",
        "data.duckdb",
    }


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    keep(workspace, "acme", "one")
    back_up(workspace, tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datasets/x/y/bomb", bytes(200 << 20))
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "backup_unusable"):
        restore(workspace, tmp_path / "all.zip", replace=True)
    assert [found.name for found in workspace.datasets()] == ["acme"]


def test_a_backup_holds_no_secret_and_says_so(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    keep(workspace, "acme", "one")
    workspace.set_setting("webhook", "https://example.test/T0-SECRET")
    workspace.set_setting("language", "ja")
    back_up(workspace, tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert not any(b"T0-SECRET" in archive.read(name) for name in archive.namelist())
    other = Workspace(tmp_path / "other")
    assert restore(other, tmp_path / "all.zip").left_out == ("webhook",)
    assert other.setting("language") == "ja"
    assert restore(workspace, tmp_path / "all.zip", replace=True).left_out == ()
    assert workspace.setting("webhook") == "https://example.test/T0-SECRET"


def test_the_webhook_is_among_the_secrets() -> None:
    from cs_core.reports import webhook

    assert webhook._SETTING in SECRETS


@pytest.mark.skipif(sys.platform == "win32", reason="permissions work differently there")
def test_files_and_folders_are_the_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    workspace = Workspace(home)
    keep(workspace, "acme", "one")
    workspace.temporary()
    back_up(workspace, tmp_path / "all.zip")
    restore(workspace, tmp_path / "all.zip", replace=True)
    for path in [home, *home.rglob("*"), tmp_path / "all.zip"]:
        assert path.stat().st_mode & 0o077 == 0, path
