"""The lock, the bill of materials and the notices fit the packages that are asked for."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.source import ROOT

SUPPLY = ROOT / ".ci" / "supply.py"


@pytest.fixture
def supply() -> ModuleType:
    spec = importlib.util.spec_from_file_location("supply", SUPPLY)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_stale() -> None:
    done = subprocess.run(
        [sys.executable, str(SUPPLY), "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_stale_is_named(
    supply: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = supply.LOCK.read_text("utf-8")
    entries = [text for text in re.split(r"\n(?=\S)", lock) if not text.startswith("starlette==")]
    broken = "\n".join(
        text.partition(" ")[0] if text.startswith("pandas==") else text for text in entries
    )
    changed = tmp_path / supply.LOCK.name
    changed.write_text(broken.replace("duckdb==", "duckdb==0."), "utf-8")
    monkeypatch.setattr(supply, "LOCK", changed)

    said = "\n".join(supply.stale())
    for words in ("lacks starlette", "lacks duckdb", "no hash of pandas", "bom.json", "NOTICES"):
        assert words in said


def test_no_file_of_the_supply_names_a_registry() -> None:
    for name in ("requirements.lock", "bom.json", "THIRD_PARTY_NOTICES.txt"):
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"pypi\.org|pythonhosted|--index-url|--find-links|file://", text)
    bom = json.loads((ROOT / "bom.json").read_text("utf-8"))
    assert all(part["licenses"][0]["license"] for part in bom["components"])
    assert "UNKNOWN" not in {
        part["licenses"][0]["license"].get("name") for part in bom["components"]
    }
