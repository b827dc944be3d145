"""What a page costs the server: wall time and processor time, without a test harness.

    python -m tests.bench.pages                     1 000 000 subscriptions
    python -m tests.bench.pages --size 65000 --times 9

Starts the app as a person does and speaks to it as a browser does, over its websocket. For every
page: opened for the first time since the server started (cold), run again with nothing changed,
and on Lifetime value a slider moved to a value not asked before. Processor time is that of the
whole server process; on a machine that has other work to do, trust it and not the wall.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.browser import Browser, Spent, server
from tests.bench.processes import measure

BENCH = "tests/bench"
# The address part of each page; the first is the one the app opens with.
PAGES = ("", "retention", "churn", "lifetime_value", "accounts_at_risk", "renewals", "definitions")
SLIDING = "lifetime_value"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--pages", nargs="+", default=PAGES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = os.environ.get("KEIZOKU_HOME") or str(Path(folder) / "home")
        if not any((Path(os.environ["KEIZOKU_HOME"]) / "datasets").glob("*/*")):
            file = Path(folder) / "subscriptions.parquet"
            measure([f"{BENCH}/made.py", str(file), str(given.size)], 1)
            measure(["-m", "cs_core", "import", str(file), "--dataset", "b"], 1)
        print(f"{'':18} {'cold':>17} {'again':>17} {'slider moved':>17}   (wall, processor)")
        for page in given.pages:
            with server() as (port, process):
                one_page(port, process, page, given.times)


def one_page(port: int, process: subprocess.Popen[bytes], page: str, times: int) -> None:
    with Browser(port, process.pid) as browser:
        browser.run()  # the first screen, as after starting the app
        words = [calm(browser.run(page)) if page else browser.first]
        again = [calm(browser.run(page)) for _ in range(times + 1)][1:]
        moved: list[Spent] = []
        if page == SLIDING:
            moved = [calm(browser.slide(page, step)) for step in range(1, times + 1)]
        print(f"{page or 'overview':18} {words[0]} {middle(again)} {middle(moved)}", flush=True)


def calm(spent: Spent) -> Spent:
    """Waits: collecting garbage and the like is done before the next."""
    time.sleep(0.3)
    return spent


def middle(spent: list[Spent]) -> str:
    if not spent:
        return ""
    wall = statistics.median(one.wall for one in spent)
    return str(Spent(wall, statistics.median(one.processor for one in spent)))


if __name__ == "__main__":
    main()
