"""Runs the command line in this process and gives back what it wrote."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cs_core.cli import main


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status == 0, self.err
        # An as-of after the last day of the data is answered, and said.
        said = [line for line in self.err.splitlines() if "The data speaks until" not in line]
        assert said == []
        return json.loads(self.out)


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))

    def run_words(*words: object) -> Done:
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return run_words
