"""What moving a slider of the laboratory costs on the server. Run: python tests/bench/slider.py

One made-up dataset of a million subscriptions (or as many as given), its page opened, then seven
moves of a churn slider, each a whole rerun with nothing of the scenario kept: the median against
the 150 ms it may take, and against the first opening.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import made
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.workspace import Workspace

ROOT = Path(__file__).parents[2]
LIMIT = 0.150
MOVES = 7


def main(subscriptions: int) -> None:
    with TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = str(Path(folder) / "home")
        file = Path(folder) / "subscriptions.parquet"
        made.write(file, subscriptions)
        datasets.import_files([file], "made", Workspace())
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
        at.query_params.update({"dataset": "made", "lang": "en"})
        at.run()
        began = time.perf_counter()
        at.switch_page("pages/plan/lifetime_value.py").run()
        opening = time.perf_counter() - began
        slider = at.slider(key="form-churn_mature-en")
        shown = slider.value
        gc.collect()
        gc.freeze()  # as the server does once
        cpu, wall = [], []
        for step in range(1, MOVES + 1):
            at.slider(key="form-churn_mature-en").set_value(round(shown + step / 10, 1))
            before, began = time.process_time(), time.perf_counter()
            at.run()
            cpu.append(time.process_time() - before)
            wall.append(time.perf_counter() - began)
        assert not at.exception
        assert not at.error
    print(
        f"{subscriptions:,} subscriptions: {median(wall) * 1000:.0f} ms a move,"
        f" {median(cpu) * 1000:.0f} ms CPU; {median(wall) / LIMIT:.2f} of the limit,"
        f" 1/{opening / median(wall):.0f} of the first opening"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
