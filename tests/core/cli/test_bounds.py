"""The command line's bounds: what passes one ends with a sentence, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cs_core.cli import bounds, say

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be split here")


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    path = tmp_path / "x.csv"
    path.write_text("account_id,start_date,mrr\nA,2024-01-01,5\n")
    return ["check", str(path)]


def spin() -> int:
    while True:
        pass


def test_the_status_is_that_of_the_command(words: list[str]) -> None:
    assert bounds.bounded(words, lambda: 1) == 1
    assert bounds.bounded([*words, "--unbounded"], lambda: os.getpid()) == os.getpid()
    assert bounds.bounded(["query", "churn", "--dataset", "x"], lambda: os.getpid()) == os.getpid()


def test_processor_time_is_bounded(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "WAIT", 1000)
    seconds = 1 / (os.cpu_count() or 1)
    assert bounds.bounded(words, spin, seconds=seconds) == 2
    said = capsys.readouterr().err
    assert said.startswith("x.csv was stopped after 1 seconds")
    assert "--unbounded" in said


def test_time_is_bounded(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "WAIT", 0.2)
    assert bounds.bounded(words, lambda: time.sleep(60) or 0, seconds=1) == 2  # type: ignore[func-returns-value]
    assert "--unbounded" in capsys.readouterr().err


def test_memory_is_bounded(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def run() -> int:
        try:
            return len(bytearray(64 << 30)) and 0
        except MemoryError as error:
            status = say(error, "ja")
            sys.stderr.flush()
            return status

    assert bounds.bounded(words, run) == 2
    assert "8192MB" in capfd.readouterr().err


def test_a_command_that_the_system_ends_has_its_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    assert bounds.bounded([*words, "--lang", "ja"], run) == 2
    assert "8192MB" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent")
def test_the_command_ends_with_who_waits_for_it(words: list[str], tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = (
        "import os, time, pathlib\nfrom cs_core.cli.bounds import bounded\n"
        f"def run():\n    pathlib.Path({str(told)!r}).write_text(str(os.getpid()))\n"
        f"    time.sleep(60)\n    return 0\nbounded({words!r}, run)\n"
    )
    waits = subprocess.Popen([sys.executable, "-c", code], cwd=Path(bounds.__file__).parents[2])
    try:
        for _ in range(600):
            if told.exists() and told.read_text():
                break
            time.sleep(0.05)
        command = int(told.read_text())
    finally:
        waits.kill()
        waits.wait()
    for _ in range(600):
        if (
            not Path(f"/proc/{command}").exists()
            or " Z " in Path(f"/proc/{command}/stat").read_text()
        ):
            return
        time.sleep(0.05)
    os.kill(command, signal.SIGKILL)
    pytest.fail("the command outlived who waited for it")
