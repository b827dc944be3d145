"""The company every contract is tried on: two currencies with rates, plans that change, notice
given before the end, terms, returns, trials, answers and costs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from cs_core import demo
from cs_core.datasets import Dataset, open_dataset

RATES = ("90", "110", "140", "95", "150", "120")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("contracts")
    made = demo.write(demo.make(accounts=90, months=20, seed=5), folder)
    paths = [path for path in made if path.parent == folder and path.suffix == ".csv"]
    [lines] = [path for path in paths if path.stem == "subscriptions"]
    with lines.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if int(row["account_id"][1:]) % 2:
            row["currency"] = "USD"
    # Somebody comes and goes within a month, returns, and leaves within a month again.
    last = {**dict.fromkeys(rows[0], ""), "account_id": "A90001", "amount": "7000"}
    last |= {"interval": "month", "currency": "JPY", "plan": "Team", "status": "canceled"}
    for first, end in (("2024-05-02", "2024-05-20"), ("2024-07-03", "2024-09-10")):
        rows.append({**last, "start_date": first, "end_date": end})
    rows.append({**last, "start_date": "2024-09-12", "end_date": ""})
    with lines.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    rates = folder / "fx_rates.csv"
    months = sorted({row["start_date"][:7] for row in rows})
    with rates.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["currency", "month", "rate"])
        writer.writerows(["USD", m, RATES[n % len(RATES)]] for n, m in enumerate(months))
    return [*paths, rates]


@pytest.fixture(scope="session")
def company(files: list[Path]) -> Iterator[Dataset]:
    with open_dataset(files) as dataset:
        yield dataset
