from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cs_core.datasets import Dataset, import_files, open_dataset
from cs_core.workspace import StoredDataset, Workspace
from tests.core.studies.plays import company


@pytest.fixture(scope="session", params=[1, 2, 3])
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[company.Rows, Dataset]]:
    rows = company.made(request.param)
    folder = tmp_path_factory.mktemp(f"company{request.param}")
    with open_dataset(rows.write(folder)) as dataset:
        assert dataset.info.as_of == rows.end
        yield rows, dataset


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))
    made = Workspace()
    import_files(company.made(1).write(tmp_path / "files"), "ours", made)
    return made


@pytest.fixture
def stored(workspace: Workspace) -> StoredDataset:
    return workspace.dataset("ours")
