"""The pages say how many customers were there before the data begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.workspace import Workspace


@pytest.mark.parametrize("page", ["overview", "retention"])
def test_the_pages_say_who_came_earlier(
    workspace: Workspace, tmp_path: Path, opened: Callable[..., AppTest], page: str
):
    months = ",".join(f"2024-{month:02d}" for month in range(1, 9))
    rows = ["A" + ",100" * 8, "B" + ",100" * 5 + ",,,", "C,," + ",50" * 5 + ","]
    (tmp_path / "matrix.csv").write_text("\n".join([f"customer,{months}", *rows]), "utf-8")
    datasets.import_files([tmp_path / "matrix.csv"], "m", workspace)
    at = opened(page, dataset="m", lang="en")
    assert not at.exception
    said = [item.value for item in at.markdown if "Before Jan 2024: 2 customers" in item.value]
    assert len(said) == 1
