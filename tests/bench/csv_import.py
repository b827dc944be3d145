"""From a CSV to a stored dataset, against the time DuckDB alone takes to read its typed columns.

    python -m tests.bench.csv_import            1 000 000 rows

Whole processes, one after the other in turn. The import detects encoding, dialect and types, looks
for every problem of the quality report, and stores the lines, the ledger and its cubes; DuckDB is
told all types and keeps nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from tests.bench.processes import Run, measure

LIMIT = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "subscriptions.csv"
        made = file.with_suffix(".parquet")
        measure(["tests/bench/made.py", str(made), str(given.rows)], 1)
        duckdb.execute(f"COPY (FROM '{made}') TO '{file}' (HEADER)")
        reads, imports = [], []
        for turn in range(given.times):
            reads.append(measure(["tests/bench/csv_scan.py", str(file)], 1))
            home = {"KEIZOKU_HOME": f"{folder}/home-{turn}"}
            words = ["-m", "cs_core", "import", str(file), "--dataset", "b"]
            imports.append(measure(words, 1, home))
        print(f"{given.rows:,} rows ({file.stat().st_size / 1e6:.0f} MB of CSV)")
        wall, processor = say("DuckDB reads the typed columns", reads)
        wall, processor = (
            mine / its
            for mine, its in zip(
                say("CSV to stored dataset", imports), (wall, processor), strict=True
            )
        )
        print(f"  {wall:.1f} times the wall time, {processor:.1f} times the processor time")
        if min(wall, processor) > LIMIT:
            raise SystemExit(f"more than {LIMIT:.0f} times")


def say(name: str, runs: list[Run]) -> tuple[float, float]:
    wall = median(run.seconds for run in runs)
    processor = median(run.processor for run in runs)
    peak = max(run.megabytes for run in runs)
    print(f"  {name:32} {wall:6.2f} s ({processor:6.2f} cpu)  {peak:6.0f} MB")
    return wall, processor


if __name__ == "__main__":
    main()
