"""MRR of a line: amount x quantity over the months of its interval, after discounts, by hand."""

import pytest

from cs_core.datasets import open_dataset
from cs_core.domain.policies import Policies
from cs_core.metrics.options import Options

# amount, interval, interval_count, quantity, discount -> MRR, MRR before discounts
LINES = {
    "1200,year,,,": ("100", "100"),
    "100,year,,,": ("8.333333", "8.333333"),
    "300,quarter,,,": ("100", "100"),
    "49.9,month,,,": ("49.9", "49.9"),
    "10,week,,,": ("43.333333", "43.333333"),  # 10 x 52 / 12
    "1,day,,,": ("30.416667", "30.416667"),  # 365 / 12
    "20,week,2,,": ("43.333333", "43.333333"),
    "600,month,6,,": ("100", "100"),
    "500,year,,4,": ("166.666667", "166.666667"),
    "100,month,,3,20%": ("240", "300"),
    "100,month,,3,50": ("250", "300"),  # money off is for the whole line
    "100,year,,,12.5%": ("7.291667", "8.333333"),  # 87.5 / 12
    "120,year,,,12": ("9", "10"),
    "10,month,,,150": ("0", "10"),  # never below zero
    "10,month,,,110%": ("0", "10"),
    "10,month,,0,": ("0", "0"),
    "0.000003,month,2,,": ("0.000002", "0.000002"),  # half a millionth goes to the even one
    "0.000001,month,2,,": ("0", "0"),
}


@pytest.mark.parametrize(("discounts", "place"), [("subtract", 0), ("ignore", 1)])
def test_line_mrr(tmp_path, discounts, place):
    rows = [f"a{n},2024-01-01,p{n:02d},{cells}" for n, cells in enumerate(LINES)]
    header = "account_id,start_date,plan,amount,interval,interval_count,quantity,discount"
    file = tmp_path / "lines.csv"
    file.write_text("\n".join([header, *rows]), "utf-8")
    options = Options(by="plan", policies=Policies.of(values={"discounts": discounts}))
    with open_dataset(file) as dataset:
        found = {
            row["plan"]: row["new_mrr"] for row in dataset.run("mrr_movements", options).records()
        }
    for number, (cells, wanted) in enumerate(LINES.items()):
        mrr = float(wanted[place])
        assert found.get(f"p{number:02d}", "0.000000") == f"{mrr:.6f}", cells


def test_mrr_wins_over_amount_and_has_no_discount(tmp_path):
    file = tmp_path / "lines.csv"
    file.write_text(
        "account_id,start_date,mrr,amount,interval,discount\na,2024-01-01,7,1200,year,50%\n",
        "utf-8",
    )
    with open_dataset(file) as dataset:
        [row] = dataset.run("mrr_movements").records()
    assert row["new_mrr"] == "7.000000"


@pytest.mark.parametrize("amount", ["9000000000000", "99999999999999999999", "1e30", "NaN"])
def test_what_is_too_large_to_be_money_is_set_aside(tmp_path, amount):
    file = tmp_path / "lines.csv"
    file.write_text(f"account_id,start_date,mrr\na,2024-01-01,{amount}\nb,2024-01-01,5\n", "utf-8")
    with open_dataset(file) as dataset:
        [row] = dataset.run("mrr_movements").records()
        [read] = dataset.report["files"]
    assert (row["closing_mrr"], row["closing_customers"]) == ("5.000000", 1)
    assert (read["rows_read"], read["rows_accepted"], read["rows_set_aside"]) == (2, 1, 1)
