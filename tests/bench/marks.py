"""Every mark of every page on the sample: `python -m tests.bench.marks`. Prints the marks whose
list does not add up to them, and how many were tried."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.metrics.options import Options
from cs_core.workspace import Workspace
from pages.frame.navigation import PAGES
from tests.ui import marks
from tests.ui.folds import unfold

APP = Path(__file__).resolve().parents[2] / "app.py"


def main() -> None:
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        os.environ["KEIZOKU_HOME"] = home
        workspace = Workspace()
        datasets.import_files(datasets.sample_files(), "ours", workspace)
        drawn = marks.Drawn()
        drawn.watch(patch)
        for page, tried in marks.OF_PAGE.items():
            at = AppTest.from_file(str(APP), default_timeout=120)
            at.query_params.update({"dataset": "ours", "lang": "en", "range": "all"})
            unfold(at)
            at.run()
            script = next(row.script for row in PAGES if row.key == page)
            at.switch_page(str(script.relative_to(APP.parent))).run()
            with datasets.open_dataset(dataset="ours", workspace=workspace) as dataset:
                found = list(tried(drawn, dataset, Options(), 1))
            wrong = [one for one in found if one[1] != one[2]]
            print(f"{page}: {len(found)} marks, {len(wrong)} of them wrong")
            for mark, shown, listed in wrong:
                print(f"  {mark}: {shown} is shown, the list has {listed}")


if __name__ == "__main__":
    main()
