"""Datasets that several tests of accounts at risk ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cs_core.datasets import Dataset, open_dataset, sample_files


@pytest.fixture(scope="session")
def shared() -> Path:
    beside = Path(__file__).resolve().parents[5] / "shared" / "data"
    folder = Path(os.environ.get("KEIZOKU_SHARED_DATA", beside))
    if not folder.is_dir():
        pytest.skip("the folder of published data is not here")
    return folder


@pytest.fixture(scope="session")
def sample() -> Iterator[Dataset]:
    with open_dataset(sample_files()) as dataset:
        yield dataset
