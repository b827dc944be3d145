"""Small files written on the spot, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs_core.importers import FileReading, ReadOptions, read
from tests.core.importers.helpers import accepted_and_not

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    """The folder of published data."""
    if not SHARED.is_dir():
        pytest.skip("the folder of published data is not there")
    return SHARED


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., FileReading]:
    """take(text or bytes, name, **ReadOptions): the reading of one file."""

    def take_(content: str | bytes, name: str = "file.csv", **options: Any) -> FileReading:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        [reading] = read([path], ReadOptions(**options), scratch).files
        accepted_and_not(reading)
        return reading

    return take_
