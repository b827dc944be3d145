"""Every question of every metric as a statement that is taken away, against `query`, in a bare
DuckDB and in a PostgreSQL server of its own. Minutes; `tests/contracts/test_taken_away.py` asks
some of them.

    python -m tests.bench.taken_away
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from cs_core import demo
from cs_core.datasets import open_dataset
from tests import postgres
from tests.contracts.taken_away import STATED, bare, differences, expected, questions, rows_of


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = demo.write(demo.make(accounts=300, months=30, seed=7), Path(folder))
        files = [p for p in made if p.suffix == ".csv" and p.parent == Path(folder)]
        with (
            open_dataset(files) as dataset,
            bare(dataset, Path(folder)) as local,
            postgres.server() as where,
            postgres.connect(where) as server,
        ):
            postgres.copy(local, server, dataset.warehouse.facts.given)
            for metric in STATED:
                asked, wrong = 0, 0
                for options in questions(metric):
                    ours = expected(dataset, metric, options)
                    for engine, there in (("duckdb", local), ("postgres", server)):
                        found = there.execute(dataset.taken_away(metric, options, engine))
                        names = [column[0] for column in found.description]
                        asked += 1
                        wrong += bool(differences(ours, rows_of(names, found.fetchall())))
                print(f"{metric:20} {asked:4} asked, {wrong} other than query", flush=True)


if __name__ == "__main__":
    main()
