"""Killed at random moments of an import, a dataset is whole: the old version or the new one."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cs_core.workspace import Workspace

ROOT = Path(__file__).parents[3]
FILES = 40
# Each version is forty files that all hold the version's own number.
CHILD = f"""
import sys
from pathlib import Path
from cs_core.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
print("started", flush=True)
while True:
    with workspace.new_version("acme") as version:
        number = str(version.previous.version + 1 if version.previous else 1)
        for index in range({FILES}):
            (version.path / str(index)).write_text(number)
        version.report = {{"number": number}}
    print("kept", flush=True)
"""


def kill_during_import(home: Path, seconds: float, kept: int = 0) -> None:
    """Kills a child that imports without end, `seconds` after it has kept so many versions."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert child.stdout is not None
    for _ in range(1 + kept):
        child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    child.wait()
    child.stdout.close()


def check_whole(home: Path) -> int:
    workspace = Workspace(home)
    stored = workspace.dataset("acme")
    written = [path for path in stored.path.iterdir() if path.name.isdecimal()]
    assert {path.read_text() for path in written} == {str(stored.version)}
    assert len(written) == FILES
    assert stored.report == {"number": str(stored.version)}
    # Nothing left over: the current version, and the one before it for undo.
    assert len(list(stored.path.parent.iterdir())) == min(stored.version, 2)
    return stored.version


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_at_random_moments_a_dataset_is_whole(tmp_path):
    generator = random.Random(20260401)
    kill_during_import(tmp_path, 0.05, kept=1)
    versions = [check_whole(tmp_path)]
    for _ in range(6):
        kill_during_import(tmp_path, generator.uniform(0.0, 0.06))
        versions.append(check_whole(tmp_path))
    assert versions == sorted(versions)
