"""`report` and `verify` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cs_core.cli import main

DATA = ["--as-of", "2023-09-01"]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_from_file_to_proof(
    capsys: pytest.CaptureFixture[str], files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    status, told, err = run(
        capsys, "report", *files, "--out", out, "--page", "churn", "--preset", "page", *DATA
    )
    assert (status, err) == (0, "")
    assert json.loads(told)["written"] is True
    assert run(capsys, "verify", out, *files)[0] == 0
    text = out.read_text("utf-8")
    out.write_text(text.replace('data-v="', 'data-v="9', 1), "utf-8")
    status, told, err = run(capsys, "verify", out, *files)
    assert status == 1
    assert [row["what"] for row in json.loads(told)] == ["figure"]
    assert err.count("\n") == 1


def test_a_report_is_drawn_within_the_bounds_of_files(files: list[Path], tmp_path: Path) -> None:
    """In a process of its own, as a person runs it: what draws reserves more addresses than the
    bound of memory has bytes."""
    out = tmp_path / "report.html"
    words = [*map(str, files), "--preset", "page", "--page", "churn", "--out", str(out), *DATA]
    done = subprocess.run(
        [sys.executable, "-m", "cs_core", "report", *words], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "<svg" in out.read_text("utf-8")


def test_nothing_is_written_where_nothing_changed(
    capsys: pytest.CaptureFixture[str], files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    words = ["report", *files, "--out", out, "--preset", "page", "--page", "churn", *DATA]
    assert run(capsys, *words)[0] == 0
    before = out.read_bytes()
    status, told, _ = run(capsys, *words, "--if-changed")
    assert (status, json.loads(told)["written"], out.read_bytes()) == (0, False, before)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_mistakes_get_one_sentence(
    capsys: pytest.CaptureFixture[str], files: list[Path], tmp_path: Path, language: str
) -> None:
    lang = ["--lang", language]
    for words in (
        ["report", files[0], *lang],
        ["report", files[0], "--out", tmp_path / "x.doc", *lang],
        ["report", files[0], "--out", tmp_path / "no" / "x.html", *lang],
        ["report", files[0], "--out", tmp_path / "x.html", "--preset", "weekly", *lang],
        ["report", files[0], "--out", tmp_path / "x.html", "--filter", "nothing", *lang],
        ["verify", files[0], files[0], *lang],
        ["verify", tmp_path / "none.html", files[0], *lang],
    ):
        status, out, err = run(capsys, *words)
        assert (status, out, err.count("\n")) == (2, "", 1), words
    assert list(tmp_path.glob("*.html")) == []
