"""Figures against the slow day-by-day count, on companies that no test has seen.

    python -m tests.bench.oracle --seeds 100 --first 1000

A seed is three companies, the simplest there is and two drawn, by turns whole and with data that
begins in the middle; of each every metric that has an oracle is asked several times, under
policies, presets, periods, segments and as-of dates drawn anew. Prints what differs, and how many
answers and cells were compared.
`tests/properties/test_figures_against_oracle.py` does the same on a few.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cs_core.datasets import open_dataset
from tests.properties.companies import read_as, write
from tests.properties.comparing import ORACLES, answered, differences, expected, occurring
from tests.properties.strategies import companies, companies_in_months, questions

# Of their own size, by which limits of NRR and GRR may differ: among so many companies are some in
# which their squares nearly cancel (`SUBTRACTED`).
NEAR = 2e-7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=8, help="of each metric")
    given_words = parser.parse_args()
    answers = cells = wrong = 0
    for number in range(given_words.first, given_words.first + given_words.seeds):
        for metric, options, rows, found in compared(number, given_words.questions):
            answers += 1
            cells += rows
            wrong += bool(found)
            for difference in found:
                print(f"seed {number}: {metric} {options} {difference}", flush=True)
    print(f"{given_words.seeds} seeds, {answers} answers, {cells} cells, {wrong} answers differ")
    return 1 if wrong else 0


def compared(number: int, times: int) -> list[tuple[str, Any, int, Any]]:
    """(metric, options, cells, differences) of every question put to the seed's companies."""
    kept: list[tuple[str, Any, int, Any]] = []
    drawn = companies() if number % 2 else companies_in_months()

    @seed(number)
    @settings(
        max_examples=3,  # the first are the simplest there are
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(data=st.data())
    def ask(data: Any) -> None:
        company = data.draw(drawn)
        with (
            tempfile.TemporaryDirectory() as folder,
            open_dataset(write(company, Path(folder)), read=read_as(company)) as dataset,
        ):
            for metric in ORACLES:
                for _ in range(times):
                    options = occurring(dataset, data.draw(questions(company, metric)))
                    found = answered(dataset, metric, options)
                    wanted = expected(company, metric, options)
                    differing = differences(found, wanted, options.by is not None, NEAR)
                    cells = sum(map(len, (wanted or {}).values()))
                    kept.append((metric, options, cells, differing))

    ask()
    return kept


if __name__ == "__main__":
    sys.exit(main())
