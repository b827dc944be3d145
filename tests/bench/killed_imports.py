"""Imports killed at random moments, many times: the dataset is the old one or the new one.

    python -m tests.bench.killed_imports --times 200

Two files take turns. After every kill the stored dataset must open and give exactly the figures
of one of them, nothing may be left over on disk beside the version kept for undo, and the one that
counts may only change from an older to a newer import.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.processes import ROOT, measure

WORDS = ["-m", "cs_core", "import"]
QUERY = ["-m", "cs_core", "query", "mrr_movements", "--dataset", "b", "--as-of", "2025-12-31"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ["KEIZOKU_HOME"] = str(home)
        files = [Path(folder) / name for name in ("one.parquet", "two.parquet")]
        whole = []
        seconds = 0.0
        for file, size in zip(files, (given.size, given.size + 1_000), strict=True):
            measure(["tests/bench/made.py", str(file), str(size)], 1)
            seconds = measure([*WORDS, str(file), "--dataset", "b"], 1).seconds
            whole.append(json.loads(measure(QUERY, 1).output))
        assert whole[0] != whole[1]
        outcomes = {"old": 0, "new": 0}
        counts = 1
        for _ in range(given.times):
            wanted = 1 - counts
            kill(files[wanted], draw.uniform(0, seconds * 1.1))
            found = json.loads(measure(QUERY, 1).output)
            if found not in whole:
                raise SystemExit("the dataset is neither the old one nor the new one")
            outcomes["new" if found == whole[wanted] else "old"] += 1
            counts = whole.index(found)
            left = sorted(path.name for path in (home / "datasets").glob("*/*"))
            if len(left) > 2:
                raise SystemExit(f"left over: {left}")
        print(f"{given.times} kills within {seconds * 1.1:.1f} s: {outcomes}, all whole")


def kill(file: Path, after: float) -> None:
    child = subprocess.Popen(
        [sys.executable, *WORDS, str(file), "--dataset", "b"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after)
    child.kill()
    child.wait()


if __name__ == "__main__":
    main()
