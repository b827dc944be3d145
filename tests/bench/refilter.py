"""Changing a filter on a stored dataset: query time of bridge, cohorts and NRR/GRR together.

    python -m tests.bench.refilter               1 000 000 subscriptions
    python -m tests.bench.refilter --size 10000000

Each question has a filter that was not asked before. "configured" are the columns the cube holds;
"other" is one with too many values for it. Times are inside the process, after one question to
warm up, as for a page that is open.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.processes import ROOT, measure

BENCH = "tests/bench"
METRICS = ("mrr_movements", "cohorts", "retention")
PLANS = ("Starter", "Team", "Business", "Enterprise")
COUNTRIES = ("JP", "US", "DE", "SG", "FR")
QUESTIONS = {
    "configured, one column": [(("country", country),) for country in COUNTRIES[1:]],
    "configured, changing column": [(("plan", plan),) for plan in PLANS],
    "configured, two columns": [
        (("plan", plan), ("country", country)) for plan in PLANS[:2] for country in COUNTRIES[:2]
    ],
    "other column": [(("owner", f"owner {number:02d}"),) for number in range(5)],
    "other and configured": [
        (("owner", f"owner {number:02d}"), ("plan", "Team")) for number in range(4)
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = str(Path(folder) / "home")
        file = Path(folder) / "subscriptions.parquet"
        measure([f"{BENCH}/made.py", str(file), str(given.size)], 1)
        imported = measure(["-m", "cs_core", "import", str(file), "--dataset", "b"], 1)
        print(f"{given.size:,} subscriptions, import {imported.seconds:.1f} s")
        ask_all()


def ask_all() -> None:
    sys.path.insert(0, str(ROOT))
    from cs_core import open_dataset
    from cs_core.metrics import Options

    with open_dataset(dataset="b") as dataset:

        def ask(where: tuple[tuple[str, str], ...]) -> float:
            options = Options(where=where)
            start = time.perf_counter()
            for metric in METRICS:
                assert dataset.run(metric, options).rows
            return (time.perf_counter() - start) * 1000

        print(f"  {'first question (warm-up)':30} {ask((('country', 'JP'),)):7.0f} ms")
        for name, filters in QUESTIONS.items():
            times = [ask(where) for where in filters]
            print(
                f"  {name:30} {statistics.median(times):7.0f} ms  (slowest {max(times):.0f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
