"""The dbt project as dbt itself builds and tests it, of the shipped sample and of a made-up
company, and each of its metrics beside `query`.

    python -m tests.bench.dbt_build --dbt /path/to/dbt      dbt-duckdb, in an environment of its own
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from cs_core import demo
from cs_core.datasets import open_dataset, sample_files
from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options
from tests.contracts.taken_away import STATED, differences, expected, rows_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dbt", default=shutil.which("dbt"))
    dbt = parser.parse_args().dbt
    if dbt is None:
        raise SystemExit("no dbt is installed; --dbt says where it is")
    with tempfile.TemporaryDirectory(prefix="keizoku-dbt-") as place:
        folder = Path(place)
        made = demo.write(demo.make(accounts=300, months=30, seed=7), folder / "demo")
        company = [p for p in made if p.suffix == ".csv" and p.parent == folder / "demo"]
        one("the sample", sample_files(), folder / "of-the-sample", dbt)
        one("a made-up company", company, folder / "of-the-company", dbt)


def one(name: str, files: Sequence[Path], project: Path, dbt: str) -> None:
    with open_dataset(files) as dataset:
        dataset.write_project(project)
        silent = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        done = subprocess.run(
            [dbt, "--no-use-colors", "build", "--profiles-dir", "."],
            cwd=project,
            env={**os.environ, **silent},
            capture_output=True,
            text=True,
            check=False,
        )
        last = done.stdout.strip().splitlines()[-1:]
        print(f"{name}: {' '.join(last)}", flush=True)
        if done.returncode:
            raise SystemExit(done.stdout[-4000:])
        asked, wrong = 0, []
        with duckdb.connect(str(project / "keizoku.duckdb"), read_only=True) as built:
            for metric in STATED:
                if not (project / "models" / "metrics" / f"{metric}.sql").exists():
                    continue
                try:
                    ours = expected(dataset, metric, Options())
                except CannotAnswerError:
                    ours = []
                found = built.execute(f"FROM {metric}")
                theirs = rows_of([column[0] for column in found.description], found.fetchall())
                asked += 1
                if differences(ours, theirs):
                    wrong.append(metric)
    print(f"  {asked} metrics, other than query: {wrong or 'none'}", flush=True)
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
