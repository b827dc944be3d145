"""Data that begins in the middle: who is there in its first month came earlier."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_core.datasets import open_dataset
from cs_core.domain.policies import Policies
from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options

MATRIX = """customer,2023-01,2023-02,2023-03,2023-04,2023-05,2023-06
A,100,100,100,100,100,100
B,100,100,100,,,
C,100,,,100,100,
D,,50,50,50,,
E,,,50,50,50,50
F,,,,70,70,
"""
STATES = "customer,month,mrr\n" + "".join(
    f"{row[0]},2023-{place:02d}-01,{amount}\n"
    for row in (line.split(",") for line in MATRIX.splitlines()[1:])
    for place, amount in enumerate(row[1:], 1)
    if amount
)
# The same as bills of one month each.
BILLS = "customer,invoice date,amount,interval\n" + "".join(
    f"{line.split(',')[0]},{line.split(',')[1][:8]}05,{line.split(',')[2]},month\n"
    for line in STATES.splitlines()[1:]
)


@pytest.fixture(params=["matrix", "states"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.csv"
    path.write_text({"matrix": MATRIX, "states": STATES}[request.param], "utf-8")
    return path


def test_they_open_the_first_period_of_every_grain_and_are_new_in_none(file: Path):
    with open_dataset([file]) as dataset:
        for period in ("week", "month", "quarter", "year"):
            rows = dataset.run("mrr_movements", Options(period=period)).records()
            assert (float(rows[0]["opening_mrr"]), rows[0]["opening_customers"]) == (300, 3)
            assert sum(row["new_customers"] for row in rows) == 3
            assert sum(row["reactivated_customers"] for row in rows) == 1
        assert dataset.run("churn", Options(period="year")).records()[0]["opening_customers"] == 3
        behind = dataset.rows_behind("mrr_movements", {"month": "2023-01", "column": "opening_mrr"})
        assert sorted({row["movement"] for row in behind.mappings()}) == ["opening"]


def test_they_stand_in_no_cohort_and_enter_survival_when_they_return(file: Path):
    with open_dataset([file]) as dataset:
        cohorts = dataset.run("cohorts", Options()).records()
        assert sorted({row["cohort"] for row in cohorts}) == ["2023-02", "2023-03", "2023-04"]
        first = dataset.run("survival", Options(unit="month")).records()
        assert [row["at_risk"] for row in first] == [3, 2]
        assert [row["survival"] for row in first] == pytest.approx([2 / 3, 1 / 3])
        assert {row["median"] for row in first} == {3}
        every = dataset.run("survival", Options(unit="month", spells="all")).records()
        assert every[0]["at_risk"] == 4


def test_nothing_is_told_of_the_time_before(file: Path):
    with open_dataset([file]) as dataset:
        rows = dataset.run("mrr_movements", Options(first="2022-06")).records()
        assert rows[0]["month"] == "2023-01"
        with pytest.raises(CannotAnswerError) as caught:
            dataset.run("mrr_movements", Options(first="2022-01", last="2022-12"))
        assert caught.value.code == "range_outside"


def test_who_wants_them_new_has_them_new(file: Path):
    with open_dataset([file]) as dataset:
        old = Options(policies=Policies.of(values={"left_edge": "new"}))
        row = dataset.run("mrr_movements", old).records()[0]
        assert (row["opening_customers"], row["new_customers"]) == (0, 3)
        assert float(row["new_mrr"]) == 300
        assert len({row["cohort"] for row in dataset.run("cohorts", old).records()}) == 4


def test_lines_with_starts_of_their_own_reach_further_back(tmp_path: Path):
    (tmp_path / "matrix.csv").write_text(MATRIX, "utf-8")
    lines = "account_id,start_date,end_date,mrr\nZ,2022-03-01,,10\n"
    (tmp_path / "lines.csv").write_text(lines, "utf-8")
    with open_dataset([tmp_path / "lines.csv"]) as dataset:
        assert dataset.run("mrr_movements", Options()).records()[0]["new_customers"] == 1
    with open_dataset([tmp_path / "matrix.csv", tmp_path / "lines.csv"]) as dataset:
        rows = {row["month"]: row for row in dataset.run("mrr_movements", Options()).records()}
        assert rows["2022-03"]["new_customers"] == 1
        assert (rows["2023-01"]["opening_customers"], rows["2023-01"]["new_customers"]) == (1, 3)


def test_bills_of_the_first_month_are_of_customers_who_came_earlier(tmp_path: Path):
    (tmp_path / "bills.csv").write_text(BILLS, "utf-8")
    with open_dataset([tmp_path / "bills.csv"]) as dataset:
        row = dataset.run("mrr_movements", Options()).records()[0]
        assert (row["month"], row["opening_customers"], row["new_customers"]) == ("2023-01", 3, 0)
