"""What a slider of the Learn page costs the server: the median of a run after it was moved.

    python -m tests.bench.learning [--times 15]

Runs the page as the tests do, in this process. The goal is 150 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

SLIDERS = (
    ("simulator", "churn_later", 0.5),
    ("compound", "churn", 0.5),
    ("top_tenth", "auc", 0.05),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = str(Path(folder) / "home")
        for lesson, setting, step in SLIDERS:
            print(f"{lesson:12} {moved(lesson, setting, step, given.times) * 1000:6.0f} ms")


def moved(lesson: str, setting: str, step: float, times: int) -> float:
    """Seconds of processor time of one run, to settings that were not asked before."""
    from streamlit.testing.v1 import AppTest

    from tests.ui.conftest import APP

    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"], app.query_params["lesson"] = "en", lesson
    app.run()
    app.switch_page("pages/learn/learn/page.py").run()
    if lesson != "simulator":
        app.button(key="learn-skip").click().run()
    spent = []
    for place in range(1, times + 1):
        slider = app.slider(key=f"learn-set-{lesson}-{setting}-en")
        slider.set_value(slider.min + place % 15 * step)
        begun = time.process_time()
        app.run()
        spent.append(time.process_time() - begun)
    return statistics.median(spent)


if __name__ == "__main__":
    main()
