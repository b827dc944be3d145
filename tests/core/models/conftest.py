"""The folder of published data beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    beside = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("KEIZOKU_SHARED_DATA", beside))
    if not folder.is_dir():
        pytest.skip("the folder of published data is not here")
    return folder
