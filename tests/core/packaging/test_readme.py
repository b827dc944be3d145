"""What the README says to type runs as it stands, in a fresh clone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cs_core.cli.arguments import EXAMPLES

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text("utf-8")


def block(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", README, re.S)
    assert found is not None
    return found.group(1)


def test_every_command_runs(tmp_path: Path) -> None:
    lines = block("command line").splitlines()
    assert len(lines) > 5
    assert all(line.startswith(".venv/bin/python ") for line in lines)
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")  # what is written stays out of it
    home = {"KEIZOKU_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **home, "LANG": "en_GB.UTF-8"}
    for line in lines:
        command = line.replace(".venv/bin/python", f'"{sys.executable}"', 1)
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout.strip(), line


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path))
    *steps, last = block("python").strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(steps), names)
    chart = eval(last, names)
    assert chart.to_dict()["data"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_help_are_read(example: str) -> None:
    from cs_core.cli.arguments import parse

    assert parse(example.split()).command == example.split()[0]
