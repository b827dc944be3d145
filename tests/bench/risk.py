"""Accounts at risk at full size: `python -m tests.bench.risk [speed|signal|noise]`.

speed   100 000 accounts x 36 months with usage: learning and scoring in 20 s and 1.5 GB
signal  a planted usage signal, 5 000 accounts: AUC, first reasons, calibration slope
noise   20 companies without a signal: how often the forecast is called not predictive
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from cs_core.datasets import Dataset, import_files, open_dataset
from cs_core.metrics.options import Options
from cs_core.studies import risk
from cs_core.workspace import Workspace
from tests.core.studies.risk import simulated


def speed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = simulated.write(Path(folder), 100_000, 36, effect=1.0, monthly=0.02)
        workspace = Workspace(Path(folder) / "home")
        import_files(paths, "large", workspace, simulated.READ)
        for time_asked in ("first", "from what was kept"):
            with open_dataset(dataset="large", workspace=workspace) as dataset:
                _timed(time_asked, dataset)


def _timed(said: str, dataset: Dataset) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    known = risk.known(dataset.warehouse, Options())
    scored = time.perf_counter()
    ranked = risk.ranking(known.present, risk.Rules())
    risk.described(known.present, ranked, ranked.order[:1000].tolist())
    shown = time.perf_counter()
    risk.described(known.present, ranked)
    listed = time.perf_counter()
    after = resource.getrusage(resource.RUSAGE_SELF)
    judged = known.learned.evaluation
    print(f"{said}: accounts today {len(known.present):,}, auc {judged.auc}")
    print(
        f"  fit and score {scored - start:.1f} s, a page of the list {shown - scored:.2f} s,"
        f" all of it {listed - shown:.1f} s; processor"
        f" {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f} s"
    )
    print(f"  peak {after.ru_maxrss / 1e6:.2f} GB (before: {before.ru_maxrss / 1e6:.2f} GB)")


def signal() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = simulated.write(Path(folder), 5_000, 36, effect=1.2, monthly=0.025)
        with open_dataset(paths, read=simulated.READ) as dataset:
            learned, found = simulated.assessed(dataset.warehouse, Options())
            churns = simulated.judged_departures(dataset.warehouse)
    judged = learned.evaluation
    place = found.columns.index("reasons")
    first = Counter(row[place][0]["part"] for row in found.rows[:50])
    print(f"auc {judged.auc:.3f} ({judged.auc_low:.3f}-{judged.auc_high:.3f})")
    print(
        f"slope {judged.slope:.2f} over {churns} departures of the months that judge,"
        f" first reasons of the first 50 {dict(first)}"
    )


def noise() -> None:
    said = []
    for seed in range(20):
        with tempfile.TemporaryDirectory() as folder:
            paths = simulated.write(Path(folder), 1_000, 30, effect=0.0, seed=100 + seed)
            with open_dataset(paths, read=simulated.READ) as dataset:
                said.append(risk.known(dataset.warehouse, Options()).learned.evaluation.predictive)
    print(f"not predictive in {said.count(False)} of 20")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["speed", "signal", "noise"]:
        {"speed": speed, "signal": signal, "noise": noise}[name]()
