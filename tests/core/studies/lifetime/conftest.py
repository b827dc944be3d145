"""Small companies whose figures can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_core.datasets import Dataset, open_dataset

HEADER = "account_id,plan,start_date,end_date,amount,interval,currency\n"


@pytest.fixture
def made(tmp_path: Path):
    """Opens files made from texts: `made(subscriptions="…", costs="…")`."""
    opened: list[Dataset] = []

    def make(**tables: str) -> Dataset:
        paths = []
        for name, text in tables.items():
            path = tmp_path / f"{name}.csv"
            path.write_text(text, "utf-8")
            paths.append(path)
        opened.append(open_dataset(paths))
        return opened[-1]

    yield make
    for dataset in opened:
        dataset.close()


@pytest.fixture
def company(made):
    """Ten customers at 100 a month from January 2024; one leaves on the first of each of March,
    April and May; as of 30 June. Marketing of 600 in May won nobody; service costs 10 % of MRR."""
    rows = [f"A{n},Basic,2024-01-01,,100,month,USD" for n in range(7)]
    rows += [f"L{n},Basic,2024-01-01,2024-0{n}-01,100,month,USD" for n in (3, 4, 5)]
    rows += ["N1,Basic,2024-06-30,2024-06-30,100,month,USD"]  # no length: sets nothing but as-of
    months = [f"2024-0{m}" for m in range(1, 7)]
    mrr = {"2024-01": 1000, "2024-02": 1000, "2024-03": 900, "2024-04": 800}
    costs = [f"{month}-01,100,{mrr.get(month, 700) // 10}" for month in months]
    return made(
        subscriptions=HEADER + "\n".join(rows) + "\n",
        costs="month,sales_and_marketing,cost_of_service\n" + "\n".join(costs) + "\n",
    )
