"""Speed against the usual pandas explode and the bare column scan, as whole processes.

    python -m tests.bench.speed                  100 000 and 1 000 000 subscriptions
    python -m tests.bench.speed --ten-million    and 10 000 000 (the explode is left out there)

Every process starts Python, reads the same Parquet file and computes the MRR bridge, cohorts and
NRR/GRR; the figures of all are compared before anything is printed. Then the file is imported and
`query` is timed on the stored dataset.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.bench.processes import Run, measure

BENCH = "tests/bench"
SIZES = (100_000, 1_000_000)
EXPLODE_UP_TO = 1_000_000
QUERIES = (
    ("mrr_movements",),
    ("cohorts",),
    ("retention",),
    ("churn",),
    ("mrr_movements", "--by", "plan"),
    ("kpis",),
    ("survival",),
    ("hazard",),
    ("payments",),
    ("ltv",),
    ("churn", "--as-of", "2025-06-30"),
    ("retention", "--as-of", "2025-06-15"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ten-million", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    sizes = [*given.sizes, *([10_000_000] if given.ten_million else [])]
    own = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            own[size] = one_size(Path(folder), size, given.times)
    for small, large in pairwise(sizes):
        ratio = own[large].seconds / own[small].seconds
        print(f"growth exponent {small:,} to {large:,}: {math.log(ratio, large / small):.2f}")


def one_size(folder: Path, size: int, times: int) -> Run:
    file = folder / "subscriptions.parquet"
    # In a process of its own: what this one holds would count as its children's memory.
    measure([f"{BENCH}/made.py", str(file), str(size)], 1)
    print(f"\n{size:,} subscriptions ({file.stat().st_size / 1e6:.0f} MB of Parquet)")
    scan = measure([f"{BENCH}/column_scan.py", str(file)], times)
    own = measure([f"{BENCH}/keizoku_figures.py", str(file)], times)
    say("column scan", scan)
    say("keizoku", own, scan)
    if size <= EXPLODE_UP_TO:
        explode = measure([f"{BENCH}/pandas_explode.py", str(file)], min(times, 2))
        say("pandas explode", explode, scan)
        compare(own.output, explode.output)
        print(
            f"  keizoku is {explode.seconds / own.seconds:.1f} times faster than the explode,"
            f" {own.seconds / scan.seconds:.1f} times the scan; figures are the same"
        )
    stored(folder, file, times, scan)
    return own


def stored(folder: Path, file: Path, times: int, scan: Run) -> None:
    home = {"KEIZOKU_HOME": str(folder / f"home-{file.stat().st_size}")}
    say("import", measure(["-m", "cs_core", "import", str(file), "--dataset", "b"], 1, home))
    for words in QUERIES:
        run = measure(["-m", "cs_core", "query", *words, "--dataset", "b"], times, home)
        say("query " + " ".join(words), run, scan)


def say(name: str, run: Run, floor: Run | None = None) -> None:
    ratio = f"  {run.seconds / floor.seconds:5.1f} x scan" if floor else ""
    times = f"{run.seconds:6.2f} s ({run.processor:6.2f} cpu)"
    print(f"  {name:34} {times}  {run.megabytes:6.0f} MB{ratio}", flush=True)


def compare(ours: bytes, theirs: bytes) -> None:
    """Every figure of both, to the last cent."""
    first, second = json.loads(ours), json.loads(theirs)
    for name, rows in second.items():
        if first[name] != rows:
            for mine, other in zip(first[name], rows, strict=False):
                if mine != other:
                    raise SystemExit(f"{name} differs: keizoku {mine}, explode {other}")
            raise SystemExit(f"{name}: {len(first[name])} rows and {len(rows)}")


if __name__ == "__main__":
    main()
